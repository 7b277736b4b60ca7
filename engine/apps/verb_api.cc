// The scripts' API for editors (LuaLS stubs) and readers (a page), generated from what binds it.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/apps/api_files.h"
#include "engine/apps/arguments.h"
#include "engine/apps/verb.h"
#include "engine/apps/verb_makers.h"
#include "engine/trace/file_ops.h"

namespace carrot {
namespace {

class ApiVerb : public Verb {
 public:
  std::vector<Option> Options() override {
    return {
        {"--task",
         "TASK",
         "tasks whose fields are offered",
         &task_names_,
         false,
         {},
         Offer::kTask,
         true,
         true},
        {"--luals",
         "DIR",
         "write carrot.d.lua and .luarc.json for the Lua language server there",
         &luals_,
         false,
         {},
         Offer::kFile},
        {"--md", "", "print the reference as Markdown", &markdown_},
        {"--check", "", "write nothing; exit 1 if the files of --luals are out of date", &check_},
    };
  }

  ExitCode Run(Console& console) override {
    if (luals_.empty() && !markdown_ && !console.json()) {
      return console.Fail({MakeError("U002", "say what to write: --luals DIR, --md or --json")});
    }
    if (check_ && luals_.empty()) {
      return console.Fail({MakeError("U002", "--check needs the folder: --luals DIR")});
    }
    Status status = Write(console);
    if (!status) return console.Fail(status.error());
    return stale_.empty() ? ExitCode::kOk : ExitCode::kNegative;
  }

 private:
  Status Write(Console& console) {
    ApiTasks tasks;
    for (const std::string& name : task_names_) {
      CARROT_ASSIGN_OR_RETURN(auto task, FindTask(name));
      tasks.push_back(std::move(task));
    }
    CARROT_ASSIGN_OR_RETURN(const RewardApi api, DescribeRewardApi());
    if (!luals_.empty()) {
      CARROT_RETURN_IF_ERROR(WriteStubs(console, api, tasks));
    }
    if (console.json()) {
      Json document = ApiJson(api, tasks);
      document["files"] = files_;
      document["stale"] = stale_;
      console.PrintJson(document);
    } else if (markdown_) {
      console.Print(ApiMarkdown(api, tasks));
    }
    return {};
  }

  Status WriteStubs(Console& console, const RewardApi& api, const ApiTasks& tasks) {
    if (!check_) {
      CARROT_RETURN_IF_ERROR(MakeFolder(luals_));
    }
    for (const auto& [path, text] : StubFiles(api, tasks, luals_)) {
      files_.push_back(path);
      if (!check_) {
        CARROT_RETURN_IF_ERROR(ReplaceFile(path, text, SystemFileOps()));
        if (!console.json()) console.Print(path + "\n");
        continue;
      }
      std::ostringstream found;
      found << std::ifstream(path, std::ios::binary).rdbuf();
      if (found.str() == text) continue;
      stale_.push_back(path);
      console.Warn(fmt::format("{} is out of date: run carrot api --luals {}", path, luals_));
    }
    return {};
  }

  std::vector<std::string> task_names_;
  std::string luals_;
  bool markdown_ = false, check_ = false;
  std::vector<std::string> files_, stale_;
};

}  // namespace

std::unique_ptr<Verb> MakeApi() { return std::make_unique<ApiVerb>(); }

}  // namespace carrot
