#include "envs/mujoco/engine_guard.h"

#include <mujoco/mujoco.h>

#include <csetjmp>
#include <cstdio>
#include <mutex>

namespace carrot {
namespace {

thread_local MessageCollector* collector = nullptr;
thread_local std::jmp_buf* landing = nullptr;  // innermost GuardedCall, or null
thread_local char last_error[1024] = "";

void OnMessage(const mjLogMessage* message) {
  if (message->level == mjLOG_WARNING && collector != nullptr) {
    collector->messages().emplace_back(message->subject);
  }
  if (message->level != mjLOG_ERROR) return;
  std::snprintf(last_error, sizeof(last_error), "%s", message->subject);
  if (landing != nullptr) std::longjmp(*landing, 1);
  // Outside a guarded call the engine ends the process when this returns: say why.
  std::fprintf(stderr, "MuJoCo: %s\n", last_error);
}

}  // namespace

void InstallEngineGuard() {
  static std::once_flag once;
  std::call_once(once, [] { mju_setLogHandler(OnMessage); });
}

MessageCollector::MessageCollector() : outer_(collector) { collector = this; }
MessageCollector::~MessageCollector() { collector = outer_; }

bool GuardedCall(FunctionRef<void()> body) {
  std::jmp_buf here;
  std::jmp_buf* const outer = landing;
  landing = &here;
  if (setjmp(here) != 0) {
    landing = outer;
    return false;
  }
  body();
  landing = outer;
  return true;
}

const char* EngineError() { return last_error; }

}  // namespace carrot
