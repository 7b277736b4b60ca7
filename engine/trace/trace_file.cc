#include "engine/trace/trace_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "engine/base/check.h"
#include "engine/base/json_text.h"

namespace carrot {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr size_t kBufferBytes = 1 << 20;
constexpr int64_t kCommitRows = 4096;

std::string_view AsBytes(const void* data, size_t bytes) {
  return {static_cast<const char*>(data), bytes};
}

}  // namespace

json ToJson(const TraceEvent& event) {
  json out = {{"row_step", event.row_step},
              {"env", event.env < 0 ? json(nullptr) : json(event.env)},
              {"type", event.type}};
  if (!event.name.empty()) out["name"] = event.name;
  if (event.type == "weight" || event.type == "potential_weight" || event.type == "param" ||
      event.value != 0) {
    out["value"] = event.value;
  }
  if (!event.text.empty()) out["text"] = event.text;
  if (!event.episode.empty()) {
    out["episode"] = event.episode;
    out["step"] = event.step;
  }
  return out;
}

json EpisodeToJson(const EpisodeSummary& episode, const TraceSpec& spec) {
  json metrics = json::object();
  for (size_t m = 0; m < spec.metrics.size() && m < episode.metrics.size(); ++m) {
    metrics[spec.metrics[m].name] = episode.metrics[m];
  }
  return {{"env", episode.env},
          {"episode", episode.episode},
          {"world_seed", episode.world_seed},
          {"length", episode.length},
          {"return", episode.episode_return},
          {"success", episode.success},
          {"terminated", episode.terminated},
          {"truncated", episode.truncated},
          {"fault", episode.fault},
          {"cause", episode.cause},
          {"metrics", metrics}};
}

TraceFolderWriter::TraceFolderWriter(fs::path path, std::shared_ptr<const Trace> trace,
                                     TraceFolderOptions options)
    : path_(std::move(path)),
      trace_(std::move(trace)),
      options_(std::move(options)),
      ops_(options_.ops != nullptr ? *options_.ops : SystemFileOps()),
      last_sync_(Clock::now()) {}

TraceFolderWriter::~TraceFolderWriter() = default;

Result<std::unique_ptr<TraceFolderWriter>> TraceFolderWriter::Create(
    const fs::path& path, std::shared_ptr<const Trace> trace, TraceFolderOptions options) {
  std::error_code error;
  if (fs::exists(path, error) && (!fs::is_directory(path, error) || !fs::is_empty(path, error))) {
    Diagnostic d = MakeError("I008", fmt::format("`{}` already exists", path.string()),
                             {"remove it, or choose another name"});
    d.where.file = path.string();
    return Fail(std::move(d));
  }
  CARROT_RETURN_IF_ERROR(MakeFolder(path));
  std::unique_ptr<TraceFolderWriter> writer(
      new TraceFolderWriter(path, std::move(trace), std::move(options)));
  CARROT_RETURN_IF_ERROR(writer->CreateFiles());
  return writer;
}

Status TraceFolderWriter::CreateFiles() {
  const TraceSpec& spec = trace_->spec();
  CARROT_RETURN_IF_ERROR(ReplaceFile(path_ / "spec.json", JsonText(ToJson(spec), 1) + "\n", ops_));
  for (const auto& [file, text] : options_.scripts) {
    CARROT_RETURN_IF_ERROR(AddScript(file, text));
  }
  for (const char* folder : {"state", "memory", "term", "metric"}) {
    const std::string prefix = std::string(folder) + "/";
    for (const TraceColumn& column : trace_->layout().columns) {
      if (!column.file.starts_with(prefix)) continue;
      CARROT_RETURN_IF_ERROR(MakeFolder(path_ / folder));
      break;
    }
  }
  for (const TraceColumn& column : trace_->layout().columns) {
    CARROT_ASSIGN_OR_RETURN(Column created, CreateColumn(column.file, column.type, column.shape));
    columns_.push_back(std::move(created));
  }
  CARROT_ASSIGN_OR_RETURN(episodes_, OutputFile::Open(path_ / "episodes.jsonl", ops_));
  CARROT_ASSIGN_OR_RETURN(events_, OutputFile::Open(path_ / "events.jsonl", ops_));
  CARROT_ASSIGN_OR_RETURN(blocks_, CreateColumn("blocks.npy", NpyType::kI8, {5}));
  SyncFolder(path_);
  return {};
}

Result<TraceFolderWriter::Column> TraceFolderWriter::CreateColumn(const std::string& file,
                                                                  NpyType type,
                                                                  std::vector<int64_t> shape) {
  Column column;
  CARROT_ASSIGN_OR_RETURN(column.file, OutputFile::Open(path_ / file, ops_));
  column.type = type;
  column.shape = std::move(shape);
  CARROT_RETURN_IF_ERROR(column.file.Append(std::string(kNpyHeaderBytes, '\0')));
  CARROT_RETURN_IF_ERROR(column.PatchHeader(0));
  return column;
}

Status TraceFolderWriter::Column::PatchHeader(int64_t rows) {
  std::vector<int64_t> full = {rows};
  full.insert(full.end(), shape.begin(), shape.end());
  return file.WriteAt(0, EncodeNpyHeader(type, full));
}

Status TraceFolderWriter::Remember(Status status) {
  if (status) return status;
  for (Diagnostic& d : status.error()) {
    d.notes.push_back(
        fmt::format("`{}` keeps the {} rows recorded before this", path_.string(), rows_));
  }
  failed_ = status;
  return status;
}

Status TraceFolderWriter::Update() {
  if (!failed_) return failed_;
  CARROT_RETURN_IF_ERROR(Remember(WriteNew()));
  if (std::chrono::duration<double>(Clock::now() - last_sync_).count() >= options_.sync_seconds) {
    return Remember(SyncAll());
  }
  return {};
}

Status TraceFolderWriter::Close() {
  if (!failed_) return failed_;
  CARROT_RETURN_IF_ERROR(Remember(WriteNew()));
  return Remember(SyncAll());
}

// In parts of some thousand rows, each committed before the next is begun: a disk that fills up
// costs the last part only.
Status TraceFolderWriter::WriteNew() {
  const int64_t published = trace_->num_blocks();
  while (num_blocks_ < published) {
    int64_t to = num_blocks_, rows = 0;
    while (to < published && rows < kCommitRows) rows += trace_->block(to++).rows;
    CARROT_RETURN_IF_ERROR(WriteBlocks(num_blocks_, to));
  }
  return AppendLines(published, published);  // events without new rows
}

Status TraceFolderWriter::WriteBlocks(int64_t from, int64_t to) {
  for (int c = 0; c < trace_->layout().size(); ++c) {
    CARROT_RETURN_IF_ERROR(AppendColumn(c, from, to));
  }
  const TraceBlock& last = trace_->block(to - 1);
  const int64_t rows = last.first_row + last.rows;
  for (Column& column : columns_) CARROT_RETURN_IF_ERROR(column.PatchHeader(rows));
  CARROT_RETURN_IF_ERROR(AppendLines(from, to));
  buffer_.clear();
  for (int64_t b = from; b < to; ++b) {
    const TraceBlock& block = trace_->block(b);
    const int64_t row[5] = {block.env, block.episode, block.first_step, block.first_row,
                            block.rows};
    buffer_.append(AsBytes(row, sizeof(row)));
  }
  CARROT_RETURN_IF_ERROR(blocks_.file.Append(buffer_));
  CARROT_RETURN_IF_ERROR(blocks_.PatchHeader(to));
  num_blocks_ = to;
  rows_ = rows;
  return {};
}

Status TraceFolderWriter::AppendColumn(int column, int64_t from_block, int64_t to_block) {
  const size_t row_bytes = trace_->layout().columns[column].row_bytes();
  OutputFile& file = columns_[column].file;
  buffer_.clear();
  for (int64_t b = from_block; b < to_block; ++b) {
    const TraceBlock& block = trace_->block(b);
    const int64_t stride = block.chunk->columns[column].stride;
    const std::byte* row = Trace::Row(block, column, 0);
    if (stride == static_cast<int64_t>(row_bytes)) {
      buffer_.append(AsBytes(row, row_bytes * block.rows));
    } else {
      for (int r = 0; r < block.rows; ++r, row += stride) buffer_.append(AsBytes(row, row_bytes));
    }
    if (buffer_.size() >= kBufferBytes) {
      CARROT_RETURN_IF_ERROR(file.Append(buffer_));
      buffer_.clear();
    }
  }
  return file.Append(buffer_);
}

Status TraceFolderWriter::AppendLines(int64_t from_block, int64_t to_block) {
  std::string lines;
  // An episode's world seed must be known even if the episode never gets a summary.
  for (int64_t b = from_block; b < to_block; ++b) {
    const TraceBlock& block = trace_->block(b);
    const uint8_t last = *Trace::Row<uint8_t>(block, trace_->layout().flags, block.rows - 1);
    auto [it, fresh] = announced_.try_emplace(block.env, -1);
    if ((last & (kRowTerminated | kRowTruncated)) || it->second == block.episode) continue;
    it->second = block.episode;
    lines += JsonText(json({{"row_step", 0},
                            {"env", block.env},
                            {"type", "episode"},
                            {"episode", {block.episode}},
                            {"world_seed", block.world_seed}})) +
             "\n";
  }
  const std::vector<TraceEvent> events = trace_->events(num_events_);
  for (const TraceEvent& event : events) lines += JsonText(ToJson(event)) + "\n";
  if (!lines.empty()) CARROT_RETURN_IF_ERROR(events_.Append(lines));
  num_events_ += events.size();

  lines.clear();
  const std::vector<EpisodeSummary> episodes = trace_->episodes(num_episodes_);
  for (const auto& episode : episodes)
    lines += JsonText(EpisodeToJson(episode, trace_->spec())) + "\n";
  if (!lines.empty()) CARROT_RETURN_IF_ERROR(episodes_.Append(lines));
  num_episodes_ += episodes.size();
  return {};
}

Status TraceFolderWriter::SyncAll() {
  last_sync_ = Clock::now();
  for (Column& column : columns_) CARROT_RETURN_IF_ERROR(column.file.Sync());
  CARROT_RETURN_IF_ERROR(episodes_.Sync());
  CARROT_RETURN_IF_ERROR(events_.Sync());
  if (num_snapshots_ > 0) {
    CARROT_RETURN_IF_ERROR(snapshots_.file.Sync());
    CARROT_RETURN_IF_ERROR(snapshots_at_.file.Sync());
  }
  return blocks_.file.Sync();
}

Status TraceFolderWriter::AddSnapshot(int env, int64_t episode, int step,
                                      std::span<const std::byte> bytes) {
  if (!failed_) return failed_;
  auto write = [&]() -> Status {
    if (num_snapshots_ == 0) {
      snapshot_bytes_ = bytes.size();
      CARROT_ASSIGN_OR_RETURN(snapshots_, CreateColumn("snapshots.npy", NpyType::kU1,
                                                       {static_cast<int64_t>(bytes.size())}));
      CARROT_ASSIGN_OR_RETURN(snapshots_at_, CreateColumn("snapshots_at.npy", NpyType::kI8, {3}));
    }
    CARROT_CHECK(bytes.size() == snapshot_bytes_);
    const int64_t at[3] = {env, episode, step};
    CARROT_RETURN_IF_ERROR(snapshots_.file.Append(AsBytes(bytes.data(), bytes.size())));
    CARROT_RETURN_IF_ERROR(snapshots_.PatchHeader(num_snapshots_ + 1));
    CARROT_RETURN_IF_ERROR(snapshots_at_.file.Append(AsBytes(at, sizeof(at))));
    CARROT_RETURN_IF_ERROR(snapshots_at_.PatchHeader(num_snapshots_ + 1));
    ++num_snapshots_;
    return {};
  };
  return Remember(write());
}

Status TraceFolderWriter::AddScript(const std::string& file, const std::string& text) {
  CARROT_RETURN_IF_ERROR(MakeFolder(path_ / "scripts"));
  return ReplaceFile(path_ / "scripts" / file, text, ops_);
}

TraceFolderThread::TraceFolderThread(std::unique_ptr<TraceFolderWriter> folder, TraceWriter& writer)
    : folder_(std::move(folder)), writer_(writer), thread_([this] { Main(); }) {}

TraceFolderThread::~TraceFolderThread() {
  if (!closed_) (void)Close();
}

void TraceFolderThread::Main() {
  constexpr auto kPeriod = std::chrono::milliseconds(250);
  constexpr int kPeriodsPerCommit = 8;
  std::unique_lock lock(mutex_);
  for (int tick = 1; !wake_.wait_for(lock, kPeriod, [&] { return stop_; }); ++tick) {
    if (tick % kPeriodsPerCommit == 0) writer_.RequestCommit();
    (void)folder_->Update();  // a failure is kept and returned by Close
  }
}

Status TraceFolderThread::Close() {
  if (closed_) return folder_->Close();
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
  closed_ = true;
  writer_.CommitAll();
  return folder_->Close();
}

}  // namespace carrot
