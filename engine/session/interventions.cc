#include "engine/session/interventions.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/base/json_text.h"

namespace carrot {
namespace {

std::optional<Intervention> ReadIntervention(const TraceEvent& event) {
  const auto j = TryParseJson<nlohmann::json>(event.text);
  if (!j.is_object()) return std::nullopt;
  try {  // nlohmann throws on a missing or wrong value; nothing leaves this function
    if (event.type == "edit")
      return Intervention{0, CellChange{j.at("x"), j.at("y"), j.at("cell")}};
    BodyWrench wrench{.body = j.at("body")};
    for (int k = 0; k < 3; ++k) {
      wrench.force[k] = j.at("force").at(k);
      wrench.torque[k] = j.at("torque").at(k);
    }
    return Intervention{0, wrench};
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

}  // namespace

void Describe(const Intervention& intervention, TraceEvent* event) {
  nlohmann::json text;
  if (const auto* change = std::get_if<CellChange>(&intervention.what)) {
    event->type = "edit";
    text = {{"x", change->x}, {"y", change->y}, {"cell", change->cell}};
  } else {
    const auto& wrench = std::get<BodyWrench>(intervention.what);
    event->type = "perturb";
    event->value = std::hypot(wrench.force[0], wrench.force[1], wrench.force[2]);
    text = {{"body", wrench.body}, {"force", wrench.force}, {"torque", wrench.torque}};
  }
  event->text = JsonText(text);
}

std::vector<Intervention> InterventionsOf(const Trace& trace, const TraceEpisodeRows& episode) {
  std::vector<Intervention> found;
  const auto env = static_cast<size_t>(episode.env);
  for (const TraceEvent& event : trace.events()) {
    if (event.type != "perturb" && event.type != "edit") continue;
    if (event.env >= 0 && event.env != episode.env) continue;
    if (env >= event.episode.size() || event.episode[env] != episode.episode) continue;
    std::optional<Intervention> read = ReadIntervention(event);
    if (!read) continue;
    read->step = event.step[env];
    found.push_back(*read);
  }
  return found;
}

}  // namespace carrot
