// Opens a recording in which one file was replaced by the input: the first byte chooses the file,
// the rest is its content. What opens is read to the last row.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "engine/base/check.h"
#include "engine/trace/trace_file.h"
#include "tests/support/toy_recording.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;

struct Base {
  fs::path path;
  std::vector<std::string> files, contents;
};

std::string ReadAll(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
void Write(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

Base MakeBase() {
  std::string name = (fs::temp_directory_path() / "carrot-fuzz-XXXXXX").string();
  CARROT_CHECK(mkdtemp(name.data()) != nullptr);
  Base base;
  base.path = fs::path(name) / "t.trace";
  testing::ToyRun run;
  run.num_envs = 2;
  run.steps = 20;
  run.task.horizon = 8;
  const auto recording = testing::RecordToy(run);
  auto writer = TraceFolderWriter::Create(base.path, recording.trace);
  CARROT_CHECK(writer && (*writer)->Close());
  for (const auto& file : fs::recursive_directory_iterator(base.path)) {
    if (file.is_regular_file()) base.files.push_back(file.path().string());
  }
  std::sort(base.files.begin(), base.files.end());
  for (const auto& file : base.files) base.contents.push_back(ReadAll(file));
  // Every file as it is, to start from.
  const char* seeds = std::getenv("CARROT_FUZZ_SEEDS");
  if (seeds != nullptr && seeds[0] != '\0') {
    for (size_t f = 0; f < base.files.size(); ++f) {
      Write(fs::path(seeds) / ("seed-" + std::to_string(f)),
            static_cast<char>(f) + base.contents[f]);
    }
  }
  return base;
}

// Touches every byte that the trace offers.
void ReadRows(const Trace& trace) {
  unsigned sum = 0;
  for (int64_t b = 0; b < trace.num_blocks(); ++b) {
    const TraceBlock& block = trace.block(b);
    for (int c = 0; c < trace.layout().size(); ++c) {
      for (int r = 0; r < block.rows; ++r) {
        const auto* row = reinterpret_cast<const unsigned char*>(Trace::Row(block, c, r));
        for (size_t i = 0; i < trace.layout().columns[c].row_bytes(); ++i) sum += row[i];
      }
    }
  }
  static volatile unsigned sink;
  sink = sum;
  for (const auto& episode : trace.episodes())
    (void)EpisodeToJson(episode, trace.spec())
        .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

const Base& TheBase() {
  static const Base base = MakeBase();
  return base;
}

}  // namespace
}  // namespace carrot

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  (void)carrot::TheBase();
  std::atexit([] { carrot::fs::remove_all(carrot::TheBase().path.parent_path()); });
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const carrot::Base& base = carrot::TheBase();
  const size_t f = data[0] % base.files.size();
  carrot::Write(base.files[f], std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
  const auto opened = carrot::OpenTrace(base.path);
  if (opened)
    carrot::ReadRows(**opened);
  else
    (void)carrot::Format(opened.error());
  carrot::Write(base.files[f], base.contents[f]);
  return 0;
}
