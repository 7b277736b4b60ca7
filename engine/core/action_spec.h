// What an action is. Actions travel as f64 [num_envs, size()] everywhere; a discrete choice is its
// index as a number.
#pragma once

#include <string>
#include <vector>

namespace carrot {

struct ActionSpec {
  enum class Kind { kContinuous, kDiscrete };
  Kind kind = Kind::kContinuous;
  std::vector<std::string> names;  // one per dimension (actuators, or the name of the choice)
  std::vector<double> low, high;   // continuous: control range; may be infinite
  std::vector<int> choices;        // discrete: number of choices per dimension (multi-categorical)
  std::vector<std::string> choice_names;  // discrete, concatenated over dimensions; may be empty

  int size() const {
    return static_cast<int>(kind == Kind::kContinuous ? low.size() : choices.size());
  }
  // Number of logits of a discrete policy; 0 for a continuous one.
  int total_choices() const {
    int total = 0;
    for (int n : choices) total += n;
    return total;
  }
};

}  // namespace carrot
