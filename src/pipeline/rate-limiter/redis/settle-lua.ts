import { QUOTA_LUA } from './quota-lua.js';

/**
 * Corrects a reservation to what was used, once. ARGV: time, id, when it was reserved, how many milliseconds ago it was
 * settled, lease, then for each entry kind, reserved amount, actual amount and window.
 *
 * A budget books what has no reservation there in one case: its counter was initialised after the reservation (it was lost,
 * or the reservation was made elsewhere) and before the request was settled, so that the ledger did not know it yet.
 */
export const SETTLE_LUA = `${QUOTA_LUA}
local id, reservedAt, settledAt, lease = ARGV[2], tonumber(ARGV[3]), now - tonumber(ARGV[4]), tonumber(ARGV[5])
local record = redis.call('GET', KEYS[1])
if record then
  redis.call('DEL', KEYS[1])
  local madeAt, forgotten = string.match(record, '^(%d+):(%d+)$')
  record = now < tonumber(forgotten) and tonumber(madeAt) or nil
end

local function settleWindow(key, reserved, actual, windowMs)
  local bucketMs = math.ceil(windowMs / 32)
  local total, oldest, current = readWindow(key, windowMs, bucketMs)
  if actual > reserved then
    addToWindow(key, current, actual - reserved, total, oldest, windowMs, bucketMs)
    return
  end
  local bucket = math.max(math.floor(record / bucketMs), 0)
  local name = string.format('%.0f', bucket)
  if bucket < oldest or redis.call('HEXISTS', key, name) == 0 then return end
  redis.call('HINCRBY', key, name, actual - reserved)
  redis.call('HSET', key, 'n', total + actual - reserved)
end

local function settleBudget(key, actual)
  sweepBudget(key)
  local fields = redis.call('HMGET', key, 's', 'r' .. id, 'i')
  if not fields[1] then return end
  if fields[2] then
    redis.call('HDEL', key, 'r' .. id)
    redis.pcall('HINCRBY', key, 's', '-' .. string.match(fields[2], '^%d+'))
    redis.pcall('HINCRBY', key, 's', actual)
    return
  end
  local initialised = tonumber(fields[3])
  if reservedAt < initialised and initialised <= settledAt and redis.call('HEXISTS', key, 'd' .. id) == 0 then
    redis.call('HSET', key, 'd' .. id, string.format('0:%.0f:%.0f', now + lease, now + lease))
    redis.pcall('HINCRBY', key, 's', actual)
    noteLease(key, now + lease)
  end
end

for index = 1, #KEYS - 1 do
  local key, at = KEYS[index + 1], 2 + index * 4
  local kind = ARGV[at]
  if kind == 'w' then
    if record then settleWindow(key, tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])) end
  elseif kind == 'c' then redis.call('ZREM', key, id)
  else settleBudget(key, ARGV[at + 2]) end
end
return 1
`;

/** Begins a lease anew. ARGV: time, id, lease, time for late settlements, then each entry's kind. */
export const RENEW_LUA = `${QUOTA_LUA}
local id, lease, late = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local ends = now + lease
local record = redis.call('GET', KEYS[1])
if record then
  local madeAt = string.match(record, '^(%d+):')
  redis.call('SET', KEYS[1], madeAt .. string.format(':%.0f', ends + late), 'PX', lease + late)
end
for index = 1, #KEYS - 1 do
  local key, kind = KEYS[index + 1], ARGV[4 + index]
  if kind == 'c' then
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
    redis.call('ZADD', key, 'XX', ends, id)
    redis.call('PEXPIRE', key, 86400000)
  elseif kind == 'b' then
    sweepBudget(key)
    local held = redis.call('HGET', key, 'r' .. id)
    local amount, ended, forgotten = string.match(held or '', '^(%d+):(%d+):(%d+)$')
    if amount and ended ~= forgotten then
      redis.call('HSET', key, 'r' .. id, amount .. string.format(':%.0f:%.0f', ends, ends + late))
    end
  end
end
return 1
`;

/** KEYS[1] a budget's counter. ARGV: time, spent, when the ledger was read (milliseconds ago), when it may be forgotten. */
export const INITIALISE_LUA = `${QUOTA_LUA}
if redis.call('HSETNX', KEYS[1], 's', ARGV[2]) == 1 then
  redis.call('HSET', KEYS[1], 'i', string.format('%.0f', now - tonumber(ARGV[3])))
  redis.call('PEXPIREAT', KEYS[1], ARGV[4])
end
return 1
`;
