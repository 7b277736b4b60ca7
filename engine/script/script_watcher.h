// ScriptWatcher: waits until files change. Linux's inotify on the files' folders, because editors
// replace a file by renaming a new one over it, which a watch on the file itself would lose.
//
//   auto watcher = ScriptWatcher::Create();
//   (*watcher)->Watch(ScriptFiles("mine.lua"));
//   while (running) for (auto& path : (*watcher)->Wait(-1, wake_fd)) ...
//
// It sleeps in poll() and never spins. Not thread-safe.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace carrot {

class ScriptWatcher {
 public:
  // A save is several events; they are taken together until none came for `debounce_ms` (but not
  // longer than ten times that, in case something writes all the time). I013 if the system gives
  // no inotify instance.
  static Result<std::unique_ptr<ScriptWatcher>> Create(int debounce_ms = 50);
  ~ScriptWatcher();
  ScriptWatcher(const ScriptWatcher&) = delete;
  ScriptWatcher& operator=(const ScriptWatcher&) = delete;

  // Replaces the set of watched files. They need not exist; a folder that does not exist is passed
  // over. Events that came before and were not taken yet are kept. I013 if a folder cannot be
  // watched.
  Status Watch(const std::vector<std::string>& files);

  // The watched files, as they were named, that were written, replaced, made or deleted since the
  // last call; sorted. Empty after `timeout_ms` (-1: never) or as soon as the descriptor `wake` is
  // readable (-1: none), or a signal came.
  std::vector<std::string> Wait(int timeout_ms, int wake = -1);

 private:
  ScriptWatcher(int fd, int debounce_ms) : fd_(fd), debounce_ms_(debounce_ms) {}
  void Read(std::set<std::string>* changed);

  int fd_;
  int debounce_ms_;
  std::map<std::string, int> folders_;  // watched folder -> inotify's number
  // (number, name in the folder) -> files as named: a link is found by its own name and its
  // target's.
  std::map<std::pair<int, std::string>, std::set<std::string>> files_;
};

}  // namespace carrot
