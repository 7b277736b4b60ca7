// Names to things, registered explicitly; duplicates are errors.
#pragma once

#include <fmt/format.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/check.h"
#include "engine/base/result.h"
#include "engine/base/suggest.h"

namespace carrot {

template <typename T>
class Registry {
 public:
  explicit Registry(std::string what) : what_(std::move(what)) {}

  // A duplicate is a programmer error.
  void Add(std::string name, T value) {
    const bool inserted = entries_.emplace(std::move(name), std::move(value)).second;
    CARROT_CHECK(inserted);
  }
  // The entry, or a diagnostic `code` with a suggestion.
  Result<T> Get(const std::string& name, const std::string& code) const {
    if (auto it = entries_.find(name); it != entries_.end()) return it->second;
    std::vector<std::string> help;
    const std::string nearest = Suggest(name, Names());
    if (!nearest.empty()) help.push_back(fmt::format("did you mean `{}`?", nearest));
    help.push_back(fmt::format("known: {}", fmt::join(Names(), ", ")));
    return Fail(MakeError(code, fmt::format("there is no {} `{}`", what_, name), std::move(help)));
  }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& [name, value] : entries_) names.push_back(name);
    return names;
  }

 private:
  std::string what_;
  std::map<std::string, T> entries_;
};

}  // namespace carrot
