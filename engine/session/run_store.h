// RunStore: the folder of one run (formats.md 3).
//
//   runs/hopper-hop_forward-0007/
//     run.json  scripts/  metrics.jsonl  events.jsonl  policies/  resume/{a,b}/  traces/  pictures/
//
// A run killed at any moment leaves a folder that opens: run.json is replaced whole, lines are
// appended and a torn last one is dropped, and full states alternate between two folders, so that
// one of them is always whole. Errors are I0xx diagnostics: I006 (disk full), I007 (cannot be
// written), I008 (exists); the command line ends with code 7 on these and what was finished stays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/session/run_config.h"
#include "engine/trace/file_ops.h"

namespace carrot {

struct RunLocation {
  std::filesystem::path out;              // exactly this folder; must not exist or be empty
  std::filesystem::path parent = "runs";  // without `out`: parent/prefix-0001, the next free number
  std::string prefix = "run";             // "hopper-hop_forward"
};

// Everything that a resume needs, as named parts ("learner", "env"): opaque bytes of their owners.
struct RunState {
  int64_t iteration = 0;
  int64_t step = 0;
  std::map<std::string, std::vector<std::byte>> parts;
};

// One process writes into a run folder at a time: Create and Open take a lock that the system drops
// when the store or its process ends, and fail with I008 while another store holds it.
class RunStore {
 public:
  // Makes the folder and writes run.json.
  static Result<std::unique_ptr<RunStore>> Create(const RunLocation& where, RunConfig config,
                                                  const FileOps* ops = nullptr);
  // An existing run, to be resumed. I001: not a run folder.
  static Result<std::unique_ptr<RunStore>> Open(const std::filesystem::path& path,
                                                const FileOps* ops = nullptr);

  const std::filesystem::path& path() const { return path_; }
  const RunConfig& config() const { return config_; }
  // Replaces run.json.
  Status Update(RunConfig config);
  Status SetStatus(RunStatus status);

  // One line each; `line` must hold the integer "iteration".
  Status AppendMetrics(const nlohmann::ordered_json& line) { return AppendLine(metrics_, line); }
  Status AppendEvent(const nlohmann::ordered_json& line) { return AppendLine(events_, line); }
  // Drops lines of later iterations and a torn tail, so that a resumed run continues both files.
  Status TruncateTo(int64_t iteration);

  Status AddScript(const std::string& file, const std::string& text);
  // Whole or not at all.
  Status WriteFile(const std::string& relative, std::string_view bytes);

  // Writes into the older of resume/a and resume/b. Metrics and events are made durable first, so
  // they always reach at least as far as the state.
  Status SaveState(const RunState& state);
  // The newest state that is whole; nothing if there is none. A damaged one is passed over and
  // named in `notes`.
  Result<std::optional<RunState>> LoadState(std::vector<std::string>* notes = nullptr) const;

  std::filesystem::path PolicyFolder(int64_t step) const;  // policies/000204800.policy
  // traces/eval-000204800.trace
  std::filesystem::path TraceFolder(const std::string& label, int64_t step) const;

 private:
  RunStore(std::filesystem::path path, RunConfig config, const FileOps* ops);
  Status Lock();
  Status OpenLines();
  static Status AppendLine(OutputFile& file, const nlohmann::ordered_json& line);
  static Status TruncateLines(OutputFile& file, int64_t iteration);

  std::filesystem::path path_;
  RunConfig config_;
  const FileOps& ops_;
  std::shared_ptr<const int> lock_;  // the folder's descriptor
  OutputFile metrics_, events_;
};

}  // namespace carrot
