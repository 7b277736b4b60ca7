// GridGenerator: how the boards of one family of tasks are made, as data: options, size, what to
// publish, and one function. A family is one file generator_<name>.cc and one line in
// generators.cc.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/core/registry.h"
#include "envs/grid/board.h"

namespace carrot {

// A whole number (or true/false as 1/0) that task.lua may set.
struct GridOption {
  std::string name;
  int value = 0;  // default
  int low = 0, high = 1;
};

// One value per option, in the generator's order.
using GridOptionValues = std::span<const int>;

// A thing of which there is one, whose position is published as <name>_pos. It is found on a new
// board by its object. What else is published:
//   door   <name>_open, flag
//   item   has_<name>, flag; <name>_pos follows the agent while it is carried
enum class LandmarkKind : uint8_t { kPlace, kDoor, kItem };
struct GridLandmark {
  std::string name;
  LandmarkKind kind = LandmarkKind::kPlace;
  GridObject object = GridObject::kGoal;
};

struct GridGenerator {
  std::string name;
  std::string doc;
  std::vector<GridOption> options;
  GridShape (*shape)(GridOptionValues options) = nullptr;
  bool see_through = false;             // the agent sees through walls and closed doors
  std::vector<GridLandmark> landmarks;  // at most kMaxLandmarks
  // Fills a cleared board. Every draw comes from board.rng(), in the reference's order.
  void (*generate)(Board& board, GridOptionValues options) = nullptr;
};

// All generators by name: the list in generators.cc.
const Registry<const GridGenerator*>& GridGenerators();

}  // namespace carrot
