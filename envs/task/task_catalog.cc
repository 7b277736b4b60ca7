#include "envs/task/task_catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "engine/base/paths.h"
#include "engine/base/suggest.h"
#include "engine/script/lua_script.h"
#include "envs/task/lua_task.h"
#include "envs/task/task_reader.h"

namespace carrot {
namespace fs = std::filesystem;
namespace {

struct TaskFile {
  std::shared_ptr<const LuaScript> script;
  std::vector<std::pair<std::string, const LuaValue*>> tasks;  // name, task{...}
};

// The name of a file's only task: the folder for .../hopper/task.lua, else the file's stem.
std::string NameFromPath(const fs::path& path) {
  return path.filename() == "task.lua" ? fs::absolute(path).parent_path().filename().string()
                                       : path.stem().string();
}

Result<TaskFile> ReadTaskFile(const fs::path& path, const WorldRegistry& worlds) {
  ScriptOptions options;
  options.makers = TaskMakers(worlds.Names());
  TaskFile file;
  CARROT_ASSIGN_OR_RETURN(file.script, LuaScript::Load(path.string(), options));
  const LuaValue& root = file.script->root();
  if (root.tag != "tasks") {
    file.tasks.emplace_back(NameFromPath(path), &root);
    return file;
  }
  for (const auto& entry : root.entries) file.tasks.emplace_back(entry.key, &entry.value);
  return file;
}

std::vector<fs::path> ShippedTaskFiles() {
  std::vector<fs::path> files;
  std::error_code ec;
  for (const auto& folder : fs::directory_iterator(HomeFolder() / "scripts" / "tasks", ec)) {
    if (fs::exists(folder.path() / "task.lua", ec)) files.push_back(folder.path() / "task.lua");
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Gives a world's error the place in task.lua that it is about: the field it names, else world =
// ....
void PlaceWorldErrors(const LuaScript& script, const TaskDecl& decl, Diagnostics* errors) {
  for (Diagnostic& d : *errors) {
    if (!d.where.file.empty()) continue;
    SourceSpan where = decl.world_where;
    for (const auto& [name, place] : decl.field_places) {
      if (d.message.find(fmt::format("field '{}'", name)) != std::string::npos) where = place;
    }
    Diagnostic placed = script.ErrorAt(d.code, d.message, where, d.help);
    placed.notes = d.notes;
    d = std::move(placed);
  }
}

Status SetParams(const std::map<std::string, double>& values, TaskDecl* decl) {
  std::vector<std::string> names;
  for (const auto& param : decl->params) names.push_back(param.name);
  for (const auto& [name, value] : values) {
    auto param = std::find_if(decl->params.begin(), decl->params.end(),
                              [&name = name](const ParamSpec& p) { return p.name == name; });
    if (param == decl->params.end()) {
      const std::string nearest = Suggest(name, names);
      return Fail(MakeError("T007", fmt::format("the task has no parameter `{}`", name),
                            {nearest.empty() ? fmt::format("it has: {}", fmt::join(names, ", "))
                                             : fmt::format("did you mean `{}`?", nearest)}));
    }
    param->value = value;
  }
  return {};
}

Result<std::shared_ptr<const Task>> MakeTask(const TaskFile& file, const std::string& name,
                                             const LuaValue& value, const WorldRegistry& worlds,
                                             const TaskOptions& options) {
  CARROT_ASSIGN_OR_RETURN(TaskDecl decl, ReadTask(value, *file.script, worlds.Names()));
  CARROT_RETURN_IF_ERROR(SetParams(options.params, &decl));
  WorldRequest request;
  request.options = decl.world_options;
  request.fields = decl.world_fields;
  request.reset = decl.reset;
  request.task_path = fs::absolute(file.script->path()).parent_path().string();
  CARROT_ASSIGN_OR_RETURN(const WorldFactory factory, worlds.Get(decl.world_kind, "T008"));
  auto world = factory(request);
  if (!world) {
    PlaceWorldErrors(*file.script, decl, &world.error());
    return Fail(std::move(world).error());
  }
  return MakeLuaTask(name, std::move(decl), file.script, *world);
}

bool Matches(const std::string& wanted, const std::string& name, const LuaValue& value) {
  if (wanted == name) return true;
  const LuaValue* alias = value.Find("alias");
  if (alias == nullptr) return false;
  if (alias->is_string()) return alias->string == wanted;
  return std::any_of(alias->array.begin(), alias->array.end(),
                     [&](const LuaValue& a) { return a.string == wanted; });
}

Result<std::shared_ptr<const Task>> LoadFromPath(const std::string& text,
                                                 const WorldRegistry& worlds,
                                                 const TaskOptions& options) {
  const size_t hash = text.rfind('#');
  fs::path path = text.substr(0, hash);
  std::error_code ec;
  if (fs::is_directory(path, ec)) path /= "task.lua";
  if (!fs::exists(path, ec)) {
    return Fail(MakeError("I001", fmt::format("there is no task file {}", path.string()),
                          {"make one with: carrot new task NAME"}));
  }
  CARROT_ASSIGN_OR_RETURN(const TaskFile file, ReadTaskFile(path, worlds));
  std::vector<std::string> names;
  for (const auto& [name, value] : file.tasks) {
    names.push_back(name);
    const bool only = hash == std::string::npos && file.tasks.size() == 1;
    if (only || (hash != std::string::npos && Matches(text.substr(hash + 1), name, *value))) {
      return MakeTask(file, name, *value, worlds, options);
    }
  }
  return Fail(MakeError(
      "T003", fmt::format("{} has several tasks, say which", path.string()),
      {fmt::format("write {}#NAME with one of: {}", path.string(), fmt::join(names, ", "))}));
}

bool IsPath(const std::string& name) {
  std::error_code ec;
  const std::string path = name.substr(0, name.rfind('#'));
  return path.ends_with(".lua") || name.starts_with("/") || name.starts_with("./") ||
         name.starts_with("../") || fs::exists(fs::path(path) / "task.lua", ec);
}

Diagnostic UnknownTask(const std::string& name, const std::vector<std::string>& known) {
  const std::string nearest = Suggest(name, known);
  std::vector<std::string> help;
  if (known.empty()) {
    help.push_back(fmt::format(
        "{} holds no shipped tasks: point CARROT_HOME at a checkout of Carrot, or unset it",
        (HomeFolder() / "scripts" / "tasks").string()));
  }
  if (!nearest.empty()) help.push_back(fmt::format("did you mean `{}`?", nearest));
  help.push_back("`carrot tasks` lists them; a path to a task.lua works as well");
  return MakeError("T003", fmt::format("there is no task `{}`", name), std::move(help));
}

}  // namespace

std::vector<TaskEntry> ListTasks(const WorldRegistry& worlds, Diagnostics* problems) {
  std::vector<TaskEntry> entries;
  for (const fs::path& path : ShippedTaskFiles()) {
    auto file = ReadTaskFile(path, worlds);
    if (!file) {
      problems->insert(problems->end(), file.error().begin(), file.error().end());
      continue;
    }
    for (const auto& [name, value] : file->tasks) {
      auto decl = ReadTask(*value, *file->script, worlds.Names());
      if (!decl) {
        problems->insert(problems->end(), decl.error().begin(), decl.error().end());
        continue;
      }
      entries.push_back(
          {name, path.string(), decl->doc, decl->world_kind, decl->default_reward, decl->aliases});
    }
  }
  std::sort(entries.begin(), entries.end(),
            [](const TaskEntry& a, const TaskEntry& b) { return a.name < b.name; });
  return entries;
}

Result<std::shared_ptr<const Task>> LoadTask(const std::string& name, const WorldRegistry& worlds,
                                             const TaskOptions& options) {
  if (IsPath(name)) return LoadFromPath(name, worlds, options);
  std::vector<fs::path> files = ShippedTaskFiles();
  // The file that the name points at first, so that a name needs one script and not all of them.
  const std::string folder = name.substr(0, name.find('/'));
  std::stable_partition(files.begin(), files.end(), [&](const fs::path& path) {
    return path.parent_path().filename() == folder;
  });
  std::vector<std::string> known;
  for (const fs::path& path : files) {
    auto file = ReadTaskFile(path, worlds);
    if (!file) {
      if (path.parent_path().filename() == folder) return Fail(std::move(file).error());
      continue;
    }
    for (const auto& [task, value] : file->tasks) {
      if (Matches(name, task, *value)) return MakeTask(*file, task, *value, worlds, options);
      known.push_back(task);
    }
  }
  return Fail(UnknownTask(name, known));
}

}  // namespace carrot
