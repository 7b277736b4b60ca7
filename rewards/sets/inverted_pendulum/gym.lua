return reward {
  task = "inverted_pendulum",
  doc = "Gymnasium's InvertedPendulum-v5 reward: 1 for each step that does not end the episode.",
  terms = {
    term { "survive", weight = 1.0, range = { 0, 1 }, doc = "1 while the pole stands",
           fn = function(s) return s.healthy end },
  },
}
