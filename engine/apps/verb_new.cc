#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/apps/api_files.h"
#include "engine/apps/arguments.h"
#include "engine/apps/templates.h"
#include "engine/apps/verb.h"
#include "engine/apps/verb_makers.h"
#include "engine/trace/file_ops.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;

class NewVerb : public Verb {
 public:
  std::vector<Option> Options() override {
    return {
        {"kind", "KIND", "task or reward", &kind_, true, {"task", "reward"}},
        {"path",
         "PATH",
         "the folder (task) or file (reward) to write",
         &path_,
         true,
         {},
         Offer::kFile},
        {"--task", "TASK", "the task that a reward is for", &task_name_, false, {}, Offer::kTask}};
  }

  ExitCode Run(Console& console) override {
    Status status = kind_ == "task" ? NewTask() : NewReward();
    if (!status) return console.Fail(status.error());
    if (console.json()) {
      console.PrintJson({{"kind", kind_}, {"files", files_}, {"next", next_}});
      return ExitCode::kOk;
    }
    for (const std::string& file : files_) console.Print(file + "\n");
    console.Note("next:");
    for (const std::string& command : next_) console.Note("  " + command);
    return ExitCode::kOk;
  }

 private:
  Status NewReward() {
    if (task_name_.empty()) {
      return Fail(MakeError("U002", "give the task that the reward is for: --task NAME",
                            {"carrot tasks lists them"}));
    }
    CARROT_ASSIGN_OR_RETURN(const auto task, FindTask(task_name_));
    const fs::path path = fs::path(path_).extension() == ".lua" ? path_ : path_ + ".lua";
    CARROT_RETURN_IF_ERROR(Write(path, RewardTemplate(task->spec(), Reference(*task, path))));
    CARROT_RETURN_IF_ERROR(WriteStubs(path.parent_path(), task));
    next_ = {
        "carrot check " + path.string(),
        fmt::format("carrot train --task {} --reward {} --steps 200k", task_name_, path.string())};
    return {};
  }
  // How the script at `path` names its task: a shipped one by its name, another by the way to it
  // from the script, so that the two can be used from any folder.
  std::string Reference(const Task& task, const fs::path& path) const {
    const Result<std::shared_ptr<const Task>> shipped = FindTask(task.spec().name);
    std::error_code ec;
    if (shipped && fs::equivalent((*shipped)->spec().path, task.spec().path, ec)) {
      return task.spec().name;
    }
    const fs::path folder = fs::absolute(path, ec).parent_path();
    const size_t one_of_several = task_name_.find('#');
    return fs::absolute(task.spec().path, ec)
               .lexically_normal()
               .lexically_relative(folder.lexically_normal())
               .string() +
           (one_of_several == std::string::npos ? "" : task_name_.substr(one_of_several));
  }
  // Completion of the task's fields in editors. A folder that has stubs keeps them.
  Status WriteStubs(const fs::path& folder, const std::shared_ptr<const Task>& task) {
    CARROT_ASSIGN_OR_RETURN(const RewardApi api, DescribeRewardApi());
    for (const auto& [path, text] :
         StubFiles(api, {task}, folder.empty() ? "." : folder.string())) {
      if (fs::exists(path)) continue;
      CARROT_RETURN_IF_ERROR(Write(path, text));
    }
    return {};
  }
  Status NewTask() {
    const fs::path folder(path_);
    std::string name = folder.filename().string();
    if (name.empty()) name = folder.parent_path().filename().string();
    if (fs::exists(folder / "task.lua")) return Exists(folder / "task.lua");
    CARROT_RETURN_IF_ERROR(MakeFolder(folder));
    CARROT_RETURN_IF_ERROR(Write(folder / "model.xml", ModelTemplate(name)));
    CARROT_RETURN_IF_ERROR(Write(folder / "reach.lua", TaskRewardTemplate()));
    CARROT_RETURN_IF_ERROR(Write(folder / "task.lua", TaskTemplate(name)));
    const std::string named =
        folder.is_absolute() ? folder.string() : "./" + folder.lexically_normal().string();
    next_ = {fmt::format("carrot describe {}", named),
             fmt::format("carrot train --task {} --steps 50k", named)};
    return {};
  }
  static Status Exists(const fs::path& path) {
    return Fail(MakeError("I008", fmt::format("{} exists already", path.string()),
                          {"nothing was written; give another name"}));
  }
  Status Write(const fs::path& path, const std::string& text) {
    if (fs::exists(path)) return Exists(path);
    if (path.has_parent_path()) CARROT_RETURN_IF_ERROR(MakeFolder(path.parent_path()));
    CARROT_RETURN_IF_ERROR(ReplaceFile(path, text, SystemFileOps()));
    files_.push_back(path.string());
    return {};
  }

  std::string kind_, path_, task_name_;
  std::vector<std::string> files_, next_;
};

}  // namespace

std::unique_ptr<Verb> MakeNew() { return std::make_unique<NewVerb>(); }

}  // namespace carrot
