#include "envs/mujoco/model_names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/base/suggest.h"

namespace carrot {
namespace {

struct Kind {
  int type;
  const char* name;
  mjtSize mjModel::*count;
};
constexpr Kind kKinds[] = {
    {mjOBJ_BODY, "body", &mjModel::nbody},
    {mjOBJ_JOINT, "joint", &mjModel::njnt},
    {mjOBJ_GEOM, "geom", &mjModel::ngeom},
    {mjOBJ_SITE, "site", &mjModel::nsite},
    {mjOBJ_SENSOR, "sensor", &mjModel::nsensor},
    {mjOBJ_TENDON, "tendon", &mjModel::ntendon},
    {mjOBJ_ACTUATOR, "actuator", &mjModel::nactuator},
    {mjOBJ_KEY, "keyframe", &mjModel::nkey},
};

const Kind* FindKind(int type) {
  for (const Kind& kind : kKinds) {
    if (kind.type == type) return &kind;
  }
  return nullptr;
}

// What an actuator drives, for those that have no name of their own.
std::string DrivenPart(const mjModel* model, int actuator) {
  const int id = model->actuator_trnid[2 * actuator];
  switch (model->actuator_trntype[actuator]) {
    case mjTRN_JOINT:
    case mjTRN_JOINTINPARENT:
      return NameOf(model, mjOBJ_JOINT, id);
    case mjTRN_TENDON:
      return NameOf(model, mjOBJ_TENDON, id);
    case mjTRN_SITE:
    case mjTRN_SLIDERCRANK:
    case mjTRN_SO3:
      return NameOf(model, mjOBJ_SITE, id);
    case mjTRN_BODY:
      return NameOf(model, mjOBJ_BODY, id);
    default:
      return "";
  }
}

}  // namespace

int CountObjects(const mjModel* model, int type) {
  const Kind* kind = FindKind(type);
  return kind == nullptr ? 0 : static_cast<int>(model->*(kind->count));
}

const char* KindName(int type) {
  const Kind* kind = FindKind(type);
  return kind == nullptr ? "part" : kind->name;
}

std::string NameOf(const mjModel* model, int type, int id) {
  const char* name = id < 0 ? nullptr : mj_id2name(model, type, id);
  return name == nullptr ? "" : name;
}

std::vector<std::string> ObjectNames(const mjModel* model, int type) {
  std::vector<std::string> names;
  for (int id = 0; id < CountObjects(model, type); ++id) {
    std::string name = NameOf(model, type, id);
    if (!name.empty()) names.push_back(std::move(name));
  }
  return names;
}

Result<int> FindObject(const mjModel* model, int type, const std::string& name) {
  const int id = mj_name2id(model, type, name.c_str());
  if (id >= 0) return id;
  const auto names = ObjectNames(model, type);
  std::vector<std::string> help;
  const std::string nearest = Suggest(name, names);
  if (!nearest.empty()) help.push_back(fmt::format("did you mean `{}`?", nearest));
  if (names.empty()) {
    help.push_back(fmt::format("the model names no {}", KindName(type)));
  } else {
    help.push_back(fmt::format("the model has: {}", fmt::join(names, ", ")));
  }
  return Fail(MakeError("T022", fmt::format("the model has no {} `{}`", KindName(type), name),
                        std::move(help)));
}

std::vector<std::string> ControlNames(const mjModel* model) {
  std::vector<std::string> names(model->nu);
  for (int act = 0; act < model->nactuator; ++act) {
    std::string name = NameOf(model, mjOBJ_ACTUATOR, act);
    if (name.empty()) name = DrivenPart(model, act);
    const int count = model->actuator_ctrlnum[act];
    for (int k = 0; k < count; ++k) {
      const int ctrl = model->actuator_ctrladr[act] + k;
      if (ctrl < 0 || ctrl >= model->nu) continue;
      names[ctrl] = count == 1 || name.empty() ? name : fmt::format("{}_{}", name, k);
    }
  }
  std::vector<std::string> unique = names;
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) {
      unique[i] = fmt::format("ctrl{}", i);
    } else if (std::count(names.begin(), names.end(), names[i]) > 1) {
      unique[i] = fmt::format("{}_{}", names[i], i);
    }
  }
  return unique;
}

}  // namespace carrot
