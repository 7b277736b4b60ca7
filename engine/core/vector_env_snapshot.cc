// Snapshots of single envs: VectorEnv::Save and Load.
#include <fmt/format.h>

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/core/vector_env.h"

namespace carrot {
namespace {

// Visits the same values in the same order for writing and reading.
class Writer {
 public:
  void Bytes(const void* data, size_t size) {
    const auto* p = static_cast<const std::byte*>(data);
    bytes_.insert(bytes_.end(), p, p + size);
  }
  std::vector<std::byte> Take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  void Bytes(void* data, size_t size) {
    if (size > bytes_.size()) {
      ok_ = false;
      return;
    }
    std::copy_n(bytes_.data(), size, static_cast<std::byte*>(data));  // may be nothing
    bytes_ = bytes_.subspan(size);
  }
  bool complete() const { return ok_ && bytes_.empty(); }

 private:
  std::span<const std::byte> bytes_;
  bool ok_ = true;
};

std::string Identity(const Task& task, const RewardFunction* reward) {
  return HashHex(task.spec().hash + "/" + (reward != nullptr ? reward->spec().hash : ""));
}

}  // namespace

// One list of what an env consists of; Save and Load walk it with a Writer or a Reader.
template <typename Visitor>
static void VisitSummary(Visitor& v, EpisodeSummary& s) {
  v.Bytes(&s.length, sizeof s.length);
  v.Bytes(&s.episode_return, sizeof s.episode_return);
  v.Bytes(&s.success, sizeof s.success);
  v.Bytes(s.metrics.data(), s.metrics.size() * sizeof(double));
  v.Bytes(s.term_sums.data(), s.term_sums.size() * sizeof(double));
}

template <typename Visitor, typename Self>
void VectorEnv::VisitEnv(Self& self, int env, Visitor& v) {
  v.Bytes(&self.step_[env], sizeof(int32_t));
  v.Bytes(&self.episode_[env], sizeof(int64_t));
  v.Bytes(&self.world_seed_[env], sizeof(uint64_t));
  v.Bytes(&self.frozen_[env], 1);
  const size_t task_width = self.task_->spec().memory_width;
  v.Bytes(self.task_memory_.data() + env * task_width, task_width * sizeof(double));
  v.Bytes(self.memory_.data() + env * self.reward_memory_, self.reward_memory_ * sizeof(double));
  if (!self.phi_.empty()) v.Bytes(&self.phi_prev_[env], sizeof(double));
  EpisodeSummary& running = const_cast<EpisodeSummary&>(self.running_[env]);
  VisitSummary(v, running);
}

std::vector<std::byte> VectorEnv::Save(int env) const {
  Writer out;
  const std::string identity = Identity(*task_, reward_fn_.get());
  out.Bytes(identity.data(), identity.size());
  VisitEnv(*this, env, out);
  std::vector<std::byte> blob(world_->snapshot_bytes() + 2 * batch_.row_bytes());
  world_->Save(env, blob.data());
  batch_.SaveRows(env, blob.data() + world_->snapshot_bytes());
  out.Bytes(blob.data(), blob.size());
  return out.Take();
}

Status VectorEnv::Load(int env, std::span<const std::byte> bytes) {
  const std::string identity = Identity(*task_, reward_fn_.get());
  std::string found(identity.size(), '\0');
  Reader in(bytes);
  in.Bytes(found.data(), found.size());
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
  in.Bytes(blob.data(), blob.size());
  CARROT_CHECK(in.complete());
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
