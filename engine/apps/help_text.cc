#include "engine/apps/help_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "engine/apps/command_line.h"
#include "engine/apps/table.h"

namespace carrot {
namespace {

std::string Heading(const char* text, const Stream& stream) {
  return Paint(text, Style::kBold, stream.color) + "\n";
}

std::string Indented(const std::string& lines) {
  std::istringstream in(lines);
  std::string line, out;
  while (std::getline(in, line)) out += "  " + line + "\n";
  return out;
}

std::string DefaultOf(const Option& option) {
  if (auto* target = std::get_if<std::string*>(&option.target)) return **target;
  if (auto* target = std::get_if<int64_t*>(&option.target)) {
    return **target >= 0 ? fmt::format("{}", **target) : "";
  }
  if (auto* target = std::get_if<double*>(&option.target)) return fmt::format("{}", **target);
  return "";
}

std::string OptionLabel(const Option& option) {
  std::string label = option.positional() ? option.value : option.names;
  if (const size_t comma = label.find(','); comma != std::string::npos)
    label.insert(comma + 1, " ");
  if (!option.positional() && !option.value.empty()) label += " " + option.value;
  return label;
}

// Help is set for 80 columns, and for fewer on a narrower terminal.
int TextWidth(const Stream& stream) {
  return stream.is_terminal ? std::clamp(stream.width, 50, 80) : 80;
}

std::string OptionRows(const std::vector<Option>& options, bool console_ones,
                       const Stream& stream) {
  constexpr int kLabel = 24;
  const int width = TextWidth(stream) - kLabel - 4;
  static const std::vector<Option> kConsole = ConsoleSettings().Options();
  std::string out;
  for (const Option& option : options) {
    bool is_console = false;
    for (const Option& other : kConsole) is_console |= other.names == option.names;
    if (is_console != console_ones) continue;
    std::string help = option.help;
    if (const std::string value = DefaultOf(option); !value.empty()) help += " [" + value + "]";
    std::string label = "  " + OptionLabel(option);
    if (DisplayWidth(label) > kLabel + 2) {
      out += label + "\n";
      label.clear();
    }
    for (const std::string& line : Wrap(help, width)) {
      out += fmt::format("{:<{}}  {}\n", label, kLabel + 2, line);
      label.clear();
    }
  }
  return out;
}

constexpr std::pair<const char*, const char*> kSteps[] = {
    {"wait idle", "until nothing that was asked for is still to be done"},
    {"wait 30 frames", ""},
    {"click tune/alive/value",
     "also double-click, alt-click, shift-click, ctrl-click, "
     "right-click"},
    {"click plots/terms@t=412", "at a plot's x, in its own units; hover takes it too"},
    {"drag tune/alive/weight by +80px",
     "also ctrl-drag, right-drag, ctrl-right-drag; "
     "with `hold` at the end the button stays down"},
    {"hover plots/terms by 10,-4px", ""},
    {"wheel scene/view by 2", ""},
    {"key Ctrl+Z", "chords as on the keyboard"},
    {"hold `", "a key, Ctrl, Shift, Alt or mouse, until `release` of it"},
    {"release `", ""},
    {"type 0.5", "into what has the focus"},
    {"open problems", "brings a panel to the front, by a click on its tab"},
    {"edit-file my.lua s/height/heigth/", "as an editor saves: a new file over the old"},
    {"let r0 = state.mean_return", "a name for a value of the state"},
    {"expect state.mean_return != r0",
     "== != < > <= >= ~=; any `expect` takes `within 5 "
     "frames`"},
    {"expect text problems \"did you mean\"", "a text of a widget below that address"},
    {"expect visible tune/alive/weight", "or `expect not visible`"},
    {"expect advancing state.step", "it changes within ten frames"},
    {"screenshot shots/tune.png", ""},
    {"size 1280x720", "of the window"},
};

}  // namespace

std::string ShortHelp(const Stream& stream) {
  return Heading("carrot: design dense rewards, see what they teach", stream) +
         "usage: carrot COMMAND [OPTIONS]\n\n"
         "  carrot demo                                    train, evaluate, explain: one minute\n"
         "  carrot new reward mine.lua --task hopper       a reward script that works at once\n"
         "  carrot train --task hopper --reward mine.lua   PPO on it\n"
         "  carrot eval --task hopper --reward mine.lua --policy runs/*/policies/*.policy\n\n"
         "commands: " +
         [&] {
           std::string names;
           for (const VerbInfo& verb : Verbs()) {
             if (verb.hidden) continue;
             names += (names.empty() ? "" : " ") + std::string(verb.name);
           }
           std::string out;
           for (const std::string& line : Wrap(names, TextWidth(stream) - 12)) {
             out += (out.empty() ? "" : "\n          ") + line;
           }
           return out;
         }() +
         "\nhelp: carrot help COMMAND, carrot help exit-codes, carrot COMMAND --help\n"
         "every command takes --json\n";
}

std::string FullHelp(const Stream& stream) {
  std::string out = Heading("carrot: design dense rewards, see what they teach", stream) +
                    "usage: carrot COMMAND [OPTIONS]\n\n" + Heading("commands", stream);
  for (const VerbInfo& verb : Verbs()) {
    if (!verb.hidden) out += Hang(fmt::format("  {:<12}  ", verb.name), verb.summary, stream);
  }
  out += "\n" + Heading("options of every command", stream) +
         OptionRows(ConsoleSettings().Options(), true, stream);
  out += "\nmore: carrot help COMMAND | exit-codes | steps | CODE (such as R012)\n";
  return out;
}

std::string VerbHelp(const VerbInfo& info, const std::vector<Option>& options,
                     const Stream& stream) {
  std::string out = Heading(fmt::format("carrot {}: {}", info.name, info.summary).c_str(), stream);
  out += Hang("", UsageLine(info), stream, 2);
  if (*info.detail) {
    out += "\n";
    for (const std::string& line : Wrap(info.detail, TextWidth(stream) - 2)) out += line + "\n";
  }
  out += "\n" + Heading("examples", stream) + Indented(info.examples);
  if (const std::string rows = OptionRows(options, false, stream); !rows.empty()) {
    out += "\n" + Heading("options", stream) + rows;
  }
  out += "\n" + Heading("options of every command", stream) + OptionRows(options, true, stream);
  return out;
}

std::string ExitCodeHelp(const Stream& stream) {
  Table table({{"code"}, {"meaning", Align::kLeft}});
  for (const ExitCodeInfo& info : ExitCodes()) {
    table.Row({fmt::format("{}", static_cast<int>(info.code)), info.meaning});
  }
  return table.Render(stream);
}

std::string StepsHelp(const Stream& stream) {
  Table table({{"command", Align::kLeft}, {"what it does", Align::kLeft}});
  for (const auto& [command, what] : kSteps) table.Row({command, what});
  std::string out = Heading("steps: what to do in the window, a line each", stream);
  out += table.Render(stream) + "\n";
  for (const char* text :
       {"Targets are addresses of widgets, PANEL/.../NAME, and `state.` is what the window knows: "
        "`carrot gui --headless --no-session --dump-state now.json` writes both. A `#` begins a "
        "comment.",
        "The first line that does not hold ends the script with exit code 1 and its "
        "FILE:LINE:COLUMN."}) {
    for (const std::string& line : Wrap(text, TextWidth(stream) - 2)) out += line + "\n";
  }
  return out;
}

}  // namespace carrot
