// Feeds any bytes to the loader of scripts as a script, and runs what loads. A finding is a crash,
// a sanitizer's report, a hang (libFuzzer's -timeout), or another process state: after it a good
// script must score the same bits.
#include <cstring>
#include <nlohmann/json.hpp>

#include "engine/base/check.h"
#include "engine/core/vector_env.h"
#include "engine/script/term_program.h"
#include "rewards/host/lua_reward.h"
#include "tests/support/toy_task.h"

namespace carrot {
namespace {

constexpr const char* kGood =
    "return reward { terms = { term { 'a', fn = function(s, a) return s.pos:norm() ^ 1.5 + "
    "math.exp(-s.speed ^ 2) + a:dot(a) end } } }";

ScriptOptions Options() {
  ScriptOptions options;
  options.makers = {"reward", "term", "param", "monitor"};
  options.memory_limit = size_t{4} << 20;
  options.load_ticks = 20'000;  // enough to see a hang, little enough for many inputs a second
  options.step_ticks = 2'000;
  return options;
}

// Every message can be shown and sent.
void Use(const Diagnostics& errors) {
  for (const Diagnostic& d : errors) {
    CARROT_CHECK(!d.code.empty() && !d.message.empty());
    (void)ToJson(d).dump(1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  (void)Format(errors);
}

// Plays three steps under the reward; its totals.
std::vector<double> Play(const std::string& source) {
  static const std::shared_ptr<const Task> task = testing::MakeToyTask();
  RewardLoadOptions options;
  options.memory_limit = size_t{4} << 20;
  options.step_ticks = 2'000;
  auto reward = LoadRewardSource(source, "fuzz.lua", task->spec(), options);
  if (!reward) return Use(reward.error()), std::vector<double>();
  (void)DescribeReward(**reward, task->spec()).dump();  // its texts go into files
  ThreadPool pool(1);
  VectorEnvOptions env_options;
  env_options.num_envs = 3;
  auto env = VectorEnv::Create(task, *reward, pool, env_options);
  if (!env) return Use(env.error()), std::vector<double>();
  (*env)->Reset();
  std::vector<double> action(6), totals;
  for (int step = 0; step < 3; ++step) {
    testing::ToyActions(3, step, action.data());
    (*env)->Step(action);
    for (double total : (*env)->reward()) totals.push_back(total);
  }
  return totals;
}

// Runs functions that the script returns in a list, as terms.
void RunFunctions(const std::shared_ptr<const LuaScript>& script) {
  TermContext context;
  context.state = testing::MakeToyTask()->spec().state;
  std::vector<TermDecl> terms;
  for (const LuaValue& item : script->root().array) {
    if (!item.is_function() || terms.size() >= 8) continue;
    TermDecl decl;
    decl.name = "t" + std::to_string(terms.size());
    decl.what = "term";
    decl.function = item.function;
    terms.push_back(decl);
  }
  if (terms.empty()) return;
  auto program = TermProgram::Compile(script, context, terms);
  if (!program) return Use(program.error());
  auto runner = (*program)->NewRunner();
  if (!runner) return Use(runner.error());
  StateBatch batch(context.state, 4);
  TransitionBatch rows;
  rows.end = 4;
  rows.next = batch.next();
  rows.prev = batch.prev();
  std::vector<double> out(4 * terms.size());
  std::vector<TermColumn> columns(terms.size());
  for (size_t k = 0; k < terms.size(); ++k) {
    columns[k] = {out.data() + k, DType::kF64, static_cast<int64_t>(terms.size())};
  }
  for (int i = 0; i < 20; ++i) (*runner)->Run(0, rows, columns, nullptr);  // the JIT wakes up
  Use((*runner)->TakeErrors());
}

void One(const std::string& source) {
  auto script = LuaScript::FromSource(source, "fuzz.lua", Options());
  if (!script) return Use(script.error());
  RunFunctions(*script);
  (void)Play(source);
}

}  // namespace
}  // namespace carrot

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::vector<double> good = carrot::Play(carrot::kGood);
  static int count = 0;
  carrot::One(std::string(reinterpret_cast<const char*>(data), size));
  if (++count % 32 == 0) {
    const std::vector<double> now = carrot::Play(carrot::kGood);
    CARROT_CHECK(now.size() == good.size() && !good.empty());
    CARROT_CHECK(std::memcmp(now.data(), good.data(), good.size() * sizeof(double)) == 0);
  }
  return 0;
}
