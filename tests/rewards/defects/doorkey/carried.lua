-- L012 carried
-- Meant as shaping towards the door, but holding the key pays every step: walking about with it earns more and more.
return reward {
  task = "minigrid/doorkey_8x8",
  terms = {
    term { "carried", weight = 0.0005, kind = "shaping", fn = function(s) return s.has_key end },
    term { "goal", weight = 1, kind = "success_bonus", fn = function(s) return s.at_goal end },
  },
}
