-- L010 calm
-- The bonus for arriving is as large as what the dense term pays for one step: going gently is worth more.
return reward {
  task = "hopper",
  memory = { start = function(s) return s.torso_pos.x end },
  terms = {
    term { "calm", weight = 1, range = { 0, 1 }, fn = function(s) return math.exp(-s.joint_vel:dot(s.joint_vel) / 20) end },
    term { "arrived", weight = 1, kind = "success_bonus", fn = function(s, a, p, m)
      return s.step == s.horizon and not s.terminated and s.torso_pos.x - m.start >= 12 end },
  },
}
