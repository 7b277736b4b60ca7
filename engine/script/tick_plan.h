// Where a rewritten script counts its budget, and how much. Internal to engine/script.
//
// A tick is a subtraction and a test. The parser reports regions (the file, functions, loops), what
// stands in them and what they call; the plan then finds the fewest ticks such that no code runs
// for long between two of them:
//
//   while, repeat, for-in      a tick at the start of each turn
//   numeric for, known start   its turns are charged at once, before the first; a loop that can be
//                              left early ticks each turn instead
//   short for, known turns     nothing: it is part of the code around it
//   function                   a tick at its start, unless it is short and certain to call nothing
//                              but built-ins and earlier functions of this kind: then it can
//                              neither recur nor run long, and its callers are charged for it
//
// A tick's weight grows with the code that can run until the next one, so that a budget bounds
// time. What no tick sees is priced elsewhere (prelude.cc: long texts, patterns, arguments), except
// keys made to collide in a table's hash: 6,000 of them stretch a budget of a million ticks to 13
// s. For scripts of strangers a limit on the process's time stays the second wall.
//
// All of this follows from the source alone: budgets are the same with the JIT on, off and
// cold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace carrot {

class TickPlan {
 public:
  enum class Kind : uint8_t { kFunction, kLoop, kCounted };
  // A numeric for whose start and step are written as numbers.
  struct Count {
    double start = 0, step = 1;
    std::optional<double> limit;            // if that is a number as well
    size_t limit_token = 0, limit_end = 0;  // where its expression starts, and ends
  };
  struct Tick {
    bool counted = false;  // charge all turns where the limit stands; else a tick at `offset`
    size_t offset = 0;
    Count count;
    int weight = 1;
  };

  // A variable whose value is certain as long as nothing assigns to it: a function of this file, or
  // a built-in (-1).
  int Bind(int function);
  void Assigned(int binding);  // -1 is none

  // Regions nest; `token` counts tokens from the start of the file. Offsets are bytes.
  void Open(Kind kind, int function, size_t token);
  void OpenCounted(const Count& count, size_t token);
  void BodyAt(size_t offset);  // where the tick of the innermost region would stand
  void Close(size_t token);

  void Call(int binding);    // of such a variable
  void CallBuiltIn();        // of a library function that calls no function of the script and
                             // charges nothing
  void CallUnknown();        // of anything else
  void LeaveLoop();          // break
  void Goto(size_t offset);  // ticks there, for all code of the function that it may repeat
  void LeaveFunction();      // return or goto: leaves all loops around it

  struct Plan {
    std::vector<Tick> ticks;
    std::vector<int> silent;  // functions that a call of never charges anything
  };
  Plan Resolve() const;

 private:
  struct Region {
    Kind kind = Kind::kFunction;
    int parent = -1, function = -1;
    size_t offset = 0;
    Count count;
    bool left_early = false;
    bool unknown = false;       // calls what may be any function
    bool charges = false;       // has a tick inside, or calls what has one
    double cost = 0;            // tokens, without the regions inside
    std::vector<size_t> gotos;  // offsets
    std::vector<int> callees;   // bindings
  };
  struct Binding {
    int function;
    bool assigned;
  };
  Region& Now() { return regions_[open_.back()]; }

  std::vector<Region> regions_;
  std::vector<int> open_;
  std::vector<int> closed_;  // in order: what is inside comes first
  std::vector<Binding> bindings_;
  size_t token_ = 0;  // up to here tokens are counted
};

}  // namespace carrot
