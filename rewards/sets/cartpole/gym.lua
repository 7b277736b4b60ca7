return reward {
  task = "cartpole",
  doc = "Gymnasium's CartPole-v1 reward: 1 for every step, the last one included.",
  terms = {
    term { "alive", weight = 1.0, range = { 0, 1 }, doc = "1 a step", fn = function() return 1 end },
  },
  expect = {
    { state = { theta = 0.3 }, terms = { alive = 1 } },
  },
}
