#include "envs/grid/grid_world.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "engine/base/check.h"
#include "envs/grid/grid_rules.h"

namespace carrot {
namespace {

// The fields of every grid; those of the landmarks follow. grid_model.cc adds them in this order.
enum Field { kCellsField, kAgentPos, kDirection, kCarrying, kImage, kAtGoal, kInLava, kLandmarks };

// Column `field` of the batch: bytes, `width` a row.
struct ByteColumn {
  ByteColumn(const StateBatch& batch, int field)
      : data(static_cast<uint8_t*>(batch.next()[field])), width(batch.spec()[field].size()) {}
  uint8_t* operator[](int env) const { return data + static_cast<size_t>(env) * width; }
  uint8_t* data;
  int width;
};

void WritePosition(GridPosition position, uint8_t* out) {
  out[0] = position.x;
  out[1] = position.y;
}

bool IsAction(double action) {
  return action >= 0 && action < kGridActions && action == static_cast<int>(action);
}

}  // namespace

GridWorld::GridWorld(const GridGenerator& generator, std::vector<int> options, int num_envs)
    : generator_(generator),
      options_(std::move(options)),
      shape_(generator.shape(options_)),
      board_bytes_(Board::Bytes(shape_)),
      boards_(std::make_unique<std::byte[]>(board_bytes_ * num_envs)) {}

void GridWorld::FindLandmarks(Board& board) const {
  const auto landmarks = static_cast<uint8_t>(generator_.landmarks.size());
  for (uint8_t i = 0; i < landmarks; ++i) {
    if (board.state().carried_landmark == i) continue;  // it is where the agent is
    board.state().landmarks[i] = kNowhere;
    const CellCode* begin = board.packed();
    const CellCode* end = begin + shape_.cells();
    const CellCode* found = std::find_if(begin, end, [&](CellCode cell) {
      return kCells[cell].object == generator_.landmarks[i].object;
    });
    if (found == end) continue;
    const int index = static_cast<int>(found - begin);
    board.state().landmarks[i] = {static_cast<uint8_t>(index % shape_.width),
                                  static_cast<uint8_t>(index / shape_.width)};
  }
}

void GridWorld::Reset(int env, uint64_t seed, StateBatch& batch) {
  Board board = BoardOf(env);
  board.Clear(seed);
  generator_.generate(board, options_);
  FindLandmarks(board);
  Publish({env, env + 1}, batch);
}

void GridWorld::SetLayout(int env, const GridLayout& layout, StateBatch& batch) {
  CARROT_CHECK(static_cast<int>(layout.cells.size()) == shape_.cells());
  CARROT_CHECK(layout.agent.x < shape_.width && layout.agent.y < shape_.height);
  CARROT_CHECK(layout.direction >= 0 && layout.direction < 4);
  Board board = BoardOf(env);
  board.Clear(0);
  for (int y = 0; y < shape_.height; ++y) {
    for (int x = 0; x < shape_.width; ++x) board.Set(x, y, layout.cells[y * shape_.width + x]);
  }
  board.PutAgent(layout.agent.x, layout.agent.y, layout.direction);
  BoardState& state = board.state();
  state.carrying = layout.carrying;
  FindLandmarks(board);
  // An item that lies nowhere is what is carried, if that is of its kind.
  const auto landmarks = static_cast<uint8_t>(generator_.landmarks.size());
  for (uint8_t i = 0; i < landmarks; ++i) {
    const GridLandmark& landmark = generator_.landmarks[i];
    if (landmark.kind != LandmarkKind::kItem || state.landmarks[i] != kNowhere ||
        layout.carrying == kEmptyCell || kCells[layout.carrying].object != landmark.object) {
      continue;
    }
    state.carried_landmark = i;
    state.landmarks[i] = state.agent;
  }
  Publish({env, env + 1}, batch);
}

Status GridWorld::Edit(int env, const CellChange& change) {
  const auto [x, y, cell] = change;
  Board board = BoardOf(env);
  if (x < 0 || x >= shape_.width || y < 0 || y >= shape_.height) {
    return Fail(MakeError("U002", fmt::format("there is no cell {}, {}: the board has {} x {}", x,
                                              y, shape_.width, shape_.height)));
  }
  const bool put_agent = cell == CellChange::kPutAgent;
  if (!put_agent && (cell < 0 || cell > 255 || kCells[cell].object == GridObject::kUnseen)) {
    return Fail(MakeError("U002", fmt::format("there is no cell code {}", cell)));
  }
  const GridPosition place{static_cast<uint8_t>(x), static_cast<uint8_t>(y)};
  BoardState& state = board.state();
  if ((put_agent || place == state.agent) && !kCells[put_agent ? board.At(x, y) : cell].enter) {
    return Fail(MakeError("U002", fmt::format("the agent cannot stand in cell {}, {}", x, y)));
  }
  if (!put_agent) {
    board.Set(x, y, static_cast<CellCode>(cell));
    FindLandmarks(board);
    return {};
  }
  state.agent = place;
  if (state.carried_landmark != kMaxLandmarks) state.landmarks[state.carried_landmark] = place;
  return {};
}

bool GridWorld::Imagine(int env, std::span<void* const> recorded, int64_t row, int x, int y,
                        StateBatch& batch) {
  const auto bytes = [&](int field) {
    const auto* column = static_cast<const uint8_t*>(recorded[field]);
    return column == nullptr ? nullptr : column + row * batch.spec()[field].size();
  };
  const uint8_t *cells = bytes(kCellsField), *direction = bytes(kDirection),
                *carrying = bytes(kCarrying);
  if (cells == nullptr || direction == nullptr || carrying == nullptr) return false;
  if (!kCells[cells[y * shape_.width + x]].enter) return false;
  SetLayout(env,
            {.cells = {cells, cells + shape_.cells()},
             .agent = {static_cast<uint8_t>(x), static_cast<uint8_t>(y)},
             .direction = *direction,
             .carrying = *carrying},
            batch);
  return true;
}

void GridWorld::Step(EnvRange envs, const double* action, StateBatch& batch, uint8_t* fault) {
  for (int env = envs.begin; env < envs.end; ++env) {
    if (IsAction(action[env])) {
      Board board = BoardOf(env);
      StepBoard(board, static_cast<GridAction>(static_cast<int>(action[env])));
    } else {
      fault[env] = 1;
    }
  }
  Publish(envs, batch);
}

void GridWorld::Publish(EnvRange envs, StateBatch& batch) const {
  const ByteColumn cells(batch, kCellsField), agent_pos(batch, kAgentPos);
  const ByteColumn direction(batch, kDirection), carrying(batch, kCarrying), image(batch, kImage);
  const ByteColumn at_goal(batch, kAtGoal), in_lava(batch, kInLava);
  for (int env = envs.begin; env < envs.end; ++env) {
    const Board board = BoardOf(env);
    const BoardState& state = board.state();
    std::memcpy(cells[env], board.packed(), shape_.cells());
    WritePosition(state.agent, agent_pos[env]);
    *direction[env] = state.direction;
    *carrying[env] = state.carrying;
    ObserveBoard(board, generator_.see_through, image[env]);
    const GridObject below = kCells[board.At(state.agent.x, state.agent.y)].object;
    *at_goal[env] = below == GridObject::kGoal;
    *in_lava[env] = below == GridObject::kLava;
  }

  int field = kLandmarks;
  for (size_t i = 0; i < generator_.landmarks.size(); ++i) {
    const LandmarkKind kind = generator_.landmarks[i].kind;
    const ByteColumn position(batch, field++);
    for (int env = envs.begin; env < envs.end; ++env) {
      WritePosition(BoardOf(env).state().landmarks[i], position[env]);
    }
    if (kind == LandmarkKind::kPlace) continue;
    const ByteColumn flag(batch, field++);
    for (int env = envs.begin; env < envs.end; ++env) {
      const Board board = BoardOf(env);
      const GridPosition place = board.state().landmarks[i];
      *flag[env] = kind == LandmarkKind::kItem
                       ? board.state().carried_landmark == i
                       : place != kNowhere && kCells[board.At(place.x, place.y)].enter;
    }
  }
}

void GridWorld::Save(int env, std::byte* out) const {
  std::memcpy(out, boards_.get() + board_bytes_ * env, board_bytes_);
}

void GridWorld::Load(int env, const std::byte* bytes) {
  std::memcpy(boards_.get() + board_bytes_ * env, bytes, board_bytes_);
}

std::string GridWorld::FaultReason(int) const {
  return "an action is a whole number from 0 (turn left) to 6 (done)";
}

}  // namespace carrot
