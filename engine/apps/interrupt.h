// Ctrl+C: the first one asks the verb to finish what it is at and keep the rest; the second one
// ends the process at once (exit 130). SIGTERM counts as the first.
#pragma once

#include <atomic>

namespace carrot {

// Installs the handlers and ignores SIGPIPE (a closed pipe shows as a failed write instead).
void InstallSignalHandlers();
// True after the first Ctrl+C. Hand it to cancellable work.
const std::atomic<bool>& Interrupted();
// A descriptor that becomes readable at the first Ctrl+C, for poll(). -1 without handlers.
int InterruptDescriptor();

}  // namespace carrot
