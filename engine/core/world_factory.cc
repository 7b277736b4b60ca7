#include "engine/core/world_factory.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/suggest.h"

namespace carrot {
namespace {

Diagnostic UnknownOption(const std::string& name, const std::string& kind,
                         const std::vector<std::string>& known) {
  std::vector<std::string> named;
  std::copy_if(known.begin(), known.end(), std::back_inserter(named),
               [](const std::string& option) { return !std::isdigit(option[0]); });
  std::vector<std::string> help;
  const std::string nearest = Suggest(name, named);
  if (!nearest.empty()) help.push_back(fmt::format("did you mean `{}`?", nearest));
  help.push_back(named.empty() ? fmt::format("write `world = {} {{}}`", kind)
                               : fmt::format("options: {}", fmt::join(named, ", ")));
  return MakeError("T030", fmt::format("`{}` has no option `{}`", kind, name), std::move(help));
}

}  // namespace

Status CheckPlainRequest(const WorldRequest& request, const std::string& kind,
                         const std::vector<std::string>& known) {
  if (request.options.is_object()) {
    for (const auto& [name, value] : request.options.items()) {
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        return Fail(UnknownOption(name, kind, known));
      }
    }
  }
  if (!request.fields.empty()) {
    const auto& field = request.fields.front();
    const std::string name = field.is_object() ? field.value("name", "") : "";
    return Fail(MakeError(
        "T033",
        fmt::format("field '{}' has a source, but `{}` has no model to read it from", name, kind),
        {"read the fields that the world publishes, or give the field an `fn`"}));
  }
  if (!request.reset.empty()) {
    return Fail(MakeError("T034", fmt::format("`{}` has no `reset` table", kind),
                          {"remove `reset`: this world draws its start from the seed alone"}));
  }
  return {};
}

}  // namespace carrot
