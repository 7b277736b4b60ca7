#include "envs/cartpole/cartpole.h"

#include <cmath>
#include <cstring>

#include "engine/base/numpy_rng.h"

namespace carrot {

CartPole CartPole::FromSeed(uint64_t seed) {
  NumpyRng rng(seed);
  CartPole state;
  for (double* value : {&state.x, &state.x_dot, &state.theta, &state.theta_dot}) {
    *value = rng.Uniform(-0.05, 0.05);
  }
  return state;
}

// Equations: R. V. Florian, "Correct equations for the dynamics of the cart-pole system" (2005),
// without friction. The order of the operations is the reference's, so that the bits are too.
void CartPole::Step(bool push_right) {
  constexpr double kGravity = 9.8, kPoleMass = 0.1, kTotalMass = kPoleMass + 1.0;  // m/s2, kg
  constexpr double kHalfLength = 0.5, kPoleMoment = kPoleMass * kHalfLength;       // m, kg m
  constexpr double kForce = 10.0, kTau = 0.02;                                     // N, s
  const double force = push_right ? kForce : -kForce;
  const double cosine = std::cos(theta), sine = std::sin(theta);

  const double push = (force + kPoleMoment * (theta_dot * theta_dot) * sine) / kTotalMass;
  const double theta_acceleration =
      (kGravity * sine - cosine * push) /
      (kHalfLength * (4.0 / 3.0 - kPoleMass * (cosine * cosine) / kTotalMass));
  const double x_acceleration = push - kPoleMoment * theta_acceleration * cosine / kTotalMass;

  x += kTau * x_dot;
  x_dot += kTau * x_acceleration;
  theta += kTau * theta_dot;
  theta_dot += kTau * theta_acceleration;
}

namespace {

// 1. What the world publishes: one list, in the order of Field below.
enum Field { kX, kXDot, kTheta, kThetaDot, kOffTrack, kFallen };

Result<WorldSpec> MakeSpec() {
  WorldSpec spec{.kind = "cartpole", .dt = 0.02, .model_hash = "cartpole-1"};
  auto scalar = [](const char* name, const char* unit, FieldRole role, const char* doc) {
    return FieldSpec{.name = name, .units = {unit}, .doc = doc, .role = role};
  };
  auto flag = [](const char* name, const char* doc) {
    return FieldSpec{.name = name,
                     .dtype = DType::kBool,
                     .low = 0,
                     .high = 1,
                     .doc = doc,
                     .role = FieldRole::kFlag};
  };
  for (const FieldSpec& field : {
           scalar("x", "m", FieldRole::kPose, "cart, from the middle of the track"),
           scalar("x_dot", "m/s", FieldRole::kState, "cart's velocity"),
           scalar("theta", "rad", FieldRole::kPose, "pole: 0 upright, positive leans right"),
           scalar("theta_dot", "rad/s", FieldRole::kState, "pole's angular velocity"),
           flag("off_track", "the cart is more than 2.4 m from the middle"),
           flag("fallen", "the pole leans more than 12 degrees"),
       }) {
    CARROT_RETURN_IF_ERROR(spec.state.Add(field));
  }
  spec.action = {.kind = ActionSpec::Kind::kDiscrete,
                 .names = {"push"},
                 .choices = {2},
                 .choice_names = {"left", "right"}};
  return spec;
}

// 2. The world: N states in a row, and their columns in the batch.
class CartPoleWorld final : public World {
 public:
  explicit CartPoleWorld(int num_envs) : states_(num_envs) {}

  void Reset(int env, uint64_t seed, StateBatch& batch) override {
    states_[env] = CartPole::FromSeed(seed);
    Publish({env, env + 1}, batch);
  }
  void ResetNominal(int env, StateBatch& batch) override {
    states_[env] = CartPole{};
    Publish({env, env + 1}, batch);
  }

  void Step(EnvRange envs, const double* action, StateBatch& batch, uint8_t* fault) override {
    for (int env = envs.begin; env < envs.end; ++env) {
      if (action[env] == 0 || action[env] == 1) {
        states_[env].Step(action[env] == 1);
      } else {
        fault[env] = 1;
      }
    }
    Publish(envs, batch);
  }

  // 3. Snapshots: whatever Step depends on.
  size_t snapshot_bytes() const override { return sizeof(CartPole); }
  void Save(int env, std::byte* out) const override {
    std::memcpy(out, &states_[env], sizeof(CartPole));
  }
  void Load(int env, const std::byte* bytes) override {
    std::memcpy(&states_[env], bytes, sizeof(CartPole));
  }

  std::string FaultReason(int) const override { return "an action is 0 (left) or 1 (right)"; }

 private:
  void Publish(EnvRange envs, StateBatch& batch) const {
    auto* const* columns = batch.next().data();
    auto* x = static_cast<double*>(columns[kX]);
    auto* x_dot = static_cast<double*>(columns[kXDot]);
    auto* theta = static_cast<double*>(columns[kTheta]);
    auto* theta_dot = static_cast<double*>(columns[kThetaDot]);
    auto* off_track = static_cast<uint8_t*>(columns[kOffTrack]);
    auto* fallen = static_cast<uint8_t*>(columns[kFallen]);
    for (int env = envs.begin; env < envs.end; ++env) {
      const CartPole& state = states_[env];
      x[env] = state.x;
      x_dot[env] = state.x_dot;
      theta[env] = state.theta;
      theta_dot[env] = state.theta_dot;
      off_track[env] = state.off_track();
      fallen[env] = state.fallen();
    }
  }

  std::vector<CartPole> states_;
};

// 4. The model: what is known before a world exists, and the maker of worlds.
class CartPoleModel final : public WorldModel {
 public:
  explicit CartPoleModel(WorldSpec spec) { spec_ = std::move(spec); }
  std::unique_ptr<World> NewWorld(int num_envs) const override {
    return std::make_unique<CartPoleWorld>(num_envs);
  }
};

}  // namespace

Result<std::shared_ptr<const WorldModel>> MakeCartPoleModel(const WorldRequest& request) {
  CARROT_RETURN_IF_ERROR(CheckPlainRequest(request, "cartpole", {}));
  CARROT_ASSIGN_OR_RETURN(WorldSpec spec, MakeSpec());
  return std::make_shared<const CartPoleModel>(std::move(spec));
}

}  // namespace carrot
