-- Partial credit, 0 .. 1, for goals that are all or nothing: "exactly these items". `found` and `wanted` are vectors
-- (fields or lists) of numbers, e.g. kinds of items; their order does not matter, repeats count. Nothing here
-- allocates; the cost is (#found + #wanted) * #wanted.
local graded = {}
local max = math.max

local function get(v, i)
  local at = v.at  -- of fields, also above 16 elements
  if at then return at(v, i) end
  return v[i]
end

-- How many of `wanted` are in `found`: the size of the intersection of the two multisets.
local function common(found, wanted)
  local matched, nf, nw = 0, #found, #wanted
  for i = 1, nw do
    local x, before, have = get(wanted, i), 0, 0
    for j = 1, i - 1 do
      if get(wanted, j) == x then before = before + 1 end
    end
    for j = 1, nf do
      if get(found, j) == x then have = have + 1 end
    end
    if before < have then matched = matched + 1 end
  end
  return matched
end

-- multiset: share of wanted that is found; too much is not held against it. 1 if nothing is wanted.
function graded.multiset(found, wanted)
  if #wanted == 0 then return 1 end
  return common(found, wanted) / #wanted
end

-- overlap: what both have, over what either has (Jaccard index of multisets): 1 only for the very same.
function graded.overlap(found, wanted)
  local both = common(found, wanted)
  local either = #found + #wanted - both
  return either == 0 and 1 or both / either
end

-- weighted_f: F-score (1 + b^2) P R / (b^2 P + R) of precision P (share of found that was wanted) and recall R (share
-- of wanted that was found); recall counts beta (default 1) times as much (van Rijsbergen 1979).
function graded.weighted_f(found, wanted, beta)
  local b = (beta or 1) * (beta or 1)
  local both, weight = common(found, wanted), b * #wanted + #found
  if weight == 0 then return 1 end
  return (1 + b) * both / weight
end

-- max_average: for each wanted number the best similarity(wanted, found), averaged; 0 if nothing is found.
function graded.max_average(found, wanted, similarity)
  local nf, nw, sum = #found, #wanted, 0
  if nw == 0 then return 1 end
  for i = 1, nw do
    local x, best = get(wanted, i), 0
    for j = 1, nf do best = max(best, similarity(x, get(found, j))) end
    sum = sum + best
  end
  return sum / nw
end

return graded
