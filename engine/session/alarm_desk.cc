#include "engine/session/alarm_desk.h"

#include <sys/resource.h>

#include "engine/base/thread_pool.h"
#include "engine/session/corpus.h"
#include "rewards/analysis/alarms.h"
#include "rewards/analysis/lints.h"

namespace carrot {
namespace {

constexpr int kLowestPriority = 19;

Result<Findings> FindAll(AlarmRequest request, const TaskSpec& task) {
  setpriority(PRIO_PROCESS, 0, kLowestPriority);  // of this thread (Linux)
  ThreadPool pool(1);
  request.settings.weights.gamma = request.recordings[0].trace->spec().gamma;
  CARROT_ASSIGN_OR_RETURN(
      const Evidence evidence,
      JudgeReward(std::move(request.recordings), task, *request.reward, request.settings, pool));
  Findings findings = Apply(LintRules(), evidence);
  for (Finding& finding : FindAlarms(evidence, {})) findings.push_back(std::move(finding));
  return findings;
}

}  // namespace

std::unique_ptr<AlarmDesk> NewAlarmDesk(std::shared_ptr<const Task> task) {
  return std::make_unique<AlarmDesk>(AlarmDesk::Pending::kNewest,
                                     [task = std::move(task)](AlarmRequest request) {
                                       return FindAll(std::move(request), task->spec());
                                     });
}

}  // namespace carrot
