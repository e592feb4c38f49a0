/**
 * What the quota scripts share. KEYS[1] is the reservation's record, KEYS[2..] the entries' counters, all under the tenant's
 * hash tag. ARGV[1] is the time to use, or '' for Redis's own.
 *
 * Windows: hash with `n` (sum), `o` (oldest bucket that may hold something) and one field per bucket; the same algorithm as
 * sliding-window.ts. Slots: sorted set of reservation ids by the end of their lease. Budgets: hash with `s` (spent and
 * reserved), `i` (when it was initialised), `e` (no lease ends before), `r<id>` (a reservation: amount, end of its lease,
 * when it is forgotten) and `d<id>` (booked without a reservation).
 *
 * Amounts of budgets are decimal text and only HINCRBY, which counts in 64-bit integers, adds them; where Lua has to compare,
 * it compares two halves, because its numbers are exact to 2^53 only.
 */
export const QUOTA_LUA = `
local now
if ARGV[1] == '' then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
else
  now = tonumber(ARGV[1])
end

-- Brings a window to the present. Returns its sum, its oldest bucket and the current one.
local function readWindow(key, windowMs, bucketMs)
  local fields = redis.call('HMGET', key, 'n', 'o')
  local current = math.floor(now / bucketMs)
  if not fields[1] then return 0, current, current end
  local total, oldest = tonumber(fields[1]), tonumber(fields[2])
  local edge = math.floor((now - windowMs) / bucketMs)
  if edge > oldest then
    if edge >= oldest + 33 then
      redis.call('DEL', key)
      return 0, current, current
    end
    local names = {}
    for bucket = oldest, edge - 1 do names[#names + 1] = string.format('%.0f', bucket) end
    for _, count in ipairs(redis.call('HMGET', key, unpack(names))) do
      if count then total = total - tonumber(count) end
    end
    redis.call('HDEL', key, unpack(names))
    oldest = edge
    redis.call('HSET', key, 'n', total, 'o', oldest)
  end
  return total, oldest, math.max(current, oldest)
end

local function addToWindow(key, bucket, amount, total, oldest, windowMs, bucketMs)
  local name = string.format('%.0f', bucket)
  local count = redis.call('HINCRBY', key, name, amount)
  redis.call('HSET', key, 'n', total + amount, 'o', oldest)
  -- Only a bucket's first amount can be the window's youngest.
  if count == amount then redis.call('PEXPIRE', key, windowMs + 2 * bucketMs) end
end

-- Gives back what reservations of a budget hold whose lease has ended, and forgets those that ended long ago.
local function sweepBudget(key)
  local earliest = redis.call('HGET', key, 'e')
  if not earliest or now < tonumber(earliest) then return end
  local fields = redis.call('HGETALL', key)
  local following
  for index = 1, #fields, 2 do
    local amount, ends, forgotten = string.match(fields[index + 1], '^(%d+):(%d+):(%d+)$')
    if amount then
      local due = tonumber(ends)
      if due <= now then
        if amount ~= '0' then redis.call('HINCRBY', key, 's', '-' .. amount) end
        due = tonumber(forgotten)
        if due <= now then
          redis.call('HDEL', key, fields[index])
          due = nil
        else
          redis.call('HSET', key, fields[index], '0:' .. forgotten .. ':' .. forgotten)
        end
      end
      if due and (not following or due < following) then following = due end
    end
  end
  if following then redis.call('HSET', key, 'e', string.format('%.0f', following)) else redis.call('HDEL', key, 'e') end
end

-- A lease that ends before all others is the next one to look for.
local function noteLease(key, ends)
  local earliest = redis.call('HGET', key, 'e')
  if not earliest or ends < tonumber(earliest) then redis.call('HSET', key, 'e', string.format('%.0f', ends)) end
end
`;
