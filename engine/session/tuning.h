// Tuning: the weights and parameters that a person set, with undo. One drag is one step.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "rewards/analysis/rescore.h"

namespace carrot {

class Tuning {
 public:
  // A reward came into use with these settings. With other names what was done is forgotten.
  void Adopt(const RewardSpec& spec, const RewardSettings& settings);
  const RewardSettings& now() const { return now_; }

  // "w:TERM", "w:potential", "p:PARAM". U002: no such name (with a suggestion); parameters are kept
  // in their range. With `drag` the change joins that of the last call.
  Status Set(const RewardSpec& spec, const std::string& name, double value, bool drag);
  // Several at once: one step, which UndoText calls `why`.
  Status SetAll(const RewardSpec& spec, const std::map<std::string, double>& values,
                std::string why);
  Status Scale(const RewardSpec& spec, const std::string& prefix, double factor, bool drag);
  void Replace(const RewardSettings& settings, std::string why);  // one step
  // Whether there was anything to take back or to bring again.
  bool Undo();
  bool Redo();
  std::string UndoText() const { return past_.empty() ? "" : past_.back().text; }
  std::string RedoText() const { return future_.empty() ? "" : future_.back().text; }

 private:
  struct Step {
    std::string text;
    RewardSettings before, after;
  };
  Status Check(const std::string& name) const;
  void Record(std::string text, std::string key, RewardSettings after, bool drag);

  RewardSettings now_;
  std::vector<std::string> names_;
  std::vector<Step> past_, future_;
  std::string dragged_;  // what the running drag changes
};

}  // namespace carrot
