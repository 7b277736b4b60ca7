// MuJoCo talks through one global log handler; by default it prints, writes MUJOCO_LOG.TXT and, on
// an error, ends the process. The guard makes both kinds of message values.
#pragma once

#include <string>
#include <vector>

#include "engine/base/function_ref.h"

namespace carrot {

// Installs Carrot's handler once per process: warnings go to the thread's open MessageCollector (or
// nowhere: the engine counts them in its data too), errors to the running GuardedCall. Nothing is
// printed and no file is written. Thread-safe.
void InstallEngineGuard();

// Keeps the engine's warnings that this thread causes while it lives.
class MessageCollector {
 public:
  MessageCollector();
  ~MessageCollector();
  MessageCollector(const MessageCollector&) = delete;
  MessageCollector& operator=(const MessageCollector&) = delete;
  std::vector<std::string>& messages() { return messages_; }

 private:
  std::vector<std::string> messages_;
  MessageCollector* outer_;
};

// Calls `body`; false if the engine raised an error in it (EngineError() says which). An error
// leaves `body` by a jump: it must own nothing that needs a destructor, and the mjData it was using
// must be thrown away. Costs about 10 ns.
bool GuardedCall(FunctionRef<void()> body);

// The last error of this thread's GuardedCall.
const char* EngineError();

}  // namespace carrot
