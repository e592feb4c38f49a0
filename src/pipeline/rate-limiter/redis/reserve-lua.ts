import { QUOTA_LUA } from './quota-lua.js';

/**
 * Checks all entries, and only when all fit counts all. ARGV: time, id, lease, time for late settlements, then for each entry kind, limit, amount and
 * the window or (budgets) whether it is hard.
 *
 * Answers [0, time, states...] reserved, [1, index, retryAfterMs, states...] refused, [2, indexes...] uninitialised. A state
 * is two values: what is left and milliseconds to empty; of a budget what was spent before, as text, and whether the amount
 * was added to it.
 */
export const RESERVE_LUA = `${QUOTA_LUA}
-- In halves of nine digits: Lua's numbers are exact to 2^53 only.
local function split(text)
  if #text <= 9 then return 0, tonumber(text) end
  return tonumber(string.sub(text, 1, -10)), tonumber(string.sub(text, -9))
end

local function exceeds(spent, amount, limit)
  local spentHigh, spentLow = split(spent)
  local amountHigh, amountLow = split(amount)
  local limitHigh, limitLow = split(limit)
  local high, low = spentHigh + amountHigh, spentLow + amountLow
  if low >= 1000000000 then high, low = high + 1, low - 1000000000 end
  return high > limitHigh or (high == limitHigh and low > limitLow)
end

-- Milliseconds until enough of a window has left.
local function findWait(key, entry)
  local left = entry.total
  for bucket = entry.oldest, entry.current do
    local count = redis.call('HGET', key, string.format('%.0f', bucket))
    if count then left = left - tonumber(count) end
    if left + entry.amount <= entry.limit then return (bucket + 1) * entry.bucketMs + entry.windowMs - now end
  end
  return entry.windowMs
end

local id, lease, late = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local isKnown = redis.call('EXISTS', KEYS[1]) == 1
local entries, missing, refused, retryAfter = {}, {}, nil, 0

for index = 1, #KEYS - 1 do
  local key, at = KEYS[index + 1], 1 + index * 4
  local entry = { kind = ARGV[at], limit = ARGV[at + 1], amount = ARGV[at + 2] }
  local fits, wait = true, 0
  if entry.kind == 'w' then
    entry.limit, entry.amount = tonumber(entry.limit), tonumber(entry.amount)
    entry.windowMs = tonumber(ARGV[at + 3])
    entry.bucketMs = math.ceil(entry.windowMs / 32)
    entry.total, entry.oldest, entry.current = readWindow(key, entry.windowMs, entry.bucketMs)
    fits = entry.total + entry.amount <= entry.limit
    if not fits and not isKnown then wait = findWait(key, entry) end
  elseif entry.kind == 'c' then
    entry.limit = tonumber(entry.limit)
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
    entry.total = redis.call('ZCARD', key)
    fits = entry.total < entry.limit
    wait = 1000
  else
    sweepBudget(key)
    entry.total = redis.call('HGET', key, 's')
    if not entry.total then missing[#missing + 1] = index - 1
    else fits = not exceeds(entry.total, entry.amount, ARGV[at + 3] == '1' and entry.limit or '9200000000000000000') end
  end
  if not fits and not isKnown then
    if not refused then refused = index - 1 end
    if wait > retryAfter then retryAfter = wait end
  end
  entries[index] = entry
end

if #missing > 0 then return { 2, unpack(missing) } end

local reply = refused and { 1, refused, retryAfter } or { 0, now }
local commits = not refused and not isKnown
for index, entry in ipairs(entries) do
  local key = KEYS[index + 1]
  if entry.kind == 'w' then
    local total = entry.total
    if commits then
      addToWindow(key, entry.current, entry.amount, total, entry.oldest, entry.windowMs, entry.bucketMs)
      total = total + entry.amount
    end
    reply[#reply + 1] = math.max(0, entry.limit - total)
    reply[#reply + 1] = total > 0 and (entry.current + 1) * entry.bucketMs + entry.windowMs - now or 0
  elseif entry.kind == 'c' then
    if commits then
      redis.call('ZADD', key, now + lease, id)
      redis.call('PEXPIRE', key, 86400000)
      entry.total = entry.total + 1
    end
    reply[#reply + 1] = math.max(0, entry.limit - entry.total)
    reply[#reply + 1] = 0
  else
    if commits then
      redis.call('HINCRBY', key, 's', entry.amount)
      local ends = now + lease
      redis.call('HSET', key, 'r' .. id, entry.amount .. string.format(':%.0f:%.0f', ends, ends + late))
      noteLease(key, ends)
    end
    reply[#reply + 1] = entry.total
    reply[#reply + 1] = commits and 1 or 0
  end
end
if commits then
  redis.call('SET', KEYS[1], string.format('%.0f:%.0f', now, now + lease + late), 'PX', lease + late)
end
return reply
`;
