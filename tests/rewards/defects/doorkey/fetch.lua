-- A005 key
-- Dropping the key and picking it up again pays more than the goal behind the door.
return reward {
  task = "minigrid/doorkey_8x8",
  terms = {
    term { "key", weight = 0.2, kind = "event", fn = function(s) return s.has_key and not s.prev.has_key end },
    term { "door", weight = 0.3, kind = "event", fn = function(s) return s.door_open and not s.prev.door_open end },
    term { "goal", weight = 1, kind = "success_bonus", fn = function(s) return s.at_goal end },
  },
}
