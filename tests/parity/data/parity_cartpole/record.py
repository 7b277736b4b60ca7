#!/usr/bin/env python3
"""Records Gymnasium's CartPole-v1: python3 record.py > cartpole.json (gymnasium 1.4.0, numpy 2.4.6).

One episode a seed until its end: `state` has T+1 rows of four float64 (the environment's own state, from
which its float32 observation is rounded), `action` T numbers. Actions balance the pole in some episodes
and are random, or all the same, in others, so that both limits and the time limit are reached.
"""

import json

import gymnasium
import numpy

POLICIES = {
    "random": lambda state, rng: int(rng.integers(2)),
    "balance": lambda state, rng: int(state[2] + 0.3 * state[3] + 0.05 * state[0] + 0.1 * state[1] > 0),
    "drift": lambda state, rng: int(state[2] + 0.3 * state[3] > 0.1),
    "right": lambda state, rng: 1,
}


def record(policy, seed):
    env = gymnasium.make("CartPole-v1")
    env.reset(seed=seed)
    rng = numpy.random.default_rng(1000 + seed)
    states, actions, rewards = [env.unwrapped.state.tolist()], [], []
    terminated = truncated = False
    while not (terminated or truncated):
        actions.append(POLICIES[policy](states[-1], rng))
        _, reward, terminated, truncated, _ = env.step(actions[-1])
        states.append(env.unwrapped.state.tolist())
        rewards.append(reward)
    return dict(policy=policy, seed=seed, state=states, action=actions, reward=rewards,
                terminated=terminated, truncated=truncated)


episodes = [record("random", seed) for seed in (0, 1, 2, 3, 12345, 2**40 + 7)]
episodes += [record("balance", 0), record("drift", 1), record("right", 2)]
print(json.dumps(dict(gymnasium=gymnasium.__version__, numpy=numpy.__version__, episodes=episodes),
                 separators=(",", ":")))
