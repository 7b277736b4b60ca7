// Deleted: the keys that walk along a recording could pass over what somebody marked, or the
// timeline could show a label at another episode's steps.
#include "gui/view/marks.h"

#include <gmock/gmock.h>

#include "tests/support/toy_recording.h"

namespace carrot {
namespace {

using ::testing::HasSubstr;

class MarksTest : public ::testing::Test {
 protected:
  MarksTest() {
    testing::ToyRun run{.num_envs = 2, .steps = 120};
    run.before_step = [](int step, VectorEnv&, TraceWriter& writer) {
      if (step == 30) writer.RecordScript("0123456789abcdef");
    };
    recording_ = testing::RecordToy(run);
    view_.open.resize(1);
    TraceView& trace = view_.open[0];
    trace.name = "toy";
    trace.path = "/x/toy.trace";
    trace.trace = recording_.trace;
    trace.episodes =
        std::make_shared<const std::vector<TraceEpisodeRows>>(recording_.trace->EpisodeRows());
    view_.clock.trace = 0;
  }
  const TraceEpisodeRows& Episode(int index) const { return (*view_.open[0].episodes)[index]; }
  EpisodeLabel On(int episode, LabelKind kind, int from = -1, int to = -1) const {
    return {.env = Episode(episode).env,
            .episode = Episode(episode).episode,
            .kind = kind,
            .from = from,
            .to = to};
  }
  void Label(std::vector<EpisodeLabel> labels) {
    int64_t id = 0;
    for (EpisodeLabel& label : labels) label.id = ++id;
    view_.open[0].labels =
        std::make_shared<const RecordingLabels>(RecordingLabels{"/x/toy.trace", std::move(labels)});
  }
  std::vector<Mark> Marks() const { return MarksOf(view_, view_.open[0]); }
  std::vector<Mark> Of(MarkKind kind) const {
    std::vector<Mark> found;
    for (const Mark& mark : Marks()) {
      if (mark.kind == kind) found.push_back(mark);
    }
    return found;
  }

  testing::ToyRecording recording_;
  FrameView view_;
};

TEST_F(MarksTest, EpisodesSayHowTheyEnded) {
  const auto episodes = Of(MarkKind::kEpisode);
  ASSERT_EQ(episodes.size(), view_.open[0].episodes->size());
  std::map<std::pair<int, int64_t>, const EpisodeSummary*> finished;
  for (const EpisodeSummary& e : recording_.finished) finished[{e.env, e.episode}] = &e;
  int unfinished = 0;
  for (size_t i = 0; i < episodes.size(); ++i) {
    const auto it = finished.find({Episode(i).env, Episode(i).episode});
    if (it == finished.end()) {
      EXPECT_EQ(episodes[i].text, "not finished");
      ++unfinished;
    } else {
      EXPECT_EQ(episodes[i].text, it->second->success ? "success" : it->second->cause);
      EXPECT_EQ(episodes[i].to, it->second->length);
    }
  }
  EXPECT_EQ(unfinished, 2);
}

TEST_F(MarksTest, LabelsAlarmsAndReloadsAreAtTheirSteps) {
  EpisodeLabel error = On(2, LabelKind::kError, 4, 9);
  error.text = "fell";
  EpisodeLabel better = On(1, LabelKind::kBetter);
  better.other_recording = "/x/toy.trace";
  better.other_env = Episode(3).env;
  better.other_episode = Episode(3).episode;
  EpisodeLabel nowhere = On(1, LabelKind::kGood);
  nowhere.episode = 999;
  Label({error, better, On(2, LabelKind::kBookmark, 5, 5), nowhere});
  Finding alarm{.code = "A001", .message = "it farms"};
  alarm.frames = {{"toy", Episode(1).env, Episode(1).episode, 3, 8},
                  {"another", Episode(1).env, Episode(1).episode, 3, 8}};
  view_.alarms.push_back(alarm);

  const auto errors = Of(MarkKind::kError);
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].episode, 2);
  EXPECT_EQ(errors[0].from, 4);
  EXPECT_EQ(errors[0].to, 9);
  EXPECT_EQ(errors[0].label, 1);
  const auto labels = Of(MarkKind::kLabel);
  ASSERT_EQ(labels.size(), 1u) << "of an episode that is not there";
  EXPECT_EQ(labels[0].text, "better than toy, episode 3");
  EXPECT_EQ(Of(MarkKind::kBookmark).size(), 1u);
  const auto alarms = Of(MarkKind::kAlarm);
  ASSERT_EQ(alarms.size(), 1u) << "of another recording";
  EXPECT_EQ(alarms[0].from, 3);
  EXPECT_THAT(alarms[0].text, HasSubstr("it farms"));
  const auto reloads = Of(MarkKind::kReload);
  ASSERT_EQ(reloads.size(), 2u) << "one an environment";
  EXPECT_THAT(reloads[0].text, HasSubstr("01234567"));
}

TEST_F(MarksTest, NextAndPreviousWalkAlongAllOfThem) {
  Label({On(1, LabelKind::kBookmark, 7, 7), On(1, LabelKind::kError, 7, 9),
         On(2, LabelKind::kBookmark, 2, 2)});
  const std::vector<Mark> marks = Marks();
  std::vector<std::pair<int, int>> places;
  std::pair<int, int> at(0, 0);
  while (const Mark* mark = NextMark(marks, at.first, at.second, 1)) {
    at = {mark->episode, mark->from};
    places.push_back(at);
    ASSERT_LE(places.size(), marks.size());
  }
  EXPECT_THAT(places, ::testing::IsSupersetOf({std::pair(1, 0), std::pair(1, 7), std::pair(2, 2)}));
  std::vector<std::pair<int, int>> back;
  while (const Mark* mark = NextMark(marks, at.first, at.second, -1)) {
    at = {mark->episode, mark->from};
    back.push_back(at);
    ASSERT_LE(back.size(), marks.size());
  }
  EXPECT_EQ(back.size(), places.size()) << "two at one step are one stop";
  EXPECT_EQ(back.back(), std::pair(0, 0));
}

TEST_F(MarksTest, AreMadeAnewWhenALabelComes) {
  MarkCache cache;
  const size_t before = cache.Of(view_, view_.open[0]).size();
  EXPECT_EQ(cache.Of(view_, view_.open[0]).size(), before);
  Label({On(1, LabelKind::kGood)});
  EXPECT_EQ(cache.Of(view_, view_.open[0]).size(), before + 1);
}

}  // namespace
}  // namespace carrot
