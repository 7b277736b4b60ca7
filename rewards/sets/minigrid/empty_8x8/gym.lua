return reward {
  task = "minigrid/empty_8x8",
  doc = "MiniGrid's own reward: 1 - 0.9 * step / horizon on reaching the goal, else 0.",
  terms = {
    term { "goal", weight = 1.0, kind = "success_bonus", range = { 0, 1 }, doc = "more the sooner the goal is reached",
           fn = function(s)
             if s.at_goal then return 1 - 0.9 * (s.step / s.horizon) end
             return 0
           end },
  },
  expect = {
    { state = { at_goal = false }, terms = { goal = 0 } },
    { state = { at_goal = true }, terms = { goal = 1 - 0.9 / 256 } },  -- an example is the first step of an episode
  },
}
