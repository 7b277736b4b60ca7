return reward {
  task = "hopper",
  doc = "1 for each further metre, paid once; nothing for staying up or for style.",
  memory = { metres = 0 },
  terms = {
    term { "metre", weight = 1.0, kind = "event", range = { 0, 1 }, doc = "a metre farther than ever in this episode",
           fn = function(s, a, p, m)
             if s.torso_pos.x < m.metres + 1 then return 0 end
             m.metres = m.metres + 1
             return 1
           end },
  },
}
