#include "engine/agent/kernels.h"

namespace carrot {
namespace avx2 {
extern const Kernels kKernels;
}
namespace avx512 {
extern const Kernels kKernels;
}

const Kernels* Avx2Kernels() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &avx2::kKernels
                                                                         : nullptr;
}

const Kernels* Avx512Kernels() {
  return __builtin_cpu_supports("avx512f") && Avx2Kernels() != nullptr ? &avx512::kKernels
                                                                       : nullptr;
}

const Kernels* SelectKernels() {
  const Kernels* wide = Avx512Kernels();
  return wide != nullptr ? wide : Avx2Kernels();
}

}  // namespace carrot
