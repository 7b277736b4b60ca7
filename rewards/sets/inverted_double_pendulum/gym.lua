return reward {
  task = "inverted_double_pendulum",
  doc = "Gymnasium's InvertedDoublePendulum-v5 reward: a bonus for standing, minus tip distance and pole rates.",
  terms = {
    term { "survive", weight = 10.0, range = { 0, 1 }, doc = "1 while the tip is above 1 m",
           fn = function(s) return s.healthy end },
    term { "distance_penalty", weight = -1.0, kind = "penalty", doc = "0.01 x^2 + (z - 2)^2 of the tip; 0.64 upright",
           fn = function(s)
             local height = s.tip.z - 2
             return 0.01 * s.tip.x * s.tip.x + height * height
           end },
    term { "velocity_penalty", weight = -1.0, kind = "penalty", doc = "squared pole rates",
           fn = function(s) return 1e-3 * s.qvel[2] * s.qvel[2] + 5e-3 * s.qvel[3] * s.qvel[3] end },
  },
}
