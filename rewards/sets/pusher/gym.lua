return reward {
  task = "pusher",
  doc = "Gymnasium's Pusher-v5 reward: object to goal, fingers to object, control cost.",
  mute = {
    L010 = "the published reward: it pays for the way and not for the end, so where the object starts decides",
    L011 = "the published reward: an arm that moves can cost more than what it pushes is worth",
  },
  terms = {
    term { "dist", weight = -1.0, kind = "penalty", unit = "m", doc = "object to goal",
           fn = function(s) return s.object_to_goal end },
    term { "ctrl", weight = -0.1, kind = "penalty", doc = "sum of squared actions",
           fn = function(s, a) return a:dot(a) end },
    term { "near", weight = -0.5, kind = "penalty", unit = "m", doc = "fingers to object",
           fn = function(s) return s.tip_to_object end },
  },
}
