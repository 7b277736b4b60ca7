#include "engine/apps/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "engine/apps/table.h"
#include "engine/base/json_text.h"
#include "engine/base/printable.h"

namespace carrot {
namespace {

constexpr int kBarWidth = 24;
constexpr double kRedraw = 0.1;      // s, bar
constexpr double kLineSeconds = 10;  // s, lines
constexpr double kLineFraction = 0.1;
constexpr double kLinesFrom = 2;  // s: what is over sooner needs no lines

}  // namespace

Progress::Progress(Console& console, std::string what, double total, std::string unit)
    : console_(console),
      what_(std::move(what)),
      unit_(std::move(unit)),
      total_(std::max(1.0, total)) {
  switch (console.progress()) {
    case ProgressMode::kNone:
      form_ = Form::kNone;
      break;
    case ProgressMode::kBar:
      form_ = Form::kBar;
      break;
    case ProgressMode::kJson:
      form_ = Form::kJson;
      break;
    case ProgressMode::kAuto:
      form_ = console.err().is_terminal ? Form::kBar : Form::kLines;
      break;
  }
  if (console.quiet()) form_ = Form::kNone;
}

double Progress::Seconds() const {
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

std::string Progress::Eta(double done) const {
  const double gained = done - started_at_;
  if (gained <= 0) return "";
  return Duration(Seconds() / gained * (total_ - done));
}

void Progress::Update(double done, std::string_view detail) {
  if (form_ == Form::kNone) return;
  if (started_at_ < 0) started_at_ = last_done_ = done;
  const double now = Seconds();
  const bool first = last_seconds_ < 0;
  const bool complete = done >= total_;
  const bool due = form_ == Form::kBar
                       ? first || complete || now - last_seconds_ >= kRedraw
                       : complete || now - std::max(0.0, last_seconds_) >= kLineSeconds ||
                             done - last_done_ >= kLineFraction * total_;
  if (!due && form_ != Form::kJson) return;
  if (form_ == Form::kLines && now < kLinesFrom) return;
  last_seconds_ = now;
  last_done_ = done;
  Draw(done, detail);
}

void Progress::Draw(double done, std::string_view detail) {
  const double fraction = std::clamp(done / total_, 0.0, 1.0);
  const double seconds = Seconds();
  const double rate = seconds > 0 ? (done - started_at_) / seconds : 0;
  if (form_ == Form::kJson) {
    Json event = {{"progress", what_}, {"done", done},       {"total", total_},
                  {"unit", unit_},     {"seconds", seconds}, {"detail", detail}};
    std::fprintf(stderr, "%s\n", JsonText(event).c_str());
    return;
  }
  std::string tail = fmt::format("{:3.0f} %", 100 * fraction);
  if (rate >= 10) {
    tail += fmt::format("  {} {}/s", Thousands(static_cast<int64_t>(rate)), unit_);
  } else if (rate >= 0.05) {
    tail += fmt::format("  {:.1f} {}/s", rate, unit_);
  }
  if (const std::string eta = Eta(done); !eta.empty() && fraction < 1) tail += "  " + eta + " left";
  if (!detail.empty()) tail += "  " + Printable(detail);
  if (form_ == Form::kLines) {
    std::fprintf(stderr, "%s %s\n", what_.c_str(), tail.c_str());
    return;
  }
  const int filled = static_cast<int>(fraction * kBarWidth);
  std::string bar = std::string(filled, '#') + std::string(kBarWidth - filled, '.');
  const std::string line = fmt::format("{} [{}] {}", what_, bar, tail);
  std::fprintf(stderr, "\r%s\x1b[K", Shorten(line, std::max(20, console_.err().width - 1)).c_str());
  std::fflush(stderr);
  drawn_ = true;
}

void Progress::Break() {
  if (form_ == Form::kBar && drawn_) std::fprintf(stderr, "\r\x1b[K");
}

void Progress::Finish() {
  if (form_ == Form::kBar && drawn_) std::fprintf(stderr, "\n");
  drawn_ = false;
  form_ = Form::kNone;
}

}  // namespace carrot
