#include "engine/script/script_watcher.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>

namespace carrot {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr uint32_t kEvents =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ONLYDIR;

Diagnostic CannotWatch(const std::string& what) {
  return MakeError("I013", fmt::format("cannot watch {}: {}", what, std::strerror(errno)),
                   {"raise fs.inotify.max_user_instances or max_user_watches"});
}

// A file's own place and, if it is a link, its target's.
std::vector<fs::path> PlacesOf(const std::string& file) {
  std::vector<fs::path> places{fs::absolute(file).lexically_normal()};
  std::error_code error;
  const fs::path target = fs::canonical(file, error);
  if (!error && target != places[0]) places.push_back(target);
  return places;
}

}  // namespace

Result<std::unique_ptr<ScriptWatcher>> ScriptWatcher::Create(int debounce_ms) {
  const int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd < 0) return Fail(CannotWatch("files"));
  return std::unique_ptr<ScriptWatcher>(new ScriptWatcher(fd, debounce_ms));
}

ScriptWatcher::~ScriptWatcher() { close(fd_); }

Status ScriptWatcher::Watch(const std::vector<std::string>& files) {
  std::map<std::string, int> folders;
  std::map<std::pair<int, std::string>, std::set<std::string>> names;
  for (const std::string& file : files) {
    for (const fs::path& place : PlacesOf(file)) {
      const std::string folder = place.parent_path().string();
      auto it = folders.find(folder);
      if (it == folders.end()) {
        // The same number again for a folder that is watched already, so no event is lost.
        const int number = inotify_add_watch(fd_, folder.c_str(), kEvents);
        if (number < 0 && errno != ENOENT && errno != ENOTDIR) return Fail(CannotWatch(folder));
        if (number < 0) continue;
        it = folders.emplace(folder, number).first;
      }
      names[{it->second, place.filename().string()}].insert(file);
    }
  }
  std::set<int> kept;
  for (const auto& [folder, number] : folders) kept.insert(number);
  for (const auto& [folder, number] : folders_) {
    if (!kept.contains(number)) inotify_rm_watch(fd_, number);
  }
  folders_ = std::move(folders);
  files_ = std::move(names);
  return {};
}

void ScriptWatcher::Read(std::set<std::string>* changed) {
  alignas(inotify_event) char buffer[16384];
  for (;;) {
    const ssize_t size = read(fd_, buffer, sizeof(buffer));
    if (size <= 0) return;
    for (ssize_t at = 0; at < size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      if (event->mask & IN_Q_OVERFLOW) {  // events were lost: anything may have changed
        for (const auto& [place, files] : files_) changed->insert(files.begin(), files.end());
      } else if (event->len > 0) {
        const auto found = files_.find({event->wd, std::string(event->name)});
        if (found != files_.end()) changed->insert(found->second.begin(), found->second.end());
      }
    }
  }
}

std::vector<std::string> ScriptWatcher::Wait(int timeout_ms, int wake) {
  std::set<std::string> changed;
  const Clock::time_point start = Clock::now();
  Clock::time_point first = start;
  const auto since = [](Clock::time_point from) {
    return static_cast<int>(
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - from).count());
  };
  for (;;) {
    int wait = timeout_ms < 0 ? -1 : std::max(0, timeout_ms - since(start));
    if (!changed.empty())
      wait = std::min(debounce_ms_, std::max(0, 10 * debounce_ms_ - since(first)));
    pollfd sources[2] = {{fd_, POLLIN, 0}, {wake, POLLIN, 0}};
    const int ready = poll(sources, 2, wait);
    if (ready < 0 || (sources[1].revents & POLLIN)) return {};
    if (ready == 0) break;  // quiet for long enough
    const bool had = !changed.empty();
    Read(&changed);
    if (!had && !changed.empty()) first = Clock::now();
  }
  return {changed.begin(), changed.end()};
}

}  // namespace carrot
