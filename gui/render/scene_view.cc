#include "gui/render/scene_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "gui/render/view_makers.h"

namespace carrot {
namespace {

struct ViewKind {
  std::string_view world;
  Result<std::unique_ptr<SceneView>> (*make)(const Task&, const SceneOptions&, Canvas&);
};
constexpr ViewKind kViews[] = {
    {"cartpole", MakeCartPoleView},
    {"grid", MakeGridView},
    {"mujoco", MakeMujocoView},
};

template <typename T>
constexpr DType kDTypeOf = DType::kF64;
template <>
constexpr DType kDTypeOf<uint8_t> = DType::kU8;

}  // namespace

template <typename T>
Result<const T*> PoseField(const StateSpec& spec, const SceneRow& row, const char* name, int size) {
  const int field = spec.Find(name);
  const bool there = field >= 0 && field < static_cast<int>(row.columns.size()) &&
                     row.columns[static_cast<size_t>(field)] != nullptr;
  if (!there || spec[field].dtype != kDTypeOf<T> || spec[field].size() != size) {
    return Fail(MakeError("G010", fmt::format("this row cannot be drawn: its field `{}` {}", name,
                                              there ? "has another shape" : "was not recorded")));
  }
  return static_cast<const T*>(row.columns[static_cast<size_t>(field)]) + row.row * size;
}
template Result<const double*> PoseField<double>(const StateSpec&, const SceneRow&, const char*,
                                                 int);
template Result<const uint8_t*> PoseField<uint8_t>(const StateSpec&, const SceneRow&, const char*,
                                                   int);

Result<std::unique_ptr<SceneView>> MakeSceneView(const Task& task, const SceneOptions& options,
                                                 Canvas& canvas) {
  const std::string& kind = task.spec().world.kind;
  const auto* view = std::find_if(std::begin(kViews), std::end(kViews),
                                  [&kind](const ViewKind& entry) { return entry.world == kind; });
  if (view == std::end(kViews)) {
    return Fail(MakeError("G012", fmt::format("worlds of kind `{}` cannot be drawn yet", kind),
                          {"the plot of the terms works for every world"}));
  }
  return view->make(task, options, canvas);
}

}  // namespace carrot
