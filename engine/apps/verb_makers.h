// One maker a verb, defined in verb_<name>.cc.
#pragma once

#include <memory>

namespace carrot {

class Verb;

std::unique_ptr<Verb> MakeTasks();
std::unique_ptr<Verb> MakeRun();
std::unique_ptr<Verb> MakeTrain();
std::unique_ptr<Verb> MakeEval();
std::unique_ptr<Verb> MakeDemo();
std::unique_ptr<Verb> MakeDescribe();
std::unique_ptr<Verb> MakeRescore();
std::unique_ptr<Verb> MakeCompare();
std::unique_ptr<Verb> MakeSweep();
std::unique_ptr<Verb> MakeCheck();
std::unique_ptr<Verb> MakeExplain();
std::unique_ptr<Verb> MakeWatch();
std::unique_ptr<Verb> MakeAudit();
std::unique_ptr<Verb> MakeNew();
std::unique_ptr<Verb> MakeApi();
std::unique_ptr<Verb> MakeRender();
std::unique_ptr<Verb> MakeGui();
std::unique_ptr<Verb> MakeBench();
std::unique_ptr<Verb> MakeDoctor();
std::unique_ptr<Verb> MakeCompletions();
std::unique_ptr<Verb> MakeComplete();
std::unique_ptr<Verb> MakeHelp();
std::unique_ptr<Verb> MakeVersion();

}  // namespace carrot
