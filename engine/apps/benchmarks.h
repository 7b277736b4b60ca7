// The list of benchmarks of `carrot bench`: each gives rows of a value against a baseline that runs
// in the same process.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace carrot {

struct BenchRow {
  std::string name;
  double value = 0;
  std::string unit;
  double baseline = 0;  // 0: there is none
  std::string against;  // what the baseline is
  // How well we do: above 1 is better than the baseline, whatever the unit.
  double ratio = 0;
};

using WantedRows = std::function<bool(const std::string& name)>;

struct Benchmark {
  const char* name;  // prefix of its rows' names
  // Rows for which wanted(name) is false need not be measured; the caller drops them.
  Result<std::vector<BenchRow>> (*run)(const WantedRows& wanted);
};

std::span<const Benchmark> Benchmarks();

}  // namespace carrot
