return reward {
  task = "humanoid_standup",
  doc = "Gymnasium's HumanoidStandup-v5 reward: height over the engine's time step (not the control step), costs, 1.",
  mute = { L003 = "`constant` is part of the reference's reward" },
  terms = {
    term { "linup", weight = 1.0, doc = "torso height / 0.003 s", fn = function(s) return s.torso_pos.z / 0.003 end },
    term { "quadctrl", weight = -0.1, kind = "penalty", doc = "sum of squared actions",
           fn = function(s, a) return a:dot(a) end },
    term { "impact", weight = -1.0, kind = "penalty", range = { 0, 10 },
           doc = "5e-7 times the sum of squared contact forces, at most 10",
           fn = function(s)
             local sum = 0
             for i = 1, #s.contact_forces do
               local force = s.contact_forces:at(i)
               sum = sum + force * force
             end
             return math.min(5e-7 * sum, 10)
           end },
    term { "constant", weight = 1.0, doc = "1 each step, as the reference adds it", fn = function() return 1 end },
  },
}
