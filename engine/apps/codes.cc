#include "engine/apps/codes.h"

#include <strings.h>

#include <string>

namespace carrot {
namespace {

constexpr CodeInfo kCodes[] = {
    {"U001", "no such help topic",
     "`carrot help` lists the commands, `carrot help codes` the codes.", "", ""},
    {"U002", "wrong value of an option",
     "The value has the wrong form, or it does not fit the other options.", "", ""},
};

}  // namespace

std::span<const CodeInfo> Codes() { return kCodes; }

const CodeInfo* FindCode(std::string_view code) {
  for (const CodeInfo& info : kCodes) {
    if (strcasecmp(std::string(code).c_str(), info.code) == 0) return &info;
  }
  return nullptr;
}

}  // namespace carrot
