return reward {
  task = "ant",
  doc = "Gymnasium's Ant-v5 reward: forward speed, a bonus for staying healthy, control and contact costs.",
  terms = {
    term { "forward", weight = 1.0, unit = "m/s", doc = "forward speed over the step",
           fn = function(s) return s.x_velocity end },
    term { "survive", weight = 1.0, doc = "1 while healthy", fn = function(s) return s.healthy end },
    term { "ctrl", weight = -0.5, kind = "penalty", doc = "sum of squared actions",
           fn = function(s, a) return a:dot(a) end },
    term { "contact", weight = -5e-4, kind = "penalty", doc = "sum of squared contact forces, each clipped to +-1",
           fn = function(s)
             local sum = 0
             for i = 1, #s.contact_forces do
               local force = s.contact_forces:at(i)
               sum = sum + force * force
             end
             return sum
           end },
  },
}
