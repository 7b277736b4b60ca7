// World "grid": MiniGrid's rules on boards of a generator. In task.lua:
//
//   world = grid { "doorkey", size = 8 }
//
// Published fields (all bytes; shapes in brackets):
//   cells [height][width]   codes of grid_codes.h, without the agent            pose
//   agent_pos [2]           x, y                                                pose
//   direction               0 right, 1 down, 2 left, 3 up                       pose
//   carrying                code; kEmptyCell: nothing                           pose
//   image [7][7][3]         what the agent sees (ObserveBoard)                  observation
//   at_goal, in_lava        what the agent stands on                            flags
//   and for each landmark of the generator <name>_pos [2], and <name>_open or has_<name>.
// The action is one choice of seven (GridAction); any other number is a fault. The world seed seeds
// MiniGrid's own generator: seed s starts with the board of env.reset(seed=s).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/core/interactive_world.h"
#include "engine/core/world_factory.h"
#include "envs/grid/grid_generator.h"

namespace carrot {

// A board written down, e.g. recorded.
struct GridLayout {
  std::vector<CellCode> cells;  // row-major, width x height of the world
  GridPosition agent;
  int direction = 0;
  CellCode carrying = kEmptyCell;
};

class GridWorld final : public World, public EditableWorld {
 public:
  GridWorld(const GridGenerator& generator, std::vector<int> options, int num_envs);

  void Reset(int env, uint64_t seed, StateBatch& batch) override;
  void Step(EnvRange envs, const double* action, StateBatch& batch, uint8_t* fault) override;
  size_t snapshot_bytes() const override { return board_bytes_; }
  void Save(int env, std::byte* out) const override;
  void Load(int env, const std::byte* bytes) override;
  std::string FaultReason(int env) const override;

  Status Edit(int env, const CellChange& change) override;
  void PublishRow(int env, StateBatch& batch) const override { Publish({env, env + 1}, batch); }
  int columns() const override { return shape_.width; }
  int rows() const override { return shape_.height; }
  bool Imagine(int env, std::span<void* const> recorded, int64_t row, int x, int y,
               StateBatch& batch) override;

  // Starts an episode from a layout instead of a seed.
  void SetLayout(int env, const GridLayout& layout, StateBatch& batch);

 private:
  Board BoardOf(int env) const { return {shape_, boards_.get() + board_bytes_ * env}; }
  void FindLandmarks(Board& board) const;
  void Publish(EnvRange envs, StateBatch& batch) const;

  const GridGenerator& generator_;
  std::vector<int> options_;
  GridShape shape_;
  size_t board_bytes_;
  std::unique_ptr<std::byte[]> boards_;  // num_envs boards
};

// The WorldFactory of `grid {}`. Errors: T030 unknown option, T031 a wrong value, T032 no such
// generator, T033, T034 (CheckPlainRequest).
Result<std::shared_ptr<const WorldModel>> MakeGridModel(const WorldRequest& request);

}  // namespace carrot
