-- The bonus for arriving is what the twelve metres were worth: a fall after the way is never worth a success.
return reward {
  task = "hopper",
  doc = "1 for each further metre, paid once, and 12 for having come 12 m without a fall; nothing for style.",
  memory = { metres = 0, start = function(s) return s.torso_pos.x end },
  terms = {
    term { "metre", weight = 1.0, kind = "event", range = { 0, 1 }, doc = "a metre farther than ever in this episode",
           fn = function(s, a, p, m)
             if s.torso_pos.x < m.metres + 1 then return 0 end
             m.metres = m.metres + 1
             return 1
           end },
    term { "arrived", weight = 12.0, kind = "success_bonus", range = { 0, 1 }, doc = "1 on the last step, if it stands 12 m or more from the start",
           fn = function(s, a, p, m) return s.step == s.horizon and not s.terminated and s.torso_pos.x - m.start >= 12 end },
  },
}
