#include "envs/mujoco/reset_noise.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/base/suggest.h"
#include "engine/core/slice.h"

namespace carrot {
namespace {

constexpr int kMaxRedraws = 10000;  // a box that lies inside its own hole would never end

struct Target {
  const char* name;
  mjtNum* mjData::*member;
  mjtSize mjModel::*size;
};
constexpr Target kTargets[] = {
    {"qpos", &mjData::qpos, &mjModel::nq},
    {"qvel", &mjData::qvel, &mjModel::nv},
    {"act", &mjData::act, &mjModel::na},
    {"ctrl", &mjData::ctrl, &mjModel::nu},
};

tl::unexpected<Diagnostics> Wrong(const std::string& target, const std::string& what,
                                  std::vector<std::string> help) {
  return Fail(MakeError("T023", fmt::format("reset of `{}`: {}", target, what), std::move(help)));
}

// A number for all elements, or a list with one for each; false if it is neither.
bool Numbers(const nlohmann::json& entry, const char* key, int count, std::vector<double>* out) {
  const auto it = entry.find(key);
  if (it == entry.end()) return false;
  if (it->is_number()) {
    out->assign(count, it->get<double>());
  } else if (it->is_array() && static_cast<int>(it->size()) == count) {
    out->clear();
    for (const auto& item : *it) {
      if (!item.is_number()) return false;
      out->push_back(item.get<double>());
    }
  } else {
    return false;
  }
  for (double value : *out) {
    if (!std::isfinite(value)) return false;
  }
  return true;
}

}  // namespace

Status ResetNoise::ParseNumbers(const nlohmann::json& entry, Draw* draw) {
  const std::string target = entry.value("target", "");
  auto scale = [&](const char* key) {
    std::vector<double> one;
    const bool ok = Numbers(entry, key, 1, &one) && one[0] >= 0;
    if (ok) draw->scale = one[0];
    return ok;
  };
  switch (draw->dist) {
    case Dist::kUniform:
    case Dist::kBoxOutside: {
      if (!Numbers(entry, "low", draw->count, &draw->low) ||
          !Numbers(entry, "high", draw->count, &draw->high)) {
        return Wrong(target, "it needs `low` and `high`",
                     {fmt::format("give a number, or a list of {}", draw->count)});
      }
      double reach = 0;
      for (int i = 0; i < draw->count; ++i) {
        if (draw->low[i] > draw->high[i]) {
          return Wrong(target, "`low` exceeds `high`", {"swap them"});
        }
        reach = std::hypot(reach, std::max(std::abs(draw->low[i]), std::abs(draw->high[i])));
      }
      if (draw->dist == Dist::kUniform) return {};
      if (scale("min_norm") && draw->scale < 0.99 * reach) return {};
      return Wrong(target, "`min_norm` must be at least 0 and well inside the box", {});
    }
    case Dist::kNormal:
      if (scale("std")) return {};
      return Wrong(target, "`std` must be a number of at least 0", {});
    case Dist::kDisk:
      if (draw->count == 2 && scale("radius")) return {};
      return Wrong(target, "a disk needs a `radius` and a target of two elements", {});
    case Dist::kConstant:
      if (Numbers(entry, "value", draw->count, &draw->low)) return {};
      return Wrong(target, "it needs a `value`",
                   {fmt::format("give a number, or a list of {}", draw->count)});
  }
  return {};
}

Result<ResetNoise::Draw> ResetNoise::ParseDraw(const mjModel* model, const nlohmann::json& entry) {
  const std::string text = entry.value("target", "");
  CARROT_ASSIGN_OR_RETURN(const SlicedName slice, ParseSlicedName(text));
  Draw draw;
  std::vector<std::string> targets;
  for (const Target& target : kTargets) {
    targets.emplace_back(target.name);
    if (slice.name != target.name) continue;
    draw.target = target.member;
    CARROT_ASSIGN_OR_RETURN(const ElementRange range,
                            ResolveSlice(slice, static_cast<int>(model->*(target.size))));
    draw.begin = range.begin;
    draw.count = range.end - range.begin;
  }
  if (draw.target == nullptr) {
    return Wrong(text, "it is no state of the model",
                 {fmt::format("use one of {}", fmt::join(targets, ", "))});
  }
  constexpr std::pair<const char*, Dist> kDists[] = {{"uniform", Dist::kUniform},
                                                     {"normal", Dist::kNormal},
                                                     {"constant", Dist::kConstant},
                                                     {"disk", Dist::kDisk},
                                                     {"box_outside", Dist::kBoxOutside}};
  const std::string dist = entry.value("dist", "");
  std::vector<std::string> known;
  bool found = false;
  for (const auto& [name, value] : kDists) {
    known.emplace_back(name);
    if (dist != name) continue;
    draw.dist = value;
    found = true;
  }
  if (!found) {
    const std::string nearest = Suggest(dist, known);
    return Wrong(text, fmt::format("there is no distribution `{}`", dist),
                 {nearest.empty() ? fmt::format("use one of {}", fmt::join(known, ", "))
                                  : fmt::format("did you mean `{}`?", nearest)});
  }
  draw.set = draw.dist != Dist::kUniform && draw.dist != Dist::kNormal;
  if (const auto mode = entry.find("mode"); mode != entry.end()) {
    if (*mode != "set" && *mode != "add") {
      return Wrong(text, "its mode is neither `set` nor `add`", {});
    }
    draw.set = *mode == "set";
  }
  CARROT_RETURN_IF_ERROR(ParseNumbers(entry, &draw));
  return draw;
}

Result<ResetNoise> ResetNoise::Build(const mjModel* model, const nlohmann::json& reset) {
  ResetNoise noise;
  for (const auto& entry : reset) {
    CARROT_ASSIGN_OR_RETURN(Draw draw, ParseDraw(model, entry));
    noise.draws_.push_back(std::move(draw));
  }
  return noise;
}

void ResetNoise::Apply(Rng& rng, mjData* data) const {
  for (const Draw& draw : draws_) {
    double* out = data->*(draw.target) + draw.begin;
    auto put = [&](int i, double value) { out[i] = draw.set ? value : out[i] + value; };
    switch (draw.dist) {
      case Dist::kUniform:
        for (int i = 0; i < draw.count; ++i) put(i, rng.Uniform(draw.low[i], draw.high[i]));
        break;
      case Dist::kNormal:
        for (int i = 0; i < draw.count; ++i) put(i, draw.scale * rng.Normal());
        break;
      case Dist::kConstant:
        for (int i = 0; i < draw.count; ++i) put(i, draw.low[i]);
        break;
      case Dist::kDisk: {
        double x, y;
        do {
          x = rng.Uniform(-1, 1);
          y = rng.Uniform(-1, 1);
        } while (x * x + y * y >= 1);
        put(0, draw.scale * x);
        put(1, draw.scale * y);
        break;
      }
      case Dist::kBoxOutside: {
        // The whole box is redrawn from the counter where the accepted draw began.
        Rng start = rng;
        for (int tries = 0; tries < kMaxRedraws; ++tries) {
          start = rng;
          double squares = 0;
          for (int i = 0; i < draw.count; ++i) {
            const double value = rng.Uniform(draw.low[i], draw.high[i]);
            squares += value * value;
          }
          if (squares > draw.scale * draw.scale) break;
        }
        for (int i = 0; i < draw.count; ++i) put(i, start.Uniform(draw.low[i], draw.high[i]));
        break;
      }
    }
  }
}

}  // namespace carrot
