// Ppo::Save and Ppo::Load: the learner's full state as bytes.
//
//   "carrot.ppo/2\n" | sizes (int64) | counters | weights | Adam | normalisers | rows that wait for
//   the next rollout | 32 hex digits of the hash of everything before. Native byte order: a
//   checkpoint belongs to one machine and build.
#include <algorithm>
#include <cstring>
#include <string_view>

#include "engine/agent/ppo_state.h"
#include "engine/base/byte_stream.h"
#include "engine/base/hash.h"

namespace carrot {
namespace {

constexpr std::string_view kMagic = "carrot.ppo/2\n";
constexpr size_t kHashBytes = 32;

template <typename Archive>
void ExchangeNorm(Archive& archive, RunningNorm& norm) {
  double count = norm.count();
  std::vector<double> mean(norm.mean().begin(), norm.mean().end());
  std::vector<double> variance(norm.variance().begin(), norm.variance().end());
  archive.Values(&count, 1);
  archive.Values(mean.data(), mean.size());
  archive.Values(variance.data(), variance.size());
  norm.Set(count, std::move(mean), std::move(variance));
}

std::vector<int64_t> Sizes(const PpoConfig& config, const Policy& policy) {
  std::vector<int64_t> sizes = {policy.spec().observation_size,
                                policy.spec().head_size(),
                                config.num_envs,
                                config.rollout_steps,
                                config.minibatch_size,
                                config.epochs,
                                static_cast<int64_t>(config.seed),
                                static_cast<int64_t>(config.activation),
                                static_cast<int64_t>(config.hidden.size())};
  sizes.insert(sizes.end(), config.hidden.begin(), config.hidden.end());
  return sizes;
}

tl::unexpected<Diagnostics> Bad(const char* why) {
  return Fail(MakeError("I030", std::string("not a usable checkpoint of the learner: ") + why));
}

}  // namespace

template <typename Archive>
void Ppo::State::Exchange(Archive& archive) {
  archive.Values(&iteration, 1);
  archive.Values(&step, 1);
  archive.Values(&rate_factor, 1);
  archive.Values(discounted_return.data(), discounted_return.size());
  archive.Values(policy.mutable_parameters().data(), policy.parameters().size());
  archive.Values(update.mean().data(), update.mean().size());
  archive.Values(update.square().data(), update.square().size());
  int64_t adam_steps = update.steps();
  archive.Values(&adam_steps, 1);
  update.set_steps(adam_steps);
  ExchangeNorm(archive, policy.mutable_observation_norm());
  ExchangeNorm(archive, policy.mutable_return_norm());
  ExchangeKeptRows(archive);
}

template <typename Archive>
void Ppo::State::ExchangeKeptRows(Archive& archive) {
  int64_t kept = kept_steps;
  archive.Values(&kept, 1);
  if (kept != kept_steps) SetStages({.delta = kept == 1});
  if (kept == 0) return;
  const size_t n = config.num_envs;
  archive.Values(buffer.obs.data(), n * buffer.obs_stride);
  archive.Values(buffer.action.data(), n * buffer.action_size);
  archive.Values(buffer.reference.data(), n * buffer.reference_size);
  archive.Values(buffer.mask.data(), n * buffer.mask_size);
  archive.Values(buffer.paid.data(), n);
  archive.Values(buffer.log_prob.data(), n);
  for (auto* flags : {&buffer.terminated, &buffer.truncated, &buffer.fault}) {
    archive.Values(flags->data(), n);
  }
  int64_t finals = static_cast<int64_t>(final_rows.size());
  archive.Values(&finals, 1);
  finals = std::clamp<int64_t>(finals, 0, config.num_envs);
  final_rows.resize(finals);
  final_obs.resize(finals * policy.spec().observation_size);
  archive.Values(final_rows.data(), final_rows.size());
  archive.Values(final_obs.data(), final_obs.size());
}

std::vector<std::byte> Ppo::Save() const {
  ByteWriter writer;
  writer.Values(kMagic.data(), kMagic.size());
  const std::vector<int64_t> sizes = Sizes(state_->config, state_->policy);
  writer.Values(sizes.data(), sizes.size());
  state_->Exchange(writer);
  const std::string hash = HashHex(writer.bytes);
  writer.Values(hash.data(), kHashBytes);
  return std::move(writer.bytes);
}

Status Ppo::Load(std::span<const std::byte> bytes) {
  if (bytes.size() < kMagic.size() + kHashBytes ||
      std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0) {
    return Bad("it has another format");
  }
  const auto content = bytes.first(bytes.size() - kHashBytes);
  if (std::memcmp(HashHex(content).data(), bytes.data() + content.size(), kHashBytes) != 0) {
    return Bad("its bytes are damaged");
  }
  ByteReader reader(content.subspan(kMagic.size()));
  const std::vector<int64_t> expected = Sizes(state_->config, state_->policy);
  std::vector<int64_t> sizes(expected.size());
  reader.Values(sizes.data(), sizes.size());
  if (!reader.whole() || sizes != expected) {
    return Bad("it was made with other networks, batch sizes or seed");
  }
  state_->Exchange(reader);
  if (!reader.whole() || !reader.at_end()) return Bad("it has another length");
  state_->update.SetWeights(state_->policy);
  return {};
}

}  // namespace carrot
