import { QUOTA_LUA } from './quota-lua.js';

/**
 * Checks all entries, and only when all fit counts all. ARGV: time, id, lease, time for late settlements, and as JSON for each
 * entry [kind, limit, amount, window or (slots and budgets) limit that refuses]. A key behind the entries' is the cache's: its
 * value is part of the answer, because a pipeline of two commands costs the caller 30 us more than one command.
 *
 * Answers [0, cached, time, states...] reserved, [1, cached, index, retryAfterMs, states...] refused, [2, cached, indexes...]
 * uninitialised. A state is two values: what is left and milliseconds to empty; of a budget what was in use before, as text,
 * and whether the amount was added to it.
 */
export const RESERVE_LUA = `${QUOTA_LUA}
local function split(text)
  if #text <= 9 then return 0, tonumber(text) end
  return tonumber(string.sub(text, 1, -10)), tonumber(string.sub(text, -9))
end

-- The sum of two amounts, as halves.
local function add(one, other)
  local high, low = split(one)
  local otherHigh, otherLow = split(other)
  high, low = high + otherHigh, low + otherLow
  if low >= 1000000000 then return high + 1, low - 1000000000 end
  return high, low
end

local function exceeds(high, low, limit)
  local limitHigh, limitLow = split(limit)
  return high > limitHigh or (high == limitHigh and low > limitLow)
end

local function join(high, low)
  if high == 0 then return format('%.0f', low) end
  return format('%.0f%09.0f', high, low)
end

-- Milliseconds until enough of a window has left.
local function findWait(key, entry)
  local left = entry.total
  for bucket = entry.oldest, entry.bucket do
    local count = call('HGET', key, format('%.0f', bucket))
    if count then left = left - count end
    if left + entry.amount <= entry.limit then return (bucket + 1) * entry.bucketMs + entry.windowMs - now end
  end
  return entry.windowMs
end

local id, lease, late = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local ends = now + lease
-- Taken back below when something refuses: that is rarer than asking first whether it is there.
local made = format('%.0f:%.0f', now, ends + late)
local isKnown = not call('SET', KEYS[1], made, 'PX', lease + late, 'NX')
local entries = cjson.decode(ARGV[5])
local cacheKey = KEYS[#entries + 2]
local cached = cacheKey and call('GET', cacheKey) or false
local missing, refused, retryAfter = {}, nil, 0

for index, entry in ipairs(entries) do
  local key, fits, wait = KEYS[index + 1], true, 0
  entry.kind, entry.limit, entry.amount = entry[1], entry[2], entry[3]
  if entry.kind == 'w' then
    entry.windowMs = entry[4]
    entry.bucketMs = math.ceil(entry.windowMs / 32)
    entry.total, entry.oldest, entry.bucket, entry.count = readWindow(key, entry.windowMs, entry.bucketMs)
    fits = entry.total + entry.amount <= entry.limit
    if not fits and not isKnown then wait = findWait(key, entry) end
  else
    entry.held, entry.earliest = readHeld(key)
    if entry.held or entry.kind == 'c' then
      entry.high, entry.low = add(entry.held or '0', entry.amount)
      fits = not exceeds(entry.high, entry.low, entry[4])
      if entry.kind == 'c' then wait = 1000 end
    else
      missing[#missing + 1] = index - 1
    end
  end
  if not fits and not isKnown then
    if not refused then refused = index - 1 end
    if wait > retryAfter then retryAfter = wait end
  end
end

if not isKnown and (refused or #missing > 0) then call('DEL', KEYS[1]) end
if #missing > 0 then return { 2, cached, unpack(missing) } end

local reply = refused and { 1, cached, refused, retryAfter } or { 0, cached, now }
local commits = not refused and not isKnown
for index, entry in ipairs(entries) do
  local key = KEYS[index + 1]
  if entry.kind == 'w' then
    local total = entry.total
    if commits then
      addToWindow(key, entry.windowMs, entry.bucketMs, entry.amount, total, entry.oldest, entry.bucket, entry.count)
      total = total + entry.amount
    end
    reply[#reply + 1] = max(0, entry.limit - total)
    reply[#reply + 1] = total > 0 and (entry.bucket + 1) * entry.bucketMs + entry.windowMs - now or 0
  else
    if commits then
      local held = join(entry.high, entry.low)
      local record = entry.amount .. format(':%.0f:%.0f', ends, ends + late)
      if entry.earliest and entry.earliest <= ends then call('HSET', key, 's', held, 'r' .. id, record)
      else
        call('HSET', key, 's', held, 'r' .. id, record, 'e', format('%.0f', ends))
        if entry.kind == 'c' then keepSlots(key) end
      end
    end
    if entry.kind == 'c' then
      reply[#reply + 1] = max(0, entry.limit - (entry.held or 0) - (commits and 1 or 0))
      reply[#reply + 1] = 0
    else
      reply[#reply + 1] = entry.held
      reply[#reply + 1] = commits and 1 or 0
    end
  end
end
return reply
`;
