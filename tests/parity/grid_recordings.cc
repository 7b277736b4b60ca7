#include "tests/parity/grid_recordings.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

namespace carrot {
namespace {

constexpr char kSuffix[] = ".jsonl.gz";

std::vector<nlohmann::json> ReadLines(const std::filesystem::path& path) {
  std::string text;
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) {
    ADD_FAILURE() << "cannot open " << path;
    return {};
  }
  std::vector<char> buffer(1 << 16);
  for (int count; (count = gzread(file, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), count);
  }
  EXPECT_EQ(gzclose(file), Z_OK) << path;
  std::vector<nlohmann::json> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    if (end > begin) lines.push_back(nlohmann::json::parse(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return lines;
}

std::vector<uint8_t> FromBase64(const std::string& text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<uint8_t> bytes;
  uint32_t bits = 0;
  int count = 0;
  for (char c : text) {
    const size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) break;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    count += 6;
    if (count >= 8) bytes.push_back(static_cast<uint8_t>(bits >> (count -= 8)));
  }
  return bytes;
}

std::optional<GridTriple> ToTriple(const nlohmann::json& value) {
  if (value.is_null()) return std::nullopt;
  return value.get<GridTriple>();
}

CellCode ToCode(int object, int color, int state) {
  const CellCode code = CellFromTriple(object, color, state);
  EXPECT_NE(code, kUnseenCell) << object << " " << color << " " << state;
  return code;
}

// The recording is x-major and has no agent in it.
GridLayout ToLayout(const nlohmann::json& line, int width, int height) {
  GridLayout layout;
  const std::vector<uint8_t> grid = FromBase64(line.at("grid"));
  EXPECT_EQ(grid.size(), 3u * width * height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const uint8_t* triple = &grid[(x * height + y) * 3];
      layout.cells.push_back(ToCode(triple[0], triple[1], triple[2]));
    }
  }
  for (const auto& box : line.at("contents")) {  // x, y, object, colour, state of what it holds
    CellCode& cell = layout.cells[box[1].get<int>() * width + box[0].get<int>()];
    cell = BoxOverKeyCell(kCells[cell].color, static_cast<GridColor>(box[3].get<int>()));
  }
  layout.agent = {line.at("agent")[0], line.at("agent")[1]};
  layout.direction = line.at("agent")[2];
  if (const auto carried = ToTriple(line.at("carrying0"))) {
    layout.carrying = ToCode((*carried)[0], (*carried)[1], (*carried)[2]);
  }
  return layout;
}

GridEpisode ToStart(const std::string& id, const nlohmann::json& line) {
  GridEpisode episode;
  episode.id = id;
  if (!line.at("seed").is_null()) episode.seed = line["seed"].get<uint64_t>();
  episode.width = line.at("W");
  episode.height = line.at("H");
  episode.max_steps = line.at("max_steps");
  episode.see_through = line.at("see_through");
  episode.start = ToLayout(line, episode.width, episode.height);
  return episode;
}

GridEpisode ToEpisode(const std::string& id, const nlohmann::json& line) {
  GridEpisode episode = ToStart(id, line);
  episode.first_image = FromBase64(line.at("obs0"));
  for (char digit : line.at("actions").get<std::string>()) episode.actions.push_back(digit - '0');
  for (const auto& image : line.at("obs")) episode.image.push_back(FromBase64(image));
  line.at("pose").get_to(episode.pose);
  line.at("reward").get_to(episode.reward);
  for (const auto& flag : line.at("term")) episode.terminated.push_back(flag != 0);
  for (const auto& flag : line.at("trunc")) episode.truncated.push_back(flag != 0);
  for (const auto& triple : line.at("carrying")) episode.carrying.push_back(ToTriple(triple));
  return episode;
}

}  // namespace

std::filesystem::path FindGridRecordings() {
  const std::filesystem::path source = CARROT_SOURCE_DIR;
  std::vector<std::filesystem::path> roots = {source / "../shared/parity",
                                              source / "tests/parity/data"};
  if (const char* dir = std::getenv("CARROT_PARITY_DIR")) roots = {dir};
  for (const auto& root : roots) {
    if (std::filesystem::exists(root / "parity_grid/GEN.jsonl.gz")) return root / "parity_grid";
  }
  return {};
}

std::vector<std::string> RecordedGridIds(const std::filesystem::path& folder) {
  std::vector<std::string> ids;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (name.ends_with(kSuffix) && !name.starts_with("GEN")) {
      ids.push_back(name.substr(0, name.size() - std::size(kSuffix) + 1));
    }
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::vector<GridEpisode> LoadGridEpisodes(const std::filesystem::path& folder,
                                          const std::string& id) {
  std::vector<GridEpisode> episodes;
  for (const auto& line : ReadLines(folder / (id + kSuffix))) {
    if (line.contains("actions")) episodes.push_back(ToEpisode(id, line));
  }
  return episodes;
}

std::vector<GridEpisode> LoadGridStarts(const std::filesystem::path& folder) {
  std::vector<GridEpisode> starts;
  for (const auto& line : ReadLines(folder / (std::string("GEN") + kSuffix))) {
    if (line.contains("grid")) starts.push_back(ToStart(line.at("env"), line));
  }
  return starts;
}

}  // namespace carrot
