#include "engine/apps/interrupt.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>

namespace carrot {
namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "the signal handler must not lock");

// A thread that sleeps in poll() is woken through this, whichever thread gets the signal.
int wake_descriptor = -1;

void OnSignal(int) {
  if (interrupted.exchange(true)) _exit(130);
  const int saved = errno;
  const uint64_t one = 1;
  if (wake_descriptor >= 0 && write(wake_descriptor, &one, sizeof(one)) < 0) _exit(130);
  errno = saved;
}

}  // namespace

void InstallSignalHandlers() {
  wake_descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  struct sigaction action {};
  action.sa_handler = OnSignal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file size limit then shows as a failed write, too
}

const std::atomic<bool>& Interrupted() { return interrupted; }

int InterruptDescriptor() { return wake_descriptor; }

}  // namespace carrot
