#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/apps/table.h"
#include "engine/apps/verb.h"
#include "engine/apps/verb_makers.h"
#include "envs/all/worlds.h"
#include "envs/task/task_catalog.h"

namespace carrot {
namespace {

class TasksVerb : public Verb {
 public:
  std::vector<Option> Options() override {
    return {{"match", "TEXT", "only names and aliases that contain TEXT", &match_}};
  }

  ExitCode Run(Console& console) override {
    Diagnostics problems;
    std::vector<TaskEntry> tasks;
    for (TaskEntry& task : ListTasks(AllWorlds(), &problems)) {
      if (Matches(task)) tasks.push_back(std::move(task));
    }
    console.Show(problems);
    if (console.json()) {
      PrintAsJson(console, tasks, problems);
    } else {
      PrintAsText(console, tasks);
    }
    return problems.empty() ? ExitCode::kOk : ExitCode::kInput;
  }

 private:
  bool Matches(const TaskEntry& task) const {
    if (task.name.find(match_) != std::string::npos) return true;
    for (const std::string& alias : task.aliases) {
      if (alias.find(match_) != std::string::npos) return true;
    }
    return false;
  }
  static void PrintAsJson(Console& console, const std::vector<TaskEntry>& tasks,
                          const Diagnostics& problems) {
    Json document;
    document["tasks"] = Json::array();
    for (const TaskEntry& task : tasks) {
      document["tasks"].push_back({{"name", task.name},
                                   {"aliases", task.aliases},
                                   {"world", task.world},
                                   {"default_reward", task.default_reward},
                                   {"path", task.path},
                                   {"doc", task.doc}});
    }
    for (const Diagnostic& problem : problems) {
      document["problems"].push_back(Json(ToJson(problem)));
    }
    console.PrintJson(document);
  }
  static void PrintAsText(Console& console, const std::vector<TaskEntry>& tasks) {
    Table table({{"task", Align::kLeft},
                 {"alias", Align::kLeft},
                 {"world", Align::kLeft},
                 {"reward", Align::kLeft},
                 {"", Align::kLeft}});
    for (const TaskEntry& task : tasks) {
      table.Row({task.name, task.aliases.empty() ? "" : task.aliases[0], task.world,
                 task.default_reward, task.doc});
    }
    console.Print(table.Render(console.out()));
    console.Note(fmt::format("{} task{}; carrot describe NAME says more", tasks.size(),
                             tasks.size() == 1 ? "" : "s"));
  }
  std::string match_;
};

}  // namespace

std::unique_ptr<Verb> MakeTasks() { return std::make_unique<TasksVerb>(); }

}  // namespace carrot
