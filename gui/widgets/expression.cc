#include "gui/widgets/expression.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace carrot {
namespace {

constexpr int kDeepest = 50;  // brackets and signs in each other

// Recursive descent; what cannot be read becomes NaN, which no operation makes finite again.
class Reader {
 public:
  Reader(std::string_view text, double x) : text_(text), x_(x) {}

  double Whole() {
    const double value = Sum();
    return Peek() == 0 ? value : kBad;
  }

 private:
  static constexpr double kBad = std::numeric_limits<double>::quiet_NaN();

  char Peek() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    return at_ < text_.size() ? text_[at_] : 0;
  }
  bool Take(char c) {
    if (Peek() != c) return false;
    ++at_;
    return true;
  }
  double Sum() {
    double value = Product();
    for (;;) {
      if (Take('+')) {
        value += Product();
      } else if (Take('-')) {
        value -= Product();
      } else {
        return value;
      }
    }
  }
  double Product() {
    double value = Factor();
    for (;;) {
      if (Take('*')) {
        value *= Factor();
      } else if (Take('/')) {
        value /= Factor();
      } else {
        return value;
      }
    }
  }
  double Factor() {
    if (++depth_ > kDeepest) return kBad;
    double value = kBad;
    if (Take('-')) {
      value = -Factor();
    } else if (Take('+')) {
      value = Factor();
    } else if (Take('(')) {
      value = Sum();
      if (!Take(')')) value = kBad;
    } else if (Take('x')) {
      value = x_;
    } else {
      Peek();
      const auto [end, error] =
          std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
      if (error != std::errc()) return kBad;
      at_ = end - text_.data();
    }
    --depth_;
    return value;
  }

  std::string_view text_;
  double x_;
  size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

std::optional<double> Evaluate(std::string_view text, double x) {
  const double value = Reader(text, x).Whole();
  if (!std::isfinite(value)) return {};
  return value;
}

}  // namespace carrot
