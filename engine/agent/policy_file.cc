// Policy::Save and Policy::Load: the folder `<name>.policy` (layout: README.md, "Policy folder").
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <system_error>

#include "engine/agent/action_head.h"
#include "engine/agent/kernels.h"
#include "engine/agent/policy.h"
#include "engine/base/json_text.h"
#include "engine/base/npy.h"
#include "engine/base/paths.h"

namespace carrot {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr const char* kFormat = "carrot.policy/1";

tl::unexpected<Diagnostics> Bad(const fs::path& path, const std::string& why) {
  Diagnostic diagnostic = MakeError("I020", fmt::format("not a readable policy: {}", why),
                                    {"restore the folder from a copy, or take another checkpoint"});
  diagnostic.where.file = path.string();
  return Fail(std::move(diagnostic));
}

tl::unexpected<Diagnostics> CannotWrite(const fs::path& path, const std::error_code& error) {
  Diagnostic diagnostic = MakeError("I007", fmt::format("cannot write `{}`{}", path.string(),
                                                        error ? ": " + error.message() : ""));
  diagnostic.where.file = path.string();
  return Fail(std::move(diagnostic));
}

// JSON has no infinity: an unbounded side of an action range is null.
json Bounds(const std::vector<double>& bounds) {
  json out = json::array();
  for (double x : bounds) out.push_back(std::isfinite(x) ? json(x) : json(nullptr));
  return out;
}
std::vector<double> Bounds(const json& bounds, double infinite) {
  std::vector<double> out;
  for (const json& x : bounds) out.push_back(x.is_null() ? infinite : x.get<double>());
  return out;
}

json ActionJson(const ActionSpec& action) {
  if (action.kind == ActionSpec::Kind::kContinuous) {
    return {{"kind", "continuous"},
            {"names", action.names},
            {"low", Bounds(action.low)},
            {"high", Bounds(action.high)}};
  }
  return {{"kind", "discrete"},
          {"names", action.names},
          {"choices", action.choices},
          {"choice_names", action.choice_names}};
}

ActionSpec ActionFromJson(const json& in) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  ActionSpec action;
  action.names = in.at("names").get<std::vector<std::string>>();
  if (in.at("kind") == "continuous") {
    action.low = Bounds(in.at("low"), -kInf);
    action.high = Bounds(in.at("high"), kInf);
  } else {
    action.kind = ActionSpec::Kind::kDiscrete;
    action.choices = in.at("choices").get<std::vector<int>>();
    action.choice_names = in.at("choice_names").get<std::vector<std::string>>();
  }
  return action;
}

// Visits each stored array of a net: (file stem, true rows (0: a vector), columns, offset, stride).
template <typename F>
Status ForEachArray(const Mlp& net, const std::string& prefix, size_t at, F visit) {
  for (size_t l = 0; l < net.layers().size(); ++l) {
    const DenseLayer& layer = net.layers()[l];
    CARROT_RETURN_IF_ERROR(visit(fmt::format("{}_{}_weight", prefix, l), layer.in, layer.out,
                                 at + layer.weight, layer.out_pad));
    CARROT_RETURN_IF_ERROR(
        visit(fmt::format("{}_{}_bias", prefix, l), 0, layer.out, at + layer.bias, 0));
  }
  return {};
}

// All f32 arrays of a policy.
template <typename F>
Status ForEachArray(const Policy& policy, F visit) {
  CARROT_RETURN_IF_ERROR(ForEachArray(policy.policy_net(), "policy", 0, visit));
  CARROT_RETURN_IF_ERROR(ForEachArray(policy.value_net(), "value", policy.value_at(), visit));
  const int actions = static_cast<int>(policy.log_std().size());
  if (actions == 0) return {};
  return visit("log_std", 0, actions, policy.log_std_at(), 0);
}

Status WriteArrays(const Policy& policy, const fs::path& folder) {
  return ForEachArray(
      policy, [&](const std::string& name, int rows, int cols, size_t at, int stride) -> Status {
        std::vector<float> values;
        for (int r = 0; r < std::max(rows, 1); ++r) {
          const float* row = policy.parameters().data() + at + static_cast<size_t>(r) * stride;
          values.insert(values.end(), row, row + cols);
        }
        std::vector<int64_t> shape = {cols};
        if (rows > 0) shape.insert(shape.begin(), rows);
        return WriteNpy<float>(folder / (name + ".npy"), shape, values);
      });
}

Status ReadArrays(Policy& policy, const fs::path& folder) {
  return ForEachArray(
      policy, [&](const std::string& name, int rows, int cols, size_t at, int stride) -> Status {
        std::vector<int64_t> shape = {cols};
        if (rows > 0) shape.insert(shape.begin(), rows);
        CARROT_ASSIGN_OR_RETURN(const NpyArray array,
                                ReadNpy(folder / (name + ".npy"), NpyType::kF4, shape));
        const auto values = array.as<float>();
        for (int r = 0; r < std::max(rows, 1); ++r) {
          std::copy_n(values.data() + static_cast<size_t>(r) * cols, cols,
                      policy.mutable_parameters().data() + at + static_cast<size_t>(r) * stride);
        }
        return {};
      });
}

json Describe(const Policy& policy, const json& extra) {
  const PolicySpec& spec = policy.spec();
  const RunningNorm& ret = policy.return_norm();
  return {{"format", kFormat},
          {"task", spec.task},
          {"task_hash", spec.task_hash},
          {"reward_hash", spec.reward_hash},
          {"observation",
           {{"size", spec.observation_size},
            {"names", spec.observation_names},
            {"memory", spec.observed},
            {"normalize", policy.observation_clip() > 0},
            {"clip", policy.observation_clip()},
            {"count", policy.observation_norm().count()}}},
          {"action", ActionJson(spec.action)},
          {"network",
           {{"hidden", spec.hidden},
            {"activation", spec.activation == Activation::kTanh ? "tanh" : "relu"}}},
          {"reward_scale",
           {{"count", ret.count()}, {"mean", ret.mean()[0]}, {"variance", ret.variance()[0]}}},
          {"weight_hash", policy.WeightHash()},
          {"training", extra}};
}

Status WriteFolder(const Policy& policy, const fs::path& folder, const json& extra) {
  CARROT_RETURN_IF_ERROR(WriteArrays(policy, folder));
  const int64_t size[] = {policy.spec().observation_size};
  const RunningNorm& norm = policy.observation_norm();
  CARROT_RETURN_IF_ERROR(WriteNpy<double>(folder / "observation_mean.npy", size, norm.mean()));
  CARROT_RETURN_IF_ERROR(
      WriteNpy<double>(folder / "observation_variance.npy", size, norm.variance()));
  const fs::path path = folder / "policy.json";
  std::ofstream file(path);
  file << JsonText(Describe(policy, extra), 1) << '\n';
  file.close();
  if (!file) return CannotWrite(path, {});
  return {};
}

// Throws json::exception on a missing or mistyped key; Load turns that into a diagnostic.
PolicySpec SpecFromJson(const json& in) {
  PolicySpec spec;
  spec.task = in.at("task").get<std::string>();
  spec.task_hash = in.at("task_hash").get<std::string>();
  spec.reward_hash = in.at("reward_hash").get<std::string>();
  spec.observation_size = in.at("observation").at("size").get<int>();
  spec.observation_names = in.at("observation").at("names").get<std::vector<std::string>>();
  spec.observed = in.at("observation").value("memory", std::vector<std::string>{});
  spec.action = ActionFromJson(in.at("action"));
  spec.hidden = in.at("network").at("hidden").get<std::vector<int>>();
  spec.activation =
      in.at("network").at("activation") == "relu" ? Activation::kRelu : Activation::kTanh;
  return spec;
}

bool Plausible(const PolicySpec& spec) {
  const auto width = [](int n) { return n >= 1 && n <= 65536; };
  return width(spec.observation_size) && width(spec.action.size()) &&
         spec.observed.size() <= static_cast<size_t>(spec.observation_size) &&
         spec.action.size() <= kMostActions && spec.action.total_choices() <= kMostChoices &&
         width(spec.head_size()) && spec.action.low.size() == spec.action.high.size() &&
         spec.hidden.size() <= 8 && std::all_of(spec.hidden.begin(), spec.hidden.end(), width) &&
         std::all_of(spec.action.choices.begin(), spec.action.choices.end(), width);
}

}  // namespace

Status Policy::Save(const fs::path& folder) const { return Save(folder, json::object()); }

Status Policy::Save(const fs::path& folder, const json& extra) const {
  fs::path temporary = folder;
  temporary += ".tmp";
  std::error_code error;
  fs::remove_all(temporary, error);
  fs::create_directories(temporary, error);
  if (error) return CannotWrite(temporary, error);
  if (Status status = WriteFolder(*this, temporary, extra); !status) {
    fs::remove_all(temporary, error);
    return status;
  }
  fs::remove_all(folder, error);
  fs::rename(temporary, folder, error);
  if (error) return CannotWrite(folder, error);
  return {};
}

Result<Policy> Policy::Load(const fs::path& folder) {
  const fs::path path = folder / "policy.json";
  const Result<std::string> text = ReadFile(path);
  if (!text) return Bad(folder, text.error()[0].message);
  const json in = TryParseJson<json>(*text);
  if (in.is_discarded()) return Bad(path, "policy.json is not JSON");
  if (!in.is_object() || in.value("format", json()) != kFormat) {
    return Bad(path, fmt::format("\"format\" is not \"{}\"", kFormat));
  }
  if (SelectKernels() == nullptr) {
    return Fail(MakeError("U021", "policies need a CPU with AVX2 and FMA (x86-64-v3)"));
  }
  Policy policy;
  try {
    const PolicySpec spec = SpecFromJson(in);
    if (!Plausible(spec)) return Bad(path, "a size is out of range");
    policy = Policy(spec, 0);
    policy.observation_clip_ = in.at("observation").at("clip").get<double>();
    const json& scale = in.at("reward_scale");
    policy.return_norm_.Set(scale.at("count").get<double>(), {scale.at("mean").get<double>()},
                            {scale.at("variance").get<double>()});
    CARROT_RETURN_IF_ERROR(ReadArrays(policy, folder));
    const int64_t size[] = {spec.observation_size};
    CARROT_ASSIGN_OR_RETURN(const NpyArray mean,
                            ReadNpy(folder / "observation_mean.npy", NpyType::kF8, size));
    CARROT_ASSIGN_OR_RETURN(const NpyArray variance,
                            ReadNpy(folder / "observation_variance.npy", NpyType::kF8, size));
    const auto vector = [](std::span<const double> x) { return std::vector(x.begin(), x.end()); };
    policy.observation_norm_.Set(in.at("observation").at("count").get<double>(),
                                 vector(mean.as<double>()), vector(variance.as<double>()));
    if (in.at("weight_hash") != policy.WeightHash()) {
      return Bad(folder, "the weights are not those that policy.json describes");
    }
  } catch (const json::exception& error) {
    return Bad(path, JsonProblem(error));
  }
  return policy;
}

}  // namespace carrot
