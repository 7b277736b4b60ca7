-- Formulas over named propositions, as text: what `machine` and `ltl` read. Not for terms: it works while a script
-- loads.
--
--   formula   = and { "|" and }            and = until { "&" until }
--   until     = unary [ "U" until ]        unary = ("!" | "X" | "F" | "G") unary | "(" formula ")" | name | true | false
--
-- U, X, F and G are for ltl only. A tree is { op, at = character, ... }: "name" with index, "true", "false", "!", "X",
-- "F", "G" with a; "&", "|", "U" with a and b.
local formula = {}
local byte, sub = string.byte, string.sub

-- Stops with a message that shows where in the formula it is.
function formula.fail(text, at, message)
  error("in `" .. text .. "`, character " .. at .. ": " .. message)
end

local temporal_ops = { X = true, F = true, G = true, U = true }
local symbols = { ["("] = true, [")"] = true, ["!"] = true, ["&"] = true, ["|"] = true }
local function is_letter(c) return c and (c >= 65 and c <= 90 or c >= 97 and c <= 122 or c == 95) end
local function is_digit(c) return c and c >= 48 and c <= 57 end

local function tokens_of(text)
  local tokens, i = {}, 1
  while i <= #text do
    local c = byte(text, i)
    local first = i
    if is_letter(c) then
      while is_letter(byte(text, i)) or is_digit(byte(text, i)) do i = i + 1 end
    elseif c == 32 or c == 9 or c == 10 then
      first = nil
      i = i + 1
    elseif symbols[sub(text, i, i)] then
      i = i + 1
      -- && and || as other languages write them
      if (c == 38 or c == 124) and byte(text, i) == c then i = i + 1 end
    else
      formula.fail(text, i, "`" .. sub(text, i, i) .. "` means nothing here; use names, ! & | and parentheses")
    end
    if first then tokens[#tokens + 1] = { text = sub(text, first, symbols[sub(text, first, first)] and first or i - 1), at = first } end
  end
  tokens[#tokens + 1] = { text = "", at = #text + 1 }
  return tokens
end

-- The tree of a text. `index` maps the names of propositions to numbers; used[name] is set for those that occur.
function formula.parse(text, index, used, temporal)
  assert(type(text) == "string", "a formula is a text, such as \"key & !door\"")
  local tokens, at = tokens_of(text), 1
  local parse_or

  local function name(token)
    if token.text == "true" or token.text == "false" then return { op = token.text, at = token.at } end
    if token.text == "" then formula.fail(text, token.at, "the formula ends too early") end
    if not is_letter(byte(token.text, 1)) then
      formula.fail(text, token.at, "a proposition should stand here, not `" .. token.text .. "`")
    end
    if not index[token.text] then
      if temporal_ops[token.text] then
        formula.fail(text, token.at, temporal and "`" .. token.text .. "` needs a formula on each side"
                     or "`" .. token.text .. "` speaks of later steps; a transition sees one step only (ltl has it)")
      end
      local names = {}
      for known in pairs(index) do names[#names + 1] = known end
      formula.fail(text, token.at, "`" .. token.text .. "` is not a proposition; props has " .. table.concat(names, ", "))
    end
    used[token.text] = true
    return { op = "name", index = index[token.text], name = token.text, at = token.at }
  end
  local function unary()
    local token = tokens[at]
    at = at + 1
    if token.text == "!" or temporal and (token.text == "X" or token.text == "F" or token.text == "G") then
      local a = unary()
      return { op = token.text, a = a, at = token.at }
    elseif token.text == "(" then
      local inside = parse_or()
      if tokens[at].text ~= ")" then formula.fail(text, token.at, "this parenthesis is never closed") end
      at = at + 1
      return inside
    end
    return (name(token))
  end
  local function binary(op, operand, right)
    local a = operand()
    while tokens[at].text == op do
      local place = tokens[at].at
      at = at + 1
      local b = right and right() or operand()
      a = { op = op, a = a, b = b, at = place }
    end
    return a
  end
  local function parse_until()
    if not temporal then return (unary()) end
    return (binary("U", unary, parse_until))
  end
  local function parse_and() return (binary("&", parse_until)) end
  parse_or = function() return (binary("|", parse_and)) end

  local tree = parse_or()
  if tokens[at].text ~= "" then
    formula.fail(text, tokens[at].at, "`" .. tokens[at].text .. "` should not be here; join formulas with & or |")
  end
  return tree
end

-- Whether a tree without X, F, G and U holds; set[i] is whether proposition i does.
function formula.holds(tree, set)
  local op = tree.op
  if op == "name" then return set[tree.index] end
  if op == "true" or op == "false" then return op == "true" end
  if op == "!" then return not formula.holds(tree.a, set) end
  if op == "&" then return formula.holds(tree.a, set) and formula.holds(tree.b, set) end
  return formula.holds(tree.a, set) or formula.holds(tree.b, set)
end

-- As text, with the parentheses that it needs.
local strength = { ["|"] = 1, ["&"] = 2, U = 3 }
function formula.show(tree, outer)
  local op, text = tree.op, nil
  if op == "name" then return tree.name end
  if op == "true" or op == "false" then return op end
  local own = strength[op]
  if not own then
    text = formula.show(tree.a, 4)
    return op == "!" and "!" .. text or op .. " " .. text
  end
  text = formula.show(tree.a, own + (op == "U" and 1 or 0)) .. " " .. op .. " " .. formula.show(tree.b, own)
  if outer and outer > own then return "(" .. text .. ")" end
  return text
end

return formula
