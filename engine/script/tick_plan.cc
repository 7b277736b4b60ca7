#include "engine/script/tick_plan.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace carrot {
namespace {

constexpr double kTokensPerTick = 64;
constexpr double kShort = 256;    // tokens that a function or a counted loop may run without a tick
constexpr double kCallCost = 16;  // of any call, in tokens
constexpr double kMostTicks = 1e9;

int Weight(double cost) {
  return 1 + static_cast<int>(std::min(kMostTicks, std::floor(cost / kTokensPerTick)));
}

// Turns of a loop with a written limit; infinity where they are not certain, as when a step is lost
// in rounding (for i = 2^53, 2^53 + 1 never ends).
double Turns(const TickPlan::Count& count) {
  const double start = count.start, limit = *count.limit, step = count.step;
  const double turns = std::floor((limit - start) / step) + 1;
  const bool moves = std::abs(start) + std::abs(limit) <= std::ldexp(std::abs(step), 52);
  return std::isnan(turns) || !moves || step == 0 ? INFINITY : std::max(0.0, turns);
}

}  // namespace

int TickPlan::Bind(int function) {
  bindings_.push_back({function, false});
  return static_cast<int>(bindings_.size()) - 1;
}

void TickPlan::Assigned(int binding) {
  if (binding >= 0) bindings_[binding].assigned = true;
}

void TickPlan::Open(Kind kind, int function, size_t token) {
  Region region;
  region.kind = kind;
  region.function = function;
  if (!open_.empty()) {
    Now().cost += static_cast<double>(token - token_);
    region.parent = open_.back();
  }
  token_ = token;
  open_.push_back(static_cast<int>(regions_.size()));
  regions_.push_back(std::move(region));
}

void TickPlan::OpenCounted(const Count& count, size_t token) {
  Open(Kind::kCounted, -1, token);
  Now().count = count;
}

void TickPlan::BodyAt(size_t offset) { Now().offset = offset; }

void TickPlan::Close(size_t token) {
  Now().cost += static_cast<double>(token - token_);
  token_ = token;
  closed_.push_back(open_.back());
  open_.pop_back();
}

void TickPlan::Call(int binding) { Now().callees.push_back(binding); }
void TickPlan::CallBuiltIn() { Now().cost += kCallCost; }
void TickPlan::CallUnknown() {
  Now().cost += kCallCost;
  Now().unknown = true;
}

void TickPlan::LeaveLoop() { Now().left_early = true; }

void TickPlan::Goto(size_t offset) {
  Now().gotos.push_back(offset);
  Now().charges = true;
  LeaveFunction();
}

void TickPlan::LeaveFunction() {
  for (auto it = open_.rbegin(); it != open_.rend(); ++it) {
    if (regions_[*it].kind == Kind::kFunction) return;
    regions_[*it].left_early = true;
  }
}

TickPlan::Plan TickPlan::Resolve() const {
  Plan plan;
  std::vector<Region> regions = regions_;
  struct Done {
    double cost;  // tokens that callers pay for
    bool charges;
  };
  std::unordered_map<int, Done> done;  // finished functions
  for (int r : closed_) {
    Region& region = regions[r];
    for (int callee : region.callees) {
      const Binding& binding = bindings_[callee];
      const auto it = done.find(binding.function);  // one that is not finished calls itself
      region.unknown |= binding.assigned || (binding.function >= 0 && it == done.end());
      region.cost += kCallCost + (it != done.end() ? it->second.cost : 0);
      region.charges |= it != done.end() && it->second.charges;
    }
    if (region.kind == Kind::kFunction) {
      for (size_t offset : region.gotos)
        plan.ticks.push_back({false, offset, {}, Weight(region.cost)});
      const bool free = !region.unknown && region.cost <= kShort;
      const bool tick = !free && region.function > 0;  // the file itself runs once
      if (tick) plan.ticks.push_back({false, region.offset, {}, Weight(region.cost)});
      if (!tick && !region.charges) plan.silent.push_back(region.function);
      done[region.function] = {free ? region.cost : 0, tick || region.charges};
      continue;
    }
    double turns = 1;
    if (region.kind == Kind::kCounted && region.count.limit &&
        Turns(region.count) * region.cost <= kShort) {
      turns = Turns(region.count);
    } else {
      const bool counted = region.kind == Kind::kCounted && !region.left_early;
      plan.ticks.push_back({counted, region.offset, region.count, Weight(region.cost)});
      region.charges = true;
    }
    // Code around a loop runs its head at least once, so it takes on what the loop calls.
    Region& parent = regions[region.parent];
    parent.cost += turns * region.cost;
    parent.unknown |= region.unknown;
    parent.charges |= region.charges;
    parent.gotos.insert(parent.gotos.end(), region.gotos.begin(), region.gotos.end());
  }
  return plan;
}

}  // namespace carrot
