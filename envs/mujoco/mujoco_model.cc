#include "envs/mujoco/mujoco_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/base/paths.h"
#include "engine/base/suggest.h"
#include "envs/mujoco/engine_guard.h"
#include "envs/mujoco/model_names.h"
#include "envs/mujoco/mujoco_world.h"

namespace carrot {
namespace {

// Part of every task hash: raise it when a change here changes results.
constexpr const char* kWorldVersion = "mujoco/1";

struct Options {
  std::string model;
  int frame_skip = 1;
  std::string keyframe;
};

tl::unexpected<Diagnostics> BadOption(std::string message, std::vector<std::string> help) {
  return Fail(MakeError("T024", std::move(message), std::move(help)));
}

Result<Options> ReadOptions(const nlohmann::json& json) {
  const std::vector<std::string> known = {"model", "frame_skip", "keyframe"};
  Options options;
  for (const auto& [key, value] : json.items()) {
    const bool is_model = key == "model" || key == "1";
    if (is_model && value.is_string()) {
      options.model = value.get<std::string>();
    } else if (key == "keyframe" && value.is_string()) {
      options.keyframe = value.get<std::string>();
    } else if (key == "frame_skip" && value.is_number()) {
      const double skip = value.get<double>();
      options.frame_skip = skip >= 1 && skip <= 1e6 ? static_cast<int>(skip) : 0;
      if (options.frame_skip < 1 || options.frame_skip != skip) {
        return BadOption("frame_skip must be a whole number of at least 1",
                         {"e.g. frame_skip = 4"});
      }
    } else if (is_model || std::find(known.begin(), known.end(), key) != known.end()) {
      return BadOption(fmt::format("mujoco: `{}` has the wrong type", key),
                       {"e.g. mujoco { model = \"model.xml\", frame_skip = 4 }"});
    } else {
      const std::string nearest = Suggest(key, known);
      return BadOption(fmt::format("mujoco has no option `{}`", key),
                       {nearest.empty() ? fmt::format("known: {}", fmt::join(known, ", "))
                                        : fmt::format("did you mean `{}`?", nearest)});
    }
  }
  if (options.model.empty()) {
    return BadOption("mujoco needs a model", {"e.g. mujoco { model = \"model.xml\" }"});
  }
  return options;
}

std::string Trim(std::string text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  while (!text.empty() && is_space(text.back())) text.pop_back();
  for (char& c : text) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return text;
}

// MuJoCo writes the place into its text: "Element 'geom', line 12, column 3" or "Line number=3".
int NumberAfter(std::string text, const char* word) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const size_t at = text.rfind(word);
  if (at == std::string::npos) return 0;
  const size_t digit = text.find_first_of("0123456789", at);
  const bool beside = digit != std::string::npos && digit - at < 13;
  return beside ? std::atoi(text.c_str() + digit) : 0;
}

tl::unexpected<Diagnostics> ModelError(const std::string& path, const std::string& bytes,
                                       std::string text) {
  text = Trim(std::move(text));
  Diagnostic error = MakeError("T020", fmt::format("the model does not load: {}", text));
  error.where.file = path;
  // An error of the engine names a line of its own source instead.
  const bool in_model = text.find("engine error") == std::string::npos;
  error.where.line = in_model ? NumberAfter(text, "line") : 0;
  error.where.column = error.where.line > 0 ? NumberAfter(text, "column") : 0;
  size_t begin = 0;
  for (int line = 1; line < error.where.line && begin != std::string::npos; ++line) {
    begin = bytes.find('\n', begin);
    if (begin != std::string::npos) ++begin;
  }
  if (error.where.line > 0 && begin != std::string::npos) {
    error.excerpt = bytes.substr(begin, bytes.find('\n', begin) - begin);
  }
  return Fail(std::move(error));
}

struct SpecDeleter {
  void operator()(mjSpec* spec) const { mj_deleteSpec(spec); }
};

struct Loaded {
  MjModelPtr model;
  std::string hash;
  std::vector<std::string> warnings;
};

// The bytes that decide the physics: the file, the model as one flat text (included files) and the
// compiled shapes that are read from other files.
std::string HashModel(const std::string& bytes, const mjSpec* spec, const mjModel* model) {
  std::string all = bytes;
  char error[64] = "";
  const int size = mj_saveXMLString(spec, nullptr, 0, error, sizeof(error));
  if (size > 0) {
    std::string flat(size + 1, '\0');
    mj_saveXMLString(spec, flat.data(), static_cast<int>(flat.size()), error, sizeof(error));
    all += flat;
  }
  all.append(reinterpret_cast<const char*>(model->mesh_vert), 3 * sizeof(float) * model->nmeshvert);
  all.append(reinterpret_cast<const char*>(model->hfield_data), sizeof(float) * model->nhfielddata);
  return HashHex(fmt::format("{}\n{}\n", kWorldVersion, mj_versionString()) + all);
}

Result<Loaded> LoadModel(const std::string& path) {
  CARROT_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  MessageCollector collector;
  char error[1024] = "";
  std::unique_ptr<mjSpec, SpecDeleter> spec(
      mj_parseXML(path.c_str(), nullptr, error, sizeof(error)));
  if (spec == nullptr) return ModelError(path, bytes, error);
  Loaded loaded;
  loaded.model.reset(mj_compile(spec.get(), nullptr));
  if (loaded.model == nullptr) return ModelError(path, bytes, mjs_getError(spec.get()));
  for (int i = 0; i < mjs_numWarnings(spec.get()); ++i) {
    collector.messages().emplace_back(mjs_getWarning(spec.get(), i));
  }
  for (std::string& warning : collector.messages()) {
    warning = Trim(std::move(warning));
    auto& list = loaded.warnings;
    if (std::find(list.begin(), list.end(), warning) == list.end()) list.push_back(warning);
  }
  loaded.hash = HashModel(bytes, spec.get(), loaded.model.get());
  return loaded;
}

Status CheckSupported(const std::string& path, const mjModel* model) {
  if (model->opt.enableflags & (mjENBL_SLEEP | mjENBL_IPC)) {
    Diagnostic error = MakeError("T020",
                                 "the model enables `sleep` or `ipc`, which keep state that a "
                                 "snapshot cannot restore exactly",
                                 {"remove that flag from <option>"});
    error.where.file = path;
    return Fail(std::move(error));
  }
  const double timestep = model->opt.timestep;
  if (!(timestep > 0 && std::isfinite(timestep))) {
    Diagnostic error = MakeError("T020", fmt::format("the model has a timestep of {}", timestep),
                                 {"write e.g. <option timestep=\"0.002\"/>"});
    error.where.file = path;
    return Fail(std::move(error));
  }
  if (model->nu == 0) {
    Diagnostic error =
        MakeError("T020", "the model has no actuator, so there is nothing to act with",
                  {"add an <actuator> section"});
    error.where.file = path;
    return Fail(std::move(error));
  }
  return {};
}

ActionSpec ActionsOf(const mjModel* model) {
  ActionSpec action;
  action.names = ControlNames(model);
  for (int i = 0; i < model->nu; ++i) {
    const bool limited = model->actuator_ctrllimited[i];
    const double infinity = std::numeric_limits<double>::infinity();
    action.low.push_back(limited ? model->actuator_ctrlrange[2 * i] : -infinity);
    action.high.push_back(limited ? model->actuator_ctrlrange[2 * i + 1] : infinity);
  }
  return action;
}

Result<std::shared_ptr<const WorldModel>> Make(const WorldRequest& request) {
  InstallEngineGuard();
  CARROT_ASSIGN_OR_RETURN(const Options options, ReadOptions(request.options));
  std::filesystem::path path = options.model;
  if (path.is_relative()) path = std::filesystem::path(request.task_path) / path;
  CARROT_ASSIGN_OR_RETURN(Loaded loaded, LoadModel(path.string()));
  mjModel* model = loaded.model.get();
  CARROT_RETURN_IF_ERROR(CheckSupported(path.string(), model));
  // A diverged simulation must be seen, not silently restarted.
  model->opt.disableflags |= mjDSBL_AUTORESET;

  auto shared = std::make_shared<MujocoShared>();
  shared->frame_skip = options.frame_skip;
  if (!options.keyframe.empty()) {
    CARROT_ASSIGN_OR_RETURN(shared->keyframe, FindObject(model, mjOBJ_KEY, options.keyframe));
  }
  CARROT_ASSIGN_OR_RETURN(shared->plan, FieldPlan::Build(model, request.fields));
  CARROT_ASSIGN_OR_RETURN(shared->noise, ResetNoise::Build(model, request.reset));

  WorldSpec spec;
  spec.kind = "mujoco";
  spec.state = shared->plan.spec();
  spec.action = ActionsOf(model);
  spec.dt = model->opt.timestep * options.frame_skip;
  spec.model_hash = loaded.hash;
  spec.warnings = std::move(loaded.warnings);
  shared->model = std::move(loaded.model);
  return std::make_shared<MujocoModel>(std::move(shared), std::move(spec));
}

const MujocoShared* SharedOf(const WorldModel& model) {
  const auto* mujoco = dynamic_cast<const MujocoModel*>(&model);
  return mujoco == nullptr ? nullptr : &mujoco->shared();
}

const MujocoShared* SharedOf(const World& world) {
  const auto* mujoco = dynamic_cast<const MujocoWorld*>(&world);
  return mujoco == nullptr ? nullptr : &mujoco->shared();
}

bool ReadPose(const MujocoShared* shared, std::span<void* const> columns, int64_t row,
              double* qpos) {
  if (shared == nullptr) return false;
  const mjModel* model = shared->model.get();
  std::copy(model->qpos0, model->qpos0 + model->nq, qpos);
  return shared->plan.ReadPose(columns, row, qpos);
}

}  // namespace

Result<std::shared_ptr<const WorldModel>> MakeMujocoModel(const WorldRequest& request) {
  try {  // the JSON library throws on a value of another type than asked for
    return Make(request);
  } catch (const nlohmann::json::exception& error) {
    return BadOption(
        fmt::format("the task's world, fields or reset are malformed: {}", error.what()), {});
  }
}

const mjModel* MjModelOf(const WorldModel& model) {
  const MujocoShared* shared = SharedOf(model);
  return shared == nullptr ? nullptr : shared->model.get();
}

const mjModel* MjModelOf(const World& world) {
  const MujocoShared* shared = SharedOf(world);
  return shared == nullptr ? nullptr : shared->model.get();
}

bool ReadMujocoPose(const WorldModel& model, std::span<void* const> columns, int64_t row,
                    double* qpos) {
  return ReadPose(SharedOf(model), columns, row, qpos);
}

bool ReadMujocoPose(const World& world, std::span<void* const> columns, int64_t row, double* qpos) {
  return ReadPose(SharedOf(world), columns, row, qpos);
}

void SetMujocoState(World& world, int env, const MujocoState& state, StateBatch& batch) {
  auto* mujoco = dynamic_cast<MujocoWorld*>(&world);
  CARROT_CHECK(mujoco != nullptr);
  mujoco->SetState(env, state, batch);
}

const mjData* MjDataOf(const World& world, int env) {
  const auto* mujoco = dynamic_cast<const MujocoWorld*>(&world);
  CARROT_CHECK(mujoco != nullptr);
  return mujoco->data(env);
}

}  // namespace carrot
