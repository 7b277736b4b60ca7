return reward {
  task = "cartpole",
  doc = "1 for a pole that still stands at the end of the episode, nothing else.",
  terms = {
    term { "stood", weight = 1.0, kind = "success_bonus", range = { 0, 1 }, doc = "1 on the last step, if nothing fell",
           fn = function(s) return s.step == s.horizon and not s.terminated end },
  },
  expect = {
    { state = { theta = 0 }, terms = { stood = 0 } },  -- an example is the first step of an episode
  },
}
