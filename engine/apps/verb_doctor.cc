// Looks at everything that can be missing on a machine and says what to do about it.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/apps/machine.h"
#include "engine/apps/pictures.h"
#include "engine/apps/table.h"
#include "engine/apps/verb.h"
#include "engine/apps/verb_makers.h"
#include "engine/base/paths.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;

struct Check {
  enum class State { kGood, kMissing, kBad };
  std::string name;
  State state;
  std::string found;
  std::string hint;  // what to do, if not good
};

const char* Name(Check::State state) {
  return state == Check::State::kGood      ? "ok"
         : state == Check::State::kMissing ? "missing"
                                           : "broken";
}

Check CheckProcessor() {
  const int threads = HardwareThreads();
  return {"processor", Check::State::kGood, fmt::format("{}, {} threads", CpuName(), threads), ""};
}

Check CheckModels() {
  const fs::path folder = DepsFolder() / "gymnasium/envs/mujoco/assets";
  for (const fs::path& candidate :
       {DepsFolder() / "gymnasium/gymnasium/envs/mujoco/assets", folder}) {
    if (fs::exists(candidate / "hopper.xml")) {
      return {"robot models", Check::State::kGood, candidate.string(), ""};
    }
  }
  return {"robot models", Check::State::kMissing, "gymnasium's model files were not found",
          "./carrot setup"};
}

Check CheckLibraries() {
  std::string found;
  for (const LibraryVersion& library : LibraryVersions()) {
    found += fmt::format("{}{} {}", found.empty() ? "" : ", ", library.name, library.version);
  }
  return {"libraries", Check::State::kGood, found, ""};
}

Check CheckGraphics() {
  const Result<std::string> name = GraphicsName();
  if (name) return {"graphics", Check::State::kGood, *name, ""};
  const Diagnostic& error = name.error()[0];
  return {"graphics", Check::State::kMissing, error.message,
          error.help.empty() ? "./carrot setup" : error.help[0]};
}

Check CheckTasks() {
  const fs::path folder = HomeFolder() / "scripts/tasks";
  int count = 0;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    count += fs::exists(it->path() / "task.lua");
  }
  if (count == 0) {
    return {"shipped tasks", Check::State::kMissing, folder.string(),
            "set CARROT_HOME to the checkout"};
  }
  return {"shipped tasks", Check::State::kGood, fmt::format("{} in {}", count, folder.string()),
          ""};
}

Check CheckWriting() {
  std::error_code error;
  const fs::path here = fs::current_path(error);
  if (!error && access(here.c_str(), W_OK) == 0) {
    return {"run folders", Check::State::kGood, (here / "runs").string(), ""};
  }
  return {"run folders", Check::State::kBad, fmt::format("{} is not writable", here.string()),
          "change folder or use --out"};
}

class DoctorVerb : public Verb {
 public:
  std::vector<Option> Options() override { return {}; }
  ExitCode Run(Console& console) override {
    const std::vector<Check> checks{CheckProcessor(), CheckLibraries(), CheckGraphics(),
                                    CheckModels(),    CheckTasks(),     CheckWriting()};
    bool healthy = true;
    for (const Check& check : checks) healthy &= check.state == Check::State::kGood;
    if (console.json()) {
      PrintAsJson(console, checks, healthy);
    } else {
      PrintAsText(console, checks);
    }
    return healthy ? ExitCode::kOk : ExitCode::kNegative;
  }

 private:
  static void PrintAsJson(Console& console, const std::vector<Check>& checks, bool healthy) {
    Json document;
    document["healthy"] = healthy;
    document["checks"] = Json::array();
    for (const Check& check : checks) {
      document["checks"].push_back({{"name", check.name},
                                    {"state", Name(check.state)},
                                    {"found", check.found},
                                    {"hint", check.hint}});
    }
    console.PrintJson(document);
  }
  static void PrintAsText(Console& console, const std::vector<Check>& checks) {
    for (const Check& check : checks) {
      const bool good = check.state == Check::State::kGood;
      const std::string state = fmt::format("{:<8}", Name(check.state));
      Stream beside = console.out();
      beside.width -= DisplayWidth(state);
      console.Print(Paint(state, good ? Style::kGreen : Style::kRed, beside.color) +
                    Hang(fmt::format("{:<15}", check.name), check.found, beside, 23));
      if (!good) console.Print(Hang(std::string(23, ' ') + "try: ", check.hint, console.out(), 28));
    }
  }
};

}  // namespace

std::unique_ptr<Verb> MakeDoctor() { return std::make_unique<DoctorVerb>(); }

}  // namespace carrot
