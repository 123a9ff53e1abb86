-- Runs a pre-function of Kong on each Authorization header of standard input, with what Kong's sandbox has and no more.
-- Arguments: the file of the function. Output: a line for each header, the status of the early exit or "passed".
local cjson_safe = require "cjson.safe"
local headers

local digits = {}
for at = 1, 64 do
  digits[("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"):byte(at)] = at - 1
end

local function decode_base64(text)
  if #text % 4 ~= 0 or text:find("[^A-Za-z0-9+/=]") then return nil end
  local bits, count, bytes = 0, 0, {}
  for at = 1, #text do
    local digit = digits[text:byte(at)]
    if not digit then break end
    bits, count = bits * 64 + digit, count + 6
    if count >= 8 then
      count = count - 8
      bytes[#bytes + 1] = string.char(math.floor(bits / 2 ^ count))
      bits = bits % 2 ^ count
    end
  end
  return table.concat(bytes)
end

local environment = {
  type = type, ipairs = ipairs, string = string,
  require = function(name)
    assert(name == "cjson.safe", name)
    return cjson_safe
  end,
  ngx = { decode_base64 = decode_base64 },
  kong = {
    request = { get_headers = function() return headers end },
    response = { exit = function(status) error({ status = status }) end },
  },
}

local chunk = assert(loadfile(arg[1]))
setfenv(chunk, environment)
local check = chunk()
for line in io.lines() do
  headers = { authorization = line ~= "" and line or nil }
  local passed, exit = pcall(check)
  print(passed and "passed" or type(exit) == "table" and exit.status or exit)
end
