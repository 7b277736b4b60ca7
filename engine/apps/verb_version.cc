#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/apps/machine.h"
#include "engine/apps/verb.h"
#include "engine/apps/verb_makers.h"

namespace carrot {
namespace {

class VersionVerb : public Verb {
 public:
  std::vector<Option> Options() override { return {}; }
  ExitCode Run(Console& console) override {
    if (console.json()) {
      Json document;
      document["version"] = kVersion;
      for (const LibraryVersion& library : LibraryVersions()) {
        document["libraries"][library.name] = library.version;
      }
      console.PrintJson(document);
      return ExitCode::kOk;
    }
    console.Print(fmt::format("carrot {}\n", kVersion));
    for (const LibraryVersion& library : LibraryVersions()) {
      console.Print(fmt::format("  {:<10}{}\n", library.name, library.version));
    }
    return ExitCode::kOk;
  }
};

}  // namespace

std::unique_ptr<Verb> MakeVersion() { return std::make_unique<VersionVerb>(); }

}  // namespace carrot
