// A recording as a folder of .npy columns (carrot.trace/1):
//
//   spec.json  blocks.npy  flags.npy  action.npy  state/*.npy  memory/*.npy  term/*.npy  phi.npy
//   total.npy  reward.npy  metric/*.npy  episodes.jsonl  events.jsonl  snapshots.npy  scripts/
//
// A row exists only if a block covers it. Commit order: bytes of all columns, their headers, jsonl
// lines, then blocks.npy; so a process killed at any point leaves a folder that opens, and that
// NumPy reads file by file.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/trace/file_ops.h"
#include "engine/trace/trace.h"
#include "engine/trace/trace_writer.h"

namespace carrot {

struct TraceFolderOptions {
  std::vector<std::pair<std::string, std::string>> scripts;  // file name, text
  double sync_seconds = 5;                                   // fsync period
  const FileOps* ops = nullptr;                              // null: the system's
};

// Copies what a Trace has published into a folder. Update and the rest are called by one thread at
// a time; the Trace may be written by another.
class TraceFolderWriter {
 public:
  // The folder must not exist or be empty (I008). spec.json is written and fsynced first.
  static Result<std::unique_ptr<TraceFolderWriter>> Create(const std::filesystem::path& path,
                                                           std::shared_ptr<const Trace> trace,
                                                           TraceFolderOptions options = {});
  ~TraceFolderWriter();

  // Appends the blocks, episodes and events published since the last call. After a failure every
  // call returns that failure; what was committed before it stays readable.
  Status Update();
  // Update, then fsync of everything.
  Status Close();
  // A snapshot of one env (VectorEnv::Save); all snapshots of a folder have one size.
  Status AddSnapshot(int env, int64_t episode, int step, std::span<const std::byte> bytes);
  Status AddScript(const std::string& file, const std::string& text);

  int64_t committed_rows() const { return rows_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  struct Column {
    OutputFile file;
    NpyType type = NpyType::kF8;
    std::vector<int64_t> shape;  // of one row
    Status PatchHeader(int64_t rows);
  };
  TraceFolderWriter(std::filesystem::path path, std::shared_ptr<const Trace> trace,
                    TraceFolderOptions options);
  Status CreateFiles();
  Result<Column> CreateColumn(const std::string& file, NpyType type, std::vector<int64_t> shape);
  Status WriteNew();
  Status WriteBlocks(int64_t from, int64_t to);
  Status AppendColumn(int column, int64_t from_block, int64_t to_block);
  Status AppendLines(int64_t from_block, int64_t to_block);
  Status SyncAll();
  Status Remember(Status status);

  std::filesystem::path path_;
  std::shared_ptr<const Trace> trace_;
  TraceFolderOptions options_;
  const FileOps& ops_;
  std::vector<Column> columns_;
  Column blocks_, snapshots_, snapshots_at_;
  OutputFile episodes_, events_;
  int64_t num_blocks_ = 0, rows_ = 0, num_snapshots_ = 0;
  size_t snapshot_bytes_ = 0;
  size_t num_episodes_ = 0, num_events_ = 0;
  std::map<int, int64_t>
      announced_;  // env -> unfinished episode whose world seed is in events.jsonl
  std::chrono::steady_clock::time_point last_sync_;
  std::string buffer_;
  Status failed_;
};

// Keeps a folder up to date with a TraceWriter from a thread of its own: every 250 ms, blocks
// closed after 2 s at the latest. Where blocks are cut then depends on the clock (never their
// rows): for folders that must be equal byte for byte use TraceFolderWriter and Close alone.
class TraceFolderThread {
 public:
  TraceFolderThread(std::unique_ptr<TraceFolderWriter> folder, TraceWriter& writer);
  ~TraceFolderThread();
  // Stops the thread, commits what the writer holds (so call it at a barrier) and closes the
  // folder.
  Status Close();

 private:
  void Main();

  std::unique_ptr<TraceFolderWriter> folder_;
  TraceWriter& writer_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  bool closed_ = false;
  std::thread thread_;
};

// Opens a folder for reading (columns are mapped, not read). Whole blocks only: a torn tail is
// dropped and counted in dropped_steps(), never an error. Errors: I001 missing, I003 malformed,
// I004 another format version, I005 a column of the wrong type, shape or length.
Result<std::shared_ptr<const Trace>> OpenTrace(const std::filesystem::path& path);

nlohmann::json ToJson(const TraceEvent& event);
nlohmann::json EpisodeToJson(const EpisodeSummary& episode, const TraceSpec& spec);

}  // namespace carrot
