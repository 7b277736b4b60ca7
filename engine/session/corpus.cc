#include "engine/session/corpus.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "engine/base/hash.h"
#include "engine/base/paths.h"
#include "engine/session/evaluate.h"
#include "engine/trace/trace_file.h"
#include "rewards/host/lua_reward.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;

constexpr const char* kVersion = "carrot.corpus/1";  // part of the cache key

std::vector<fs::path> Folders(const fs::path& parent, const std::string& extension) {
  std::vector<fs::path> folders;
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(parent, ec)) {
    if (entry.path().extension() == extension) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

struct Player {
  std::string name;  // of the recording
  Actor actor;
};

Result<std::vector<Player>> Players(const TaskSpec& task) {
  std::vector<Player> players;
  for (const char* name : {"random", "idle", "held"}) {
    CARROT_ASSIGN_OR_RETURN(Actor actor, Actor::Load(name, task));
    players.push_back({name, std::move(actor)});
  }
  for (const fs::path& path : ShippedPolicies(task)) {
    CARROT_ASSIGN_OR_RETURN(Actor actor, Actor::Load(path.string(), task));
    players.push_back({path.stem().string(), std::move(actor)});
  }
  return players;
}

// Large fields too: a reward may read any.
std::vector<std::string> LargeFields(const TaskSpec& task) {
  std::vector<std::string> names;
  for (const FieldSpec& field : task.state.fields()) {
    if (field.size() > kAlwaysRecordedSize) names.push_back(field.name);
  }
  return names;
}

Result<std::shared_ptr<const Trace>> PlayEpisodes(const std::shared_ptr<const Task>& task,
                                                  Actor& actor, ThreadPool& pool) {
  CARROT_ASSIGN_OR_RETURN(
      TraceSpec spec,
      MakeTraceSpec(task->spec(), nullptr, {.record_fields = LargeFields(task->spec())}));
  auto trace = std::make_shared<Trace>(std::move(spec));
  std::unique_ptr<TraceWriter> writer;
  EvaluateOptions options;
  options.episodes = kCorpusEpisodes;
  options.domain = RngDomain::kCorpus;
  options.sink = [&](int num_envs) -> StepSink* {
    writer = std::make_unique<TraceWriter>(trace, task->spec().state, num_envs);
    return writer.get();
  };
  CARROT_ASSIGN_OR_RETURN(const EvaluateResult result,
                          Evaluate(task, nullptr, actor, pool, options));
  writer->CommitAll();
  return trace;
}

std::vector<Recording> OpenAll(const fs::path& folder) {
  std::vector<Recording> recordings;
  for (const fs::path& path : Folders(folder, ".trace")) {
    auto trace = OpenTrace(path);
    if (!trace) return {};  // damaged: made anew
    const std::string name = path.stem().string();
    recordings.push_back({"corpus/" + name, *trace, name == "idle"});
  }
  return recordings;
}

// Whole or not at all: written beside, then renamed. What an older task or policy of this name left
// is removed.
void Store(const fs::path& folder, const std::vector<Recording>& recordings) {
  std::error_code ec;
  const fs::path part = folder.string() + fmt::format(".part-{}", ::getpid());
  fs::create_directories(part, ec);
  for (const Recording& recording : recordings) {
    const fs::path name = fs::path(recording.name).filename().string() + ".trace";
    auto writer = TraceFolderWriter::Create(part / name, recording.trace);
    if (!writer || !(*writer)->Close()) {
      fs::remove_all(part, ec);
      return;
    }
  }
  for (const fs::path& old : Folders(folder.parent_path(), ".corpus")) fs::remove_all(old, ec);
  fs::rename(part, folder, ec);
  if (ec) fs::remove_all(part, ec);
}

}  // namespace

std::vector<fs::path> ShippedPolicies(const TaskSpec& task) {
  return Folders(HomeFolder() / "assets" / "policies" / task.name, ".policy");
}

std::vector<std::string> ShippedPolicyNames(const TaskSpec& task) {
  std::vector<std::string> names;
  for (const fs::path& policy : ShippedPolicies(task)) names.push_back(policy.stem().string());
  return names;
}

Result<std::vector<Recording>> LoadCorpus(std::shared_ptr<const Task> task, ThreadPool& pool,
                                          const std::function<void()>& making) {
  const TaskSpec& spec = task->spec();
  std::vector<Recording> shipped = OpenAll(HomeFolder() / "assets" / "recordings" / spec.name);
  if (!shipped.empty()) return shipped;
  CARROT_ASSIGN_OR_RETURN(std::vector<Player> players, Players(spec));
  std::string key = kVersion + spec.hash;
  for (const Player& player : players) key += "\n" + player.name + " " + player.actor.hash();
  const fs::path cache = CacheFolder();
  const fs::path folder =
      cache / "corpus" / spec.name / (HashHex(std::string_view(key)).substr(0, 16) + ".corpus");
  std::error_code ec;
  if (!cache.empty() && fs::is_directory(folder, ec)) {
    std::vector<Recording> cached = OpenAll(folder);
    if (cached.size() == players.size()) return cached;
    fs::remove_all(folder, ec);
  }
  if (making) making();
  std::vector<Recording> recordings;
  for (Player& player : players) {
    CARROT_ASSIGN_OR_RETURN(auto trace, PlayEpisodes(task, player.actor, pool));
    recordings.push_back({"corpus/" + player.name, std::move(trace), player.name == "idle"});
  }
  // As in a folder, so that results do not depend on whether there was a cache.
  std::sort(recordings.begin(), recordings.end(),
            [](const Recording& a, const Recording& b) { return a.name < b.name; });
  if (!cache.empty()) Store(folder, recordings);
  return recordings;
}

Result<Evidence> JudgeReward(std::vector<Recording> recordings, const TaskSpec& task,
                             const RewardFunction& reward, const RewardSettings& settings,
                             ThreadPool& pool) {
  CARROT_ASSIGN_OR_RETURN(
      Evidence evidence, GatherEvidence(std::move(recordings), task.state, reward, settings, pool));
  evidence.can_end = !task.causes.empty();
  TaskSpec slow = task;
  slow.world.dt *= 2;
  slow.horizon /= 2;
  // A script that does not load at this dt has no such property to judge.
  const auto slow_reward = LoadRewardSource(reward.spec().source, reward.spec().path, slow);
  if (slow_reward) evidence.double_dt = MeasureDoubleDt(evidence, slow.state, **slow_reward, pool);
  return evidence;
}

}  // namespace carrot
