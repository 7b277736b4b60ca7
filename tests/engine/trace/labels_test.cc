// Deleted: what a person said of hours of recordings could be lost by a crash, or be read as its
// opposite.
#include "engine/trace/labels.h"

#include <gmock/gmock.h>

#include <fstream>

namespace carrot {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LabelsTest : public ::testing::Test {
 protected:
  LabelsTest() {
    static int count = 0;
    folder_ = fs::temp_directory_path() /
              ("carrot-labels-" + std::to_string(getpid()) + "-" + std::to_string(count++)) /
              "a.trace";
    fs::create_directories(folder_);
  }
  ~LabelsTest() override { fs::remove_all(folder_.parent_path()); }
  LabelFile Open() const {
    auto file = LabelFile::Open(folder_);
    EXPECT_TRUE(file) << Format(file.error());
    return std::move(*file);
  }
  std::vector<EpisodeLabel> Read() const { return Open().labels()->labels; }
  void Write(const std::string& text, std::ios::openmode mode = std::ios::app) const {
    std::ofstream(folder_ / "labels.jsonl", mode) << text;
  }
  fs::path folder_;
};

std::vector<int64_t> Ids(const std::vector<EpisodeLabel>& labels) {
  std::vector<int64_t> ids;
  for (const EpisodeLabel& label : labels) ids.push_back(label.id);
  return ids;
}

TEST_F(LabelsTest, EveryKindComesBack) {
  EXPECT_THAT(Read(), IsEmpty());
  LabelFile file = Open();
  const std::string here = RecordingPath(folder_);
  const std::string there = RecordingPath(folder_ / ".." / "b.trace");
  const EpisodeLabel given[] = {
      {.env = 1, .episode = 7, .kind = LabelKind::kBad},
      {.env = 1, .episode = 7, .kind = LabelKind::kRating, .value = 4},
      {.episode = 3, .kind = LabelKind::kError, .text = "fell \"over\"\n", .from = 12, .to = 31},
      {.episode = 3, .kind = LabelKind::kBookmark, .text = "\xff junk", .from = 9, .to = 9},
      {.episode = 3,
       .kind = LabelKind::kBetter,
       .other_recording = here,
       .other_env = 2,
       .other_episode = 5},
      {.episode = 3,
       .kind = LabelKind::kBetter,
       .other_recording = there,
       .other_env = 2,
       .other_episode = 5}};
  for (const EpisodeLabel& label : given) ASSERT_TRUE(file.Put(label));
  const std::vector<EpisodeLabel> read = Read();
  ASSERT_THAT(Ids(read), ElementsAre(1, 2, 3, 4, 5, 6));
  for (size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i].kind, given[i].kind);
    EXPECT_TRUE(read[i].Of(given[i].env, given[i].episode));
    EXPECT_EQ(read[i].value, given[i].value);
    EXPECT_EQ(read[i].from, given[i].from);
    EXPECT_EQ(read[i].to, given[i].to);
    EXPECT_EQ(read[i].other_recording, given[i].other_recording);
    EXPECT_EQ(read[i].other_env, given[i].other_env);
    EXPECT_EQ(read[i].other_episode, given[i].other_episode);
  }
  EXPECT_EQ(read[2].text, given[2].text);
}

TEST_F(LabelsTest, ChangingAndTakingBack) {
  LabelFile file = Open();
  ASSERT_TRUE(file.Put({.kind = LabelKind::kGood}));
  ASSERT_TRUE(file.Put({.kind = LabelKind::kError, .text = "fell", .from = 1, .to = 2}));
  ASSERT_TRUE(file.Put({.id = 2, .kind = LabelKind::kError, .text = "stuck", .from = 1, .to = 5}));
  const auto held = file.labels();
  ASSERT_TRUE(file.Remove(1));
  EXPECT_EQ(held->labels.size(), 2u) << "a reader's copy changed under it";
  EXPECT_FALSE(file.Remove(1));
  const auto read = Read();
  ASSERT_THAT(Ids(read), ElementsAre(2));
  EXPECT_EQ(read[0].text, "stuck");
  EXPECT_EQ(read[0].to, 5);
  ASSERT_TRUE(file.Put({.kind = LabelKind::kGood}));
  EXPECT_THAT(Ids(Read()), ElementsAre(2, 3)) << "an id is never given again";
}

TEST_F(LabelsTest, WhatContradictsGoes) {
  LabelFile file = Open();
  const std::string here = RecordingPath(folder_);
  const auto better = [&](int64_t episode, int64_t other) {
    return EpisodeLabel{.episode = episode,
                        .kind = LabelKind::kBetter,
                        .other_recording = here,
                        .other_env = 0,
                        .other_episode = other};
  };
  ASSERT_TRUE(file.Put({.kind = LabelKind::kGood}));
  ASSERT_TRUE(file.Put({.episode = 1, .kind = LabelKind::kGood}));
  ASSERT_TRUE(file.Put({.kind = LabelKind::kBad}));  // is label 1 now
  ASSERT_TRUE(file.Put({.kind = LabelKind::kRating, .value = 2}));
  ASSERT_TRUE(file.Put({.kind = LabelKind::kRating, .value = 5}));  // is label 3 now
  ASSERT_TRUE(file.Put(better(0, 1)));
  ASSERT_TRUE(file.Put(better(0, 2)));
  ASSERT_TRUE(file.Put(better(1, 0)));  // is label 4 now
  ASSERT_TRUE(file.Put({.kind = LabelKind::kError, .text = "x", .from = 1, .to = 2}));
  ASSERT_TRUE(file.Put({.kind = LabelKind::kError, .text = "x", .from = 1, .to = 2}));
  EXPECT_THAT(Ids(Read()), ElementsAre(1, 2, 3, 4, 5, 6, 7));
  EXPECT_EQ(Read()[0].kind, LabelKind::kBad);
  EXPECT_EQ(Read()[2].value, 5);
  EXPECT_EQ(Read()[3].episode, 1);
  // One that is changed into what another says takes its place.
  ASSERT_TRUE(file.Put({.id = 2, .kind = LabelKind::kGood}));
  EXPECT_THAT(Ids(Read()), ElementsAre(2, 3, 4, 5, 6, 7));
}

// A process may be killed at any byte of a line.
TEST_F(LabelsTest, ATornLineCostsItselfOnly) {
  ASSERT_TRUE(Open().Put({.kind = LabelKind::kGood}));
  const std::string line = R"({"id":2,"env":0,"episode":1,"kind":"bad"})";
  for (size_t bytes = 0; bytes < line.size(); ++bytes) {
    fs::remove(folder_ / "labels.jsonl");
    ASSERT_TRUE(Open().Put({.kind = LabelKind::kGood}));
    Write(line.substr(0, bytes));
    LabelFile file = Open();
    EXPECT_THAT(Ids(file.labels()->labels), ElementsAre(1));
    EXPECT_EQ(file.labels()->skipped, bytes > 0 ? 1 : 0);
    ASSERT_TRUE(file.Put({.episode = 2, .kind = LabelKind::kGood}));
    EXPECT_THAT(Ids(Read()), ElementsAre(1, 2));
  }
}

TEST_F(LabelsTest, WhatIsNoLabelIsPassedOver) {
  Write(
      "\n[]\n7\nnull\n{}\n"
      R"({"id":1,"env":0,"episode":1,"kind":"splendid"})"
      "\n"
      R"({"id":"1","env":0,"episode":1,"kind":"good"})"
      "\n"
      R"({"id":1,"env":0,"episode":1,"kind":"error","steps":[3]})"
      "\n"
      R"({"id":1,"env":0,"episode":1,"kind":"better"})"
      "\n"
      R"({"id":9,"removed":true})"
      "\n"
      R"({"id":4,"env":0,"episode":1,"kind":"good","of a later version":1})"
      "\n");
  EXPECT_THAT(Ids(Read()), ElementsAre(4));
  EXPECT_EQ(ReadLabels(folder_)->skipped, 8);
}

TEST(LabelKinds, AreNamed) {
  EXPECT_EQ(*LabelKindOf("better"), LabelKind::kBetter);
  const auto wrong = LabelKindOf("beter");
  ASSERT_FALSE(wrong);
  EXPECT_THAT(Format(wrong.error()), ::testing::HasSubstr("did you mean `better`?"));
}

TEST(RecordingPaths, HaveOneSpelling) {
  const std::string plain = RecordingPath("/tmp/none/a.trace");
  EXPECT_EQ(RecordingPath("/tmp/none/a.trace/"), plain);
  EXPECT_EQ(RecordingPath("/tmp/./none/b/../a.trace"), plain);
}

}  // namespace
}  // namespace carrot
