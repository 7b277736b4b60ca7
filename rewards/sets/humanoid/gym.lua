return reward {
  task = "humanoid",
  doc = "Gymnasium's Humanoid-v5 reward: forward speed, a bonus for staying healthy, control and contact costs.",
  terms = {
    term { "survive", weight = 5.0, doc = "1 while healthy", fn = function(s) return s.healthy end },
    term { "forward", weight = 1.25, unit = "m/s", doc = "forward speed of the centre of mass over the step",
           fn = function(s) return s.x_velocity end },
    term { "ctrl", weight = -0.1, kind = "penalty", doc = "sum of squared actions",
           fn = function(s, a) return a:dot(a) end },
    term { "contact", weight = -1.0, kind = "penalty", range = { 0, 10 },
           doc = "5e-7 times the sum of squared contact forces, at most 10",
           fn = function(s)
             local sum = 0
             for i = 1, #s.contact_forces do
               local force = s.contact_forces:at(i)
               sum = sum + force * force
             end
             return math.min(5e-7 * sum, 10)
           end },
  },
}
