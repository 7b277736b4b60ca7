#include "tests/support/allocations.h"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {
std::atomic<int64_t> count{0};

void* TryAllocate(std::size_t size, std::size_t align) {
  count.fetch_add(1, std::memory_order_relaxed);
  return align <= alignof(max_align_t)
             ? std::malloc(size ? size : 1)
             : std::aligned_alloc(align, (size + align - 1) / align * align);
}

void* Allocate(std::size_t size, std::size_t align) {
  void* p = TryAllocate(size, align);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}
}  // namespace

namespace carrot::testing {
int64_t AllocationCount() { return count.load(std::memory_order_relaxed); }
}  // namespace carrot::testing

void* operator new(std::size_t size) { return Allocate(size, 0); }
void* operator new[](std::size_t size) { return Allocate(size, 0); }
void* operator new(std::size_t size, std::align_val_t align) {
  return Allocate(size, static_cast<std::size_t>(align));
}
void* operator new[](std::size_t size, std::align_val_t align) {
  return Allocate(size, static_cast<std::size_t>(align));
}
// std::stable_sort and others ask for scratch space this way.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return TryAllocate(size, 0);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return TryAllocate(size, 0);
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
