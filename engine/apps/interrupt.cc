#include "engine/apps/interrupt.h"

#include <unistd.h>

#include <csignal>

namespace carrot {
namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "the signal handler must not lock");

void OnSignal(int) {
  if (interrupted.exchange(true)) _exit(130);
}

}  // namespace

void InstallSignalHandlers() {
  struct sigaction action {};
  action.sa_handler = OnSignal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file size limit then shows as a failed write, too
}

const std::atomic<bool>& Interrupted() { return interrupted; }

}  // namespace carrot
