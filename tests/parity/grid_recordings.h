// Recorded MiniGrid episodes and starting boards (layout: README.md of parity_grid).
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "envs/grid/grid_world.h"

namespace carrot {

using GridTriple = std::array<int, 3>;  // object, colour, state

struct GridEpisode {
  std::string id;                // "MiniGrid-DoorKey-8x8-v0"
  std::optional<uint64_t> seed;  // absent: the reference went on with its generator; use `start`
  int width = 0, height = 0, max_steps = 0;
  bool see_through = false;
  GridLayout start;

  // Empty for a starting board (GEN). Index t is after action t.
  std::vector<uint8_t> first_image;
  std::vector<int> actions;
  std::vector<std::vector<uint8_t>> image;
  std::vector<std::array<int, 3>> pose;  // x, y, direction
  std::vector<double> reward;
  std::vector<bool> terminated, truncated;
  std::vector<std::optional<GridTriple>> carrying;
};

// The folder parity_grid below $CARROT_PARITY_DIR, else ../shared/parity beside the checkout, else
// tests/parity/data. Empty if there is none.
std::filesystem::path FindGridRecordings();
// Ids with a recording of episodes in that folder.
std::vector<std::string> RecordedGridIds(const std::filesystem::path& folder);
std::vector<GridEpisode> LoadGridEpisodes(const std::filesystem::path& folder,
                                          const std::string& id);
// The starting boards of every id.
std::vector<GridEpisode> LoadGridStarts(const std::filesystem::path& folder);

}  // namespace carrot
