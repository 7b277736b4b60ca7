// A demonstration: one episode of the live world, kept as a recording of its own that every command
// reads.
#pragma once

#include <filesystem>
#include <string>

#include "engine/base/thread_pool.h"
#include "engine/core/task.h"
#include "engine/trace/trace.h"
#include "rewards/analysis/rescore.h"

namespace carrot {

// Writes rows of `trace` as the one episode of the folder `path`, paid by `reward` (may be null)
// under `settings`. An episode that still ran is recorded as truncated by the cause "stopped":
// whoever keeps it ended it. `actor` ("human") is noted in an event. Errors: I008, I009, I010.
Status WriteDemonstration(const std::filesystem::path& path, const Trace& trace,
                          const TraceEpisodeRows& episode, const TaskSpec& task,
                          const RewardFunction* reward, const RewardSettings& settings,
                          const std::string& actor, ThreadPool& pool);

}  // namespace carrot
