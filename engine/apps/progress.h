// Progress on stderr: a bar with an estimate on a terminal, else a line each 10 s or 10 %, or one
// JSON object a line (--progress json). Nothing with --quiet or --progress none.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "engine/apps/console.h"

namespace carrot {

class Progress {
 public:
  // `total` in `unit`s ("steps", "episodes").
  Progress(Console& console, std::string what, double total, std::string unit);
  ~Progress() { Finish(); }
  // For work whose size is known only once it has begun.
  void SetTotal(double total) { total_ = total > 1 ? total : 1; }
  // `done` so far, and one more fact worth the space ("return 812"). Cheap to call often.
  void Update(double done, std::string_view detail = "");
  // Moves to a fresh line, so that something else can be printed; the bar goes on below it.
  void Break();
  // Ends the line. Idempotent.
  void Finish();

 private:
  using Clock = std::chrono::steady_clock;
  enum class Form { kNone, kBar, kLines, kJson };
  double Seconds() const;
  void Draw(double done, std::string_view detail);
  std::string Eta(double done) const;

  Console& console_;
  std::string what_, unit_;
  double total_;
  Form form_;
  Clock::time_point start_ = Clock::now();
  double started_at_ = -1;  // done at the first update (a resumed run does not start at 0)
  double last_seconds_ = -1;
  double last_done_ = 0;
  bool drawn_ = false;
};

}  // namespace carrot
