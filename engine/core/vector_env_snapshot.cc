// Snapshots of single envs: VectorEnv::Save and Load.
#include <fmt/format.h>

#include "engine/base/byte_stream.h"
#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/core/vector_env.h"

namespace carrot {
namespace {

std::string Identity(const Task& task, const RewardFunction* reward) {
  return HashHex(task.spec().hash + "/" + (reward != nullptr ? reward->spec().hash : ""));
}

}  // namespace

// One list of what an env consists of; Save and Load walk it with a ByteWriter or a ByteReader.
template <typename Visitor>
static void VisitSummary(Visitor& v, EpisodeSummary& s) {
  v.Values(&s.length, 1);
  v.Values(&s.episode_return, 1);
  v.Values(&s.success, 1);
  v.Values(s.metrics.data(), s.metrics.size());
  v.Values(s.term_sums.data(), s.term_sums.size());
}

template <typename Visitor, typename Self>
void VectorEnv::VisitEnv(Self& self, int env, Visitor& v) {
  v.Values(&self.step_[env], 1);
  v.Values(&self.episode_[env], 1);
  v.Values(&self.world_seed_[env], 1);
  v.Values(&self.frozen_[env], 1);
  const size_t task_width = self.task_->spec().memory_width;
  v.Values(self.task_memory_.data() + env * task_width, task_width);
  v.Values(self.memory_.data() + env * self.reward_memory_, self.reward_memory_);
  if (!self.phi_.empty()) v.Values(&self.phi_prev_[env], 1);
  EpisodeSummary& running = const_cast<EpisodeSummary&>(self.running_[env]);
  VisitSummary(v, running);
}

std::vector<std::byte> VectorEnv::Save(int env) const {
  ByteWriter out;
  const std::string identity = Identity(*task_, reward_fn_.get());
  out.Values(identity.data(), identity.size());
  VisitEnv(*this, env, out);
  std::vector<std::byte> blob(world_->snapshot_bytes() + 2 * batch_.row_bytes());
  world_->Save(env, blob.data());
  batch_.SaveRows(env, blob.data() + world_->snapshot_bytes());
  out.Values(blob.data(), blob.size());
  return std::move(out.bytes);
}

Status VectorEnv::Load(int env, std::span<const std::byte> bytes) {
  const std::string identity = Identity(*task_, reward_fn_.get());
  std::string found(identity.size(), '\0');
  ByteReader in(bytes);
  in.Values(found.data(), found.size());
  if (found != identity) {
    return Fail(MakeError("T010", "the snapshot is of another task or reward",
                          {"load it with the task and the reward script it was made with"}));
  }
  // A truncated snapshot must not leave a half-loaded env: check the size before touching anything.
  if (bytes.size() != Save(env).size()) {
    return Fail(MakeError("T010", "the snapshot is incomplete", {"use another snapshot"}));
  }
  VisitEnv(*this, env, in);
  std::vector<std::byte> blob(world_->snapshot_bytes() + 2 * batch_.row_bytes());
  in.Values(blob.data(), blob.size());
  CARROT_CHECK(in.whole() && in.at_end());
  world_->Load(env, blob.data());
  batch_.LoadRows(env, blob.data() + world_->snapshot_bytes());
  running_[env].env = env;
  running_[env].episode = episode_[env];
  running_[env].world_seed = world_seed_[env];
  terminated_[env] = truncated_[env] = fault_[env] = flags_[env] = ended_[env] = 0;
  Observe(env, obs_.data() + env * obs_size_);
  return {};
}

}  // namespace carrot
