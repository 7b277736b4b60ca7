// Deleted: evaluations could depend on the worker count, count faulted episodes, or favour short
// ones.
#include "engine/session/evaluate.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/session/evaluation_json.h"
#include "tests/support/toy_task.h"

namespace carrot {
namespace {

using testing::MakeToyReward;
using testing::MakeToyTask;

EvaluateResult PlayAll(const std::string& policy, int workers, EvaluateOptions options,
                       testing::ToyTaskOptions toy = {}) {
  const auto task = MakeToyTask(toy);
  Actor actor = *Actor::Load(policy, task->spec());
  ThreadPool pool(workers);
  return *Evaluate(task, MakeToyReward(), actor, pool, options);
}

std::string Text(const EvaluateResult& result) { return ResultToJson(result).dump(); }

TEST(Evaluate, IsTheSameForAnyNumberOfWorkers) {
  const EvaluateOptions options{.episodes = 70, .seed = 3};
  const std::string one = Text(PlayAll("random", 1, options));
  EXPECT_EQ(one, Text(PlayAll("random", 2, options)));
  EXPECT_EQ(one, Text(PlayAll("random", 5, options)));
}

TEST(Evaluate, SeedsDiffer) {
  EXPECT_NE(Text(PlayAll("random", 1, {.episodes = 4, .seed = 0})),
            Text(PlayAll("random", 1, {.episodes = 4, .seed = 1})));
}

// More episodes than environments: each environment plays its share, whatever their lengths, and
// the result is in a fixed order.
TEST(Evaluate, PlaysExactlyTheEpisodesAskedFor) {
  const EvaluateResult result = PlayAll("random", 2, {.episodes = 150, .seed = 1});
  ASSERT_EQ(result.episodes.size(), 150u);
  int64_t steps = 0;
  for (size_t i = 0; i < result.episodes.size(); ++i) {
    EXPECT_EQ(result.episodes[i].env, static_cast<int>(i % 64));
    EXPECT_EQ(result.episodes[i].episode, static_cast<int64_t>(i / 64));
    steps += result.episodes[i].length;
  }
  EXPECT_EQ(result.steps, steps);
}

TEST(Evaluate, FaultsAreCountedAndLeftOut) {
  const EvaluateResult result =
      PlayAll("zero", 2, {.episodes = 40, .seed = 1}, {.fault_every = 2, .fault_step = 7});
  EXPECT_GT(result.faults, 5);
  EXPECT_LT(result.faults, 35);
  const EvaluationSummary summary = Summarise(result, MakeToyTask()->spec());
  EXPECT_EQ(summary.episodes, 40 - result.faults);
  EXPECT_EQ(summary.causes.at("fault"), result.faults);
}

TEST(Evaluate, ReturnIsTheWeightedSumOfTheTerms) {
  EvaluateOptions options{.episodes = 8, .seed = 5, .potential_weight = 0.0};
  const EvaluateResult result = PlayAll("random", 1, options);
  for (const EpisodeSummary& episode : result.episodes) {
    double sum = 0;
    for (size_t k = 0; k < result.terms.size(); ++k) {
      sum += result.terms[k].weight * episode.term_sums[k];
    }
    EXPECT_NEAR(sum, episode.episode_return, 1e-9);
  }
}

// Deleted: the term table could leave out what the potential pays, and its shares be of less than
// all that is paid.
TEST(Evaluate, ThePotentialIsAPartOfTheReturn) {
  const EvaluateResult result = PlayAll("random", 1, {.episodes = 70, .seed = 5});  // 64 envs
  ASSERT_TRUE(result.shaping);
  EXPECT_EQ(result.shaping->weight, 0.5);
  double paid = 0;
  for (const EpisodeSummary& episode : result.episodes) paid += episode.episode_return;
  double parts = result.shaping->weight * result.shaping->sum;
  for (const TermTotals& term : result.terms) parts += term.weight * term.sum;
  EXPECT_NEAR(parts, paid, 1e-9 * std::abs(paid));
  const EvaluationSummary summary = Summarise(result, MakeToyTask()->spec());
  double shares = summary.shaping->share;
  for (const TermSummary& term : summary.terms) shares += term.share;
  EXPECT_NEAR(shares, 1, 1e-12);
}

TEST(Evaluate, WeightsCanBeOverridden) {
  EvaluateOptions options{.episodes = 4, .seed = 5, .potential_weight = 0.0};
  const size_t terms = MakeToyReward()->spec().terms.size();
  options.weights.assign(terms, 0.0);
  for (const EpisodeSummary& episode : PlayAll("random", 1, options).episodes) {
    EXPECT_EQ(episode.episode_return, 0);
  }
}

TEST(Evaluate, CancelKeepsFinishedEpisodes) {
  std::atomic<bool> cancel{false};
  EvaluateOptions options{.episodes = 200, .seed = 1, .cancel = &cancel};
  options.progress = [&](int finished) { cancel = finished >= 10; };
  const EvaluateResult result = PlayAll("random", 1, options);
  EXPECT_TRUE(result.interrupted);
  EXPECT_GE(result.episodes.size(), 10u);
  EXPECT_LT(result.episodes.size(), 200u);
}

TEST(Evaluate, EndlessEpisodesAreGivenUp) {
  EvaluateOptions options{.episodes = 3, .seed = 1, .max_steps = 20};
  const EvaluateResult result =
      PlayAll("zero", 1, options, {.horizon = 0, .bound = 1e9, .goal = 1e9});
  EXPECT_EQ(result.cut, 3);
  EXPECT_TRUE(result.episodes.empty());
  EXPECT_EQ(result.steps, 60);
}

TEST(EvaluationJson, ResultSurvivesTheRoundTrip) {
  const EvaluateResult result =
      PlayAll("random", 1, {.episodes = 20, .seed = 2}, {.fault_every = 3});
  EvaluateResult read;
  ASSERT_TRUE(ResultFromJson(nlohmann::ordered_json::parse(Text(result)), &read));
  EXPECT_EQ(Text(result), Text(read));
  const auto toy = MakeToyTask();
  const TaskSpec& task = toy->spec();
  const auto reward = MakeToyReward();
  EXPECT_EQ(EvaluationJson(result, task, &reward->spec()).dump(),
            EvaluationJson(read, task, &reward->spec()).dump());
}

TEST(EvaluationJson, DamagedResultIsRefused) {
  EvaluateResult read;
  EXPECT_FALSE(ResultFromJson(nlohmann::ordered_json::parse(R"({"steps": 3})"), &read));
}

TEST(EvaluationJson, NotANumberIsNullAndMarked) {
  nlohmann::ordered_json object;
  PutNumber(object, "x", std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(object.dump(), R"({"x":null,"nan":true})");
}

TEST(Actor, RefusesWhatIsNotThere) {
  const auto task = MakeToyTask();
  const auto actor = Actor::Load("nowhere.policy", task->spec());
  ASSERT_FALSE(actor);
  EXPECT_EQ(actor.error()[0].code, "I001");
}

}  // namespace
}  // namespace carrot
