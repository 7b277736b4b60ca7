#include "engine/session/variant_desk.h"

#include "engine/base/thread_pool.h"
#include "engine/session/hot_swap.h"

namespace carrot {
namespace {

VariantResult ScoreVariant(VariantRequest request, const Task& task, ThreadPool& pool) {
  VariantResult result{request.id, nullptr, request.settings, {}, {}};
  for (const auto& trace : request.recordings) {
    request.settings.weights.gamma = trace->spec().gamma;
    auto score = Rescore(*trace, task.spec().state, *request.function, request.settings, pool);
    if (!score) {
      result.problems = std::move(score).error();
      return result;
    }
    result.episodes.push_back(std::move(score->episodes));
  }
  result.function = std::move(request.function);
  return result;
}

// As the reward in use is loaded: tried on a few steps first, so that none takes the thread.
VariantResult LoadVariant(VariantRequest request, std::shared_ptr<const Task> task,
                          ThreadPool& pool) {
  VariantResult result;
  result.id = request.id;
  HotSwap swap(std::move(task), request.path, std::move(request.recordings), pool);
  SwapReport report = swap.Reload();
  result.problems = std::move(report.diagnostics);
  if (!report.swapped) return result;
  result.function = report.now->function;
  result.settings = report.now->settings;
  for (const Score& score : *report.now->scores) result.episodes.push_back(score.episodes);
  return result;
}

}  // namespace

std::unique_ptr<VariantDesk> NewVariantDesk(std::shared_ptr<const Task> task, int workers) {
  auto pool = std::make_shared<ThreadPool>(workers);
  return std::make_unique<VariantDesk>(
      VariantDesk::Pending::kAll,
      [task = std::move(task), pool = std::move(pool)](VariantRequest request) {
        return request.function == nullptr ? LoadVariant(std::move(request), task, *pool)
                                           : ScoreVariant(std::move(request), *task, *pool);
      });
}

}  // namespace carrot
