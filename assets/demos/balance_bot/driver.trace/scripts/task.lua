-- A robot of our own (model.xml beside this file): two driven wheels under a mast. It must balance, turn, drive to
-- the flag and stay there. The frame's y axis is the axle, which stays level: forward is at right angles to it.
return task {
  doc = "Two-wheeled balancing robot: drive to the flag and stand there.",
  world = mujoco { model = "model.xml", frame_skip = 4 },
  horizon = 400,
  params = {
    goal_distance = param { 0.15, min = 0.02, max = 0.5, unit = "m", doc = "mean distance over the last second that counts as success" },
    max_lean      = param { 0.9, min = 0.2, max = 1.4, unit = "rad", doc = "lean at which it has fallen" },
  },
  fields = {
    qpos      = { "qpos", role = "pose", doc = "root x y z, quaternion w x y z, left wheel, right wheel, flag x, flag y" },
    position  = { "qpos[0:3]", names = { "x", "y", "z" }, unit = "m", doc = "middle of the axle, world frame" },
    velocity  = { "qvel[0:3]", names = { "x", "y", "z" }, unit = "m/s", doc = "of the axle, world frame" },
    spin      = { "qvel[3:6]", names = { "roll", "pitch", "yaw" }, unit = "rad/s", doc = "angular velocity, robot frame" },
    wheels    = { "qvel[6:8]", names = { "left", "right" }, unit = "rad/s", doc = "wheel rates relative to the chassis" },
    flag      = { "qpos[9:11]", names = { "x", "y" }, unit = "m", doc = "where to go" },
    frame     = { "body:chassis.mat", doc = "rotation matrix of the chassis, by rows; columns are forward, left, up" },
    lean      = { unit = "rad", doc = "0 upright, positive forward", fn = function(s)
                    local m = s.frame
                    return math.atan2(m[3] * m[5] - m[6] * m[2], m[9]) end },
    speed     = { unit = "m/s", doc = "along the heading", fn = function(s)
                    return s.velocity.x * s.frame[5] - s.velocity.y * s.frame[2] end },
    ahead     = { unit = "m", doc = "flag along the heading", fn = function(s)
                    local x, y = s.flag.x - s.position.x, s.flag.y - s.position.y
                    return x * s.frame[5] - y * s.frame[2] end },
    left      = { unit = "m", doc = "flag to the left of the heading", fn = function(s)
                    local x, y = s.flag.x - s.position.x, s.flag.y - s.position.y
                    return x * s.frame[2] + y * s.frame[5] end },
    distance  = { unit = "m", doc = "axle to flag, along the floor", fn = function(s)
                    local x, y = s.flag.x - s.position.x, s.flag.y - s.position.y
                    return math.sqrt(x * x + y * y) end },
  },
  observation = { "lean", "spin", "speed", { "wheels", scale = 0.1 }, { "ahead", clip = 2 }, { "left", clip = 2 } },
  reset = {
    ["qpos[3:7]"]  = uniform(-0.03, 0.03),                               -- a little lean and turn
    ["qvel[0:6]"]  = uniform(-0.05, 0.05),
    ["qpos[9:11]"] = box_outside({ -1.5, -1.5 }, { 1.5, 1.5 }, 0.5),     -- the flag, at least half a metre away
  },
  termination = { fallen = function(s, a, p) return math.abs(s.lean) > p.max_lean end },
  success = { doc = "within 15 cm of the flag on average over the last second, without falling", when = "end",
    memory = { sum = 0 },
    fn = function(s, a, p, m)
      if s.step > s.horizon - 50 then m.sum = m.sum + s.distance end
      return s.step == s.horizon and not s.terminated and m.sum <= 50 * p.goal_distance
    end },
  metrics = {
    final_distance = { "distance", over = "last", unit = "m", doc = "distance to the flag at the end" },
    lean           = { over = "max", unit = "rad", doc = "largest lean", fn = function(s) return math.abs(s.lean) end },
  },
  reward = "drive",
}
