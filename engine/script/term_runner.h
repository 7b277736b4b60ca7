// The plan of a TermProgram and the runner that executes it. Internal to engine/script.
#pragma once

#include <memory>
#include <vector>

#include "engine/script/term_checks.h"
#include "engine/script/term_program.h"

namespace carrot {

struct LoopPlan {
  std::vector<int> terms;    // numbers in the program, in order
  std::vector<int> columns;  // positions in the phase
  TermNeeds needs;
  bool memory = false;
};
struct PhasePlan {
  std::vector<LoopPlan> loops;
  std::vector<std::pair<int, int>> copies;  // terms that name a field: term, column
  int columns = 0;
  bool writes_memory = false;  // in a recording, this phase carries memory from row to row
};
struct ProgramPlan {
  std::shared_ptr<const LuaScript> script;
  TermContext context;
  std::vector<TermDecl> terms;
  std::vector<TermNeeds> needs;         // by term
  std::vector<std::vector<int>> reads;  // by term: fields, ascending
  std::vector<int> all_reads;
  TermNeeds all_needs;
  std::vector<PhasePlan> phases;
  bool uses_random = false;
};

Result<std::unique_ptr<TermRunner>> MakeTermRunner(std::shared_ptr<const ProgramPlan> plan,
                                                   bool trace);

}  // namespace carrot
