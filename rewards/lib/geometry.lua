-- Distances of positions, angles and rotations. Angles in rad; quaternions are (w, x, y, z), as MuJoCo has them, and
-- need not be normalised; vectors are fields or lists of numbers.
local geometry = {}
local sqrt, abs, floor, atan2, pi = math.sqrt, math.abs, math.floor, math.atan2, math.pi

-- distance: Euclidean, of two vectors of equal length, in their unit.
function geometry.distance(u, v)
  local n, sum = #u, 0
  if #v ~= n then error("geometry.distance: the vectors differ in length") end
  for i = 1, n do
    local d = u[i] - v[i]
    sum = sum + d * d
  end
  return sqrt(sum)
end

-- wrap: the same angle in [-pi, pi).
function geometry.wrap(angle) return angle - 2 * pi * floor((angle + pi) / (2 * pi)) end

-- angle_distance: the way between two angles, 0 .. pi.
function geometry.angle_distance(a, b) return abs(geometry.wrap(a - b)) end

-- quat_distance: the angle of the rotation that takes q to r, 0 .. pi; q and -q are the same rotation. From the
-- vector part's length, which keeps its digits near 0 where acos of the dot product loses them.
function geometry.quat_distance(q, r)
  local w = q[1] * r[1] + q[2] * r[2] + q[3] * r[3] + q[4] * r[4]  -- of conj(q) * r
  local x = q[1] * r[2] - q[2] * r[1] - q[3] * r[4] + q[4] * r[3]
  local y = q[1] * r[3] + q[2] * r[4] - q[3] * r[1] - q[4] * r[2]
  local z = q[1] * r[4] - q[2] * r[3] + q[3] * r[2] - q[4] * r[1]
  return 2 * atan2(sqrt(x * x + y * y + z * z), abs(w))
end

-- quat_up: cosine of the tilt, 1 upright, -1 upside down: how far the body's z axis points up.
function geometry.quat_up(q)
  local w, x, y, z = q[1], q[2], q[3], q[4]
  return (w * w - x * x - y * y + z * z) / (w * w + x * x + y * y + z * z)
end

-- quat_yaw: heading about the vertical axis, -pi .. pi (z-y-x Euler angles).
function geometry.quat_yaw(q)
  local w, x, y, z = q[1], q[2], q[3], q[4]
  return atan2(2 * (w * z + x * y), w * w + x * x - y * y - z * z)
end

return geometry
