#include "engine/apps/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdlib>

#include "engine/base/suggest.h"

namespace carrot {
namespace {

std::vector<std::string> SplitNames(const std::string& names) {
  return CLI::detail::split(names, ',');
}

std::vector<std::string> LongNames(const std::vector<Option>& options) {
  std::vector<std::string> names;
  for (const Option& option : options) {
    for (const std::string& name : SplitNames(option.names)) {
      if (name.rfind("--", 0) == 0) names.push_back(name);
    }
  }
  return names;
}

// Throws CLI::ValidationError, which stays inside ParseOptions.
void Assign(const Option& option, const std::string& text) {
  const std::string name = option.positional() ? option.value : SplitNames(option.names).back();
  if (!option.choices.empty() &&
      std::find(option.choices.begin(), option.choices.end(), text) == option.choices.end()) {
    const std::string nearest = Suggest(text, option.choices);
    throw CLI::ValidationError(
        fmt::format("{} takes {}, not '{}'{}", name, fmt::join(option.choices, "|"), text,
                    nearest.empty() ? "" : fmt::format("\ndid you mean '{}'?", nearest)));
  }
  if (auto* target = std::get_if<std::string*>(&option.target)) {
    **target = text;
  } else if (auto* target = std::get_if<int64_t*>(&option.target)) {
    if (!ParseCount(text, **target)) {
      throw CLI::ValidationError(
          fmt::format("{} takes a whole number of 0 or more, not '{}'", name, text));
    }
  } else if (auto* target = std::get_if<double*>(&option.target)) {
    char* end = nullptr;
    **target = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != 0) {
      throw CLI::ValidationError(fmt::format("{} takes a number, not '{}'", name, text));
    }
  } else if (auto* target = std::get_if<std::vector<std::string>*>(&option.target)) {
    if (!option.split) {
      (*target)->push_back(text);
      return;
    }
    for (const std::string& part : CLI::detail::split(text, ',')) (*target)->push_back(part);
  }
}

void Declare(CLI::App& app, const Option& option) {
  CLI::Option* declared = nullptr;
  if (auto* flag = std::get_if<bool*>(&option.target)) {
    declared = app.add_flag(option.names, **flag);
  } else {
    const CLI::callback_t assign = [&option](const std::vector<std::string>& values) {
      for (const std::string& value : values) Assign(option, value);
      return true;
    };
    declared = app.add_option(option.names, assign);
    // A list is given by repeating the option; only some take several words.
    declared->type_size(1);
    if (option.is_list()) {
      declared->expected(1, CLI::detail::expected_max_vector_size);
      declared->allow_extra_args(option.positional() || option.many);
      declared->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    } else {
      declared->expected(1);
      declared->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    }
  }
  if (option.required) declared->required();
}

}  // namespace

bool ParseCount(const std::string& text, int64_t& value) {
  char* end = nullptr;
  double number = std::strtod(text.c_str(), &end);
  if (text.empty() || end == text.c_str()) return false;
  const std::string suffix = end;
  if (suffix == "k") {
    number *= 1e3;
  } else if (suffix == "M") {
    number *= 1e6;
  } else if (!suffix.empty()) {
    return false;
  }
  if (!(number >= 0 && number <= 9e15) || number != std::floor(number)) return false;
  value = static_cast<int64_t>(number);
  return true;
}

std::string UsageLine(const VerbInfo& verb) {
  return fmt::format("usage: carrot {}{}{}", verb.name, *verb.usage ? " " : "", verb.usage);
}

std::string TakeVerb(const std::vector<std::string>& arguments, std::vector<std::string>& rest) {
  std::string verb;
  rest.clear();
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (!verb.empty() || argument.rfind('-', 0) == 0) {
      rest.push_back(argument);
      const bool takes_value = argument == "--color" || argument == "--progress";
      if (verb.empty() && takes_value && i + 1 < arguments.size()) rest.push_back(arguments[++i]);
    } else {
      verb = argument;
    }
  }
  return verb;
}

UsageError ParseOptions(const VerbInfo& verb, const std::vector<Option>& options,
                        const std::vector<std::string>& arguments) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  for (const Option& option : options) Declare(app, option);
  UsageError error;
  error.usage = UsageLine(verb);
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // CLI11 pops the back
  try {
    app.parse(reversed);
  } catch (const CLI::RequiredError& missing) {
    std::string name = missing.what();
    name = name.substr(0, name.find(' '));
    for (const Option& option : options) {
      if (option.positional() && option.names == name) name = option.value;
    }
    error.message = fmt::format("{} is missing", name);
    return error;
  } catch (const CLI::ArgumentMismatch&) {
    error.message = fmt::format("'{}' needs a value", arguments.back());
    return error;
  } catch (const CLI::ParseError& problem) {
    const std::string text = problem.what();
    const size_t newline = text.find('\n');
    error.message = text.substr(0, newline);
    if (newline != std::string::npos) error.help = text.substr(newline + 1);
    return error;
  }
  const std::vector<std::string> extras = app.remaining();
  if (extras.empty()) return error;
  const std::string& extra = extras[0];
  if (extra.rfind('-', 0) != 0) {
    error.message = fmt::format("unexpected argument '{}'", extra);
    return error;
  }
  const std::string name = extra.substr(0, extra.find('='));
  error.message = fmt::format("unknown option '{}'", name);
  if (const std::string nearest = Suggest(name, LongNames(options)); !nearest.empty()) {
    error.help = fmt::format("did you mean '{}'?", nearest);
  }
  return error;
}

}  // namespace carrot
