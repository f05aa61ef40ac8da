-- The load of wrk for `compare`: requests are prepared before the clock starts, one table look-up each while it runs.
--
--   wrk … --script load.lua URL -- MODE PIPELINE
--
-- Modes: put (PUT /v1/kv/KEY), get (GET /v1/kv/KEY), stale (the same with consistency=stale), store (POST /store),
-- batch (POST /v1/batch with 100 puts), etcd (POST /v3/kv/put, the HTTP gateway). PIPELINE requests go out at once.
-- 256-byte values that do not compress, keys drawn from 100,000 with a fixed seed. The last line of the output is
-- `RESULT ` and a JSON object; latencies in milliseconds.

local key_count, prepared_count, batch_size, value_bytes = 100000, 20000, 100, 256
local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function letter(number) return alphabet:sub(number + 1, number + 1) end

local function base64(bytes)
  local out = {}
  for i = 1, #bytes, 3 do
    local a, b, c = bytes:byte(i), bytes:byte(i + 1), bytes:byte(i + 2)
    local n = a * 65536 + (b or 0) * 256 + (c or 0)
    out[#out + 1] = letter(math.floor(n / 262144)) .. letter(math.floor(n / 4096) % 64)
      .. (b and letter(math.floor(n / 64) % 64) or "=") .. (c and letter(n % 64) or "=")
  end
  return table.concat(out)
end

local function random_key() return string.format("key%08d", math.random(0, key_count - 1)) end

local function random_value()
  local letters = {}
  for i = 1, value_bytes do letters[i] = letter(math.random(0, 61)) end
  return table.concat(letters)
end

local values, encoded_values = {}, {}
local json = { ["Content-Type"] = "application/json" }

local makers = {
  put = function(value) return wrk.format("PUT", "/v1/kv/" .. random_key(), nil, values[value]) end,
  get = function() return wrk.format("GET", "/v1/kv/" .. random_key()) end,
  stale = function() return wrk.format("GET", "/v1/kv/" .. random_key() .. "?consistency=stale") end,
  store = function(value)
    return wrk.format("POST", "/store", json, '{"key":"' .. random_key() .. '","value":"' .. values[value] .. '"}')
  end,
  batch = function(value)
    local lines = {}
    for i = 1, batch_size do
      lines[i] = '{"put":{"key":"' .. random_key() .. '","value":"' .. values[(value + i) % #values + 1] .. '"}}\n'
    end
    return wrk.format("POST", "/v1/batch", { ["Content-Type"] = "application/x-ndjson" }, table.concat(lines))
  end,
  etcd = function(value)
    local body = '{"key":"' .. base64(random_key()) .. '","value":"' .. encoded_values[value] .. '"}'
    return wrk.format("POST", "/v3/kv/put", json, body)
  end,
}

local requests, at = {}, 0

function init(arguments)
  local mode, pipeline = arguments[1], tonumber(arguments[2] or "1")
  math.randomseed(42)
  for i = 1, 64 do
    values[i] = random_value()
    encoded_values[i] = base64(values[i])
  end
  -- A batch is large: fewer of them hold as many keys.
  local count = mode == "batch" and prepared_count / batch_size * 4 or prepared_count
  for i = 1, count do
    local together = {}
    for j = 1, pipeline do together[j] = makers[mode](math.random(1, #values)) end
    requests[i] = table.concat(together)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"seconds":%.6f,"p50":%.4f,"p99":%.4f,"refused":%d,"broken":%d,"timeouts":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status, errors.connect + errors.read + errors.write, errors.timeout))
end
