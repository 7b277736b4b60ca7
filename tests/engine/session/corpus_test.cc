// Deleted: a corpus could depend on the cache, on the worker count or on what an older task left.
#include "engine/session/corpus.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstring>
#include <fstream>

#include "tests/support/toy_task.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;

class Corpus : public ::testing::Test {
 protected:
  Corpus() : folder_(fs::temp_directory_path() / ("carrot-corpus-" + std::to_string(::getpid()))) {
    ::setenv("XDG_CACHE_HOME", folder_.c_str(), 1);
  }
  ~Corpus() override {
    ::unsetenv("XDG_CACHE_HOME");
    fs::remove_all(folder_);
  }
  std::vector<Recording> Load(int workers) {
    ThreadPool pool(workers);
    auto corpus = LoadCorpus(testing::MakeToyTask(), pool, [this] { ++made_; });
    EXPECT_TRUE(corpus.has_value());
    return *corpus;
  }
  // All rows of a column, in order.
  static std::string Bytes(const Recording& recording) {
    std::string bytes;
    const Trace& trace = *recording.trace;
    for (const TraceEpisodeRows& episode : trace.EpisodeRows()) {
      for (const TraceBlock* block : episode.blocks) {
        for (int r = 0; r < block->rows; ++r) {
          for (int c : {trace.layout().flags, trace.layout().action, trace.layout().state}) {
            bytes.append(reinterpret_cast<const char*>(Trace::Row(*block, c, r)),
                         trace.layout().columns[c].row_bytes());
          }
        }
      }
    }
    return bytes;
  }
  fs::path folder_;
  int made_ = 0;
};

TEST_F(Corpus, IsMadeOnceAndIsTheSameFromTheCache) {
  const auto fresh = Load(1);
  const auto cached = Load(2);
  EXPECT_EQ(made_, 1);
  fs::remove_all(folder_);
  const auto again = Load(2);
  EXPECT_EQ(made_, 2);
  ASSERT_EQ(fresh.size(), 3u);
  for (size_t i = 0; i < fresh.size(); ++i) {
    EXPECT_EQ(fresh[i].name, cached[i].name);
    EXPECT_EQ(fresh[i].idle, cached[i].name == "corpus/idle");
    EXPECT_EQ(fresh[i].trace->episodes().size(), static_cast<size_t>(kCorpusEpisodes));
    EXPECT_EQ(Bytes(fresh[i]), Bytes(cached[i]));
    EXPECT_EQ(Bytes(fresh[i]), Bytes(again[i]));
  }
  EXPECT_NE(Bytes(fresh[0]), Bytes(fresh[2]));
}

TEST_F(Corpus, ADamagedOneIsMadeAnew) {
  Load(1);
  for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
    if (entry.path().filename() == "spec.json") std::ofstream(entry.path()) << "{";
  }
  EXPECT_EQ(Load(1).size(), 3u);
  EXPECT_EQ(made_, 2);
}

TEST_F(Corpus, DoesWithoutACacheFolder) {
  std::ofstream(folder_) << "a file is in the way";
  EXPECT_EQ(Load(1).size(), 3u);
  EXPECT_EQ(Load(1).size(), 3u);
  EXPECT_EQ(made_, 2);
}

// Each held action lasts 20 steps, and idle does nothing.
TEST_F(Corpus, ActorsDoWhatTheyAreCalled) {
  const auto corpus = Load(1);
  for (const Recording& recording : corpus) {
    const Trace& trace = *recording.trace;
    const TraceEpisodeRows episode = trace.EpisodeRows()[0];
    std::vector<double> x;
    for (const TraceBlock* block : episode.blocks) {
      for (int r = 0; r < block->rows; ++r)
        x.push_back(*Trace::Row<double>(*block, trace.layout().action, r));
    }
    int changes = 0;
    for (size_t r = 2; r < x.size(); ++r) changes += x[r] != x[r - 1];
    const int steps = static_cast<int>(x.size()) - 1;
    if (recording.name == "corpus/idle") {
      EXPECT_EQ(changes, 0);
    }
    if (recording.name == "corpus/held") {
      EXPECT_EQ(changes, (steps - 1) / 20);
    }
    if (recording.name == "corpus/random") {
      EXPECT_EQ(changes, steps - 1);
    }
  }
}

}  // namespace
}  // namespace carrot
