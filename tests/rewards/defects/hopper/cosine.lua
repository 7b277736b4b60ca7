-- L005 heading
-- The cosine distance of two absolute positions, torso and the point a metre ahead of it: the angle at the world's
-- origin between them is always nearly 0, so the term is always nearly 0 and what it says is lost.
return reward {
  task = "hopper",
  terms = {
    term { "speed", weight = 2, fn = function(s) return math.max(0, math.min(s.x_velocity, 2.5)) end },
    term { "heading", weight = 0.1, fn = function(s)
      local x, z, gx, gz = 50 + s.torso_pos.x, s.torso_pos.z, 51 + s.torso_pos.x, 1.25
      return (x * gx + z * gz) / (math.sqrt(x * x + z * z) * math.sqrt(gx * gx + gz * gz))
    end },
  },
}
