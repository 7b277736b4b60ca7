#include "engine/apps/options.h"

namespace carrot {

Option TaskOption(std::string* target) {
  return {.names = "--task",
          .value = "TASK",
          .help = "name, alias or path of a task; a reward's script names its own",
          .target = target,
          .offer = Offer::kTask};
}

Option RecordedTaskOption(std::string* target) {
  return {.names = "--task",
          .value = "TASK",
          .help = "where the recorded task is, if it is not a shipped one",
          .target = target,
          .offer = Offer::kTask};
}

Option RewardOption(std::string* target, const char* help) {
  return {.names = "--reward",
          .value = "REWARD",
          .help = help,
          .target = target,
          .offer = Offer::kReward};
}

Option TracesOption(std::vector<std::string>* target, const char* help, bool required) {
  return {.names = "--trace",
          .value = "F.trace",
          .help = help,
          .target = target,
          .required = required,
          .offer = Offer::kFile,
          .many = true};
}

Option SetOption(std::vector<std::string>* target) {
  return {.names = "--set",
          .value = "NAME=VALUE",
          .help = "weight or parameter of the reward; may be repeated",
          .target = target,
          .offer = Offer::kSetting,
          .split = false};
}

Option OutOption(std::string* target, const char* help) {
  return {.names = "--out", .value = "DIR", .help = help, .target = target, .offer = Offer::kFile};
}

Option WorkersOption(int64_t* target) {
  return {.names = "-j,--workers",
          .value = "N",
          .help = "worker threads (0: one a hardware thread); never changes results",
          .target = target};
}

Option StochasticOption(bool* target) {
  return {.names = "--stochastic",
          .value = "",
          .help = "sample actions instead of taking the mean",
          .target = target};
}

}  // namespace carrot
