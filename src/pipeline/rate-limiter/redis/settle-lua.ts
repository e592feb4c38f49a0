import { QUOTA_LUA } from './quota-lua.js';

/**
 * Corrects reservations of a tenant to what was used, each once. KEYS: any number. ARGV: time, and as JSON for each settlement
 * [id, key of its record, when it was reserved, how many milliseconds ago it was settled, lease, entries], each entry
 * [kind, key, difference to what was reserved, actual amount, window]. Keys are given by their number.
 *
 * A budget books what has no reservation there in one case: its counter was initialised after the reservation (it was lost,
 * or the reservation was made elsewhere) and before the request was settled, so that the ledger did not know it yet.
 */
export const SETTLE_LUA = `${QUOTA_LUA}
local function settleWindow(key, madeAt, difference, windowMs)
  local bucketMs = math.ceil(windowMs / 32)
  local total, oldest, current, count = readWindow(key, windowMs, bucketMs)
  if difference > 0 then
    addToWindow(key, windowMs, bucketMs, difference, total, oldest, current, count)
    return
  end
  local bucket = floor(madeAt / bucketMs)
  local name = format('%.0f', bucket)
  local held = bucket >= oldest and call('HGET', key, name)
  if held then call('HSET', key, name, held + difference, 'n', total + difference) end
end

-- More than 64 bits can hold is refused by Redis; the other entries are settled all the same.
local function book(key, amount) redis.pcall('HINCRBY', key, 's', amount) end

local function settleHeld(settlement, key, kind, difference, actual)
  local id, reservedAt, settledAt, ends = settlement[1], settlement[3], now - settlement[4], now + settlement[5]
  local field = 'r' .. id
  local fields = call('HMGET', key, field, 'e', 'i')
  if fields[2] and now >= tonumber(fields[2]) then
    sweep(key)
    fields = call('HMGET', key, field, 'e', 'i')
  end
  if fields[1] then
    call('HDEL', key, field)
    -- Given back already when its lease ended: then all that was used is new.
    local ended, forgotten = match(fields[1], ':(%d+):(%d+)$')
    book(key, ended == forgotten and actual or difference)
  elseif kind == 'b' and fields[3] then
    local initialised, record = tonumber(fields[3]), format('0:%.0f:%.0f', ends, ends)
    local wasBetween = reservedAt < initialised and initialised <= settledAt
    if wasBetween and call('HSETNX', key, 'd' .. id, record) == 1 then
      book(key, actual)
      if not fields[2] or ends < tonumber(fields[2]) then call('HSET', key, 'e', format('%.0f', ends)) end
    end
  end
end

for _, settlement in ipairs(cjson.decode(ARGV[2])) do
  local madeAt, forgottenAt = match(call('GETDEL', KEYS[settlement[2]]) or '', '^(%d+):(%d+)$')
  local isKnown = madeAt and now < tonumber(forgottenAt)
  for _, entry in ipairs(settlement[6]) do
    local kind, key = entry[1], KEYS[entry[2]]
    if kind ~= 'w' then settleHeld(settlement, key, kind, entry[3], entry[4])
    elseif isKnown then settleWindow(key, madeAt, entry[3], entry[5]) end
  end
end
return 1
`;

/** Begins a lease anew. ARGV: time, id, lease, time for late settlements, then each entry's kind. */
export const RENEW_LUA = `${QUOTA_LUA}
local id, lease, late = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local ends = now + lease
local madeAt = match(call('GET', KEYS[1]) or '', '^(%d+):')
if madeAt then call('SET', KEYS[1], madeAt .. format(':%.0f', ends + late), 'PX', lease + late) end
for index = 1, #KEYS - 1 do
  local key, field = KEYS[index + 1], 'r' .. id
  if readHeld(key) then
    local amount, ended, forgotten = match(call('HGET', key, field) or '', '^(%d+):(%d+):(%d+)$')
    if amount and ended ~= forgotten then
      call('HSET', key, field, amount .. format(':%.0f:%.0f', ends, ends + late))
      if ARGV[4 + index] == 'c' then keepSlots(key) end
    end
  end
end
return 1
`;

/** KEYS[1] a budget's counter. ARGV: time, spent, when the ledger was read (milliseconds ago), when it may be forgotten. */
export const INITIALISE_LUA = `${QUOTA_LUA}
if call('HSETNX', KEYS[1], 's', ARGV[2]) == 1 then
  call('HSET', KEYS[1], 'i', format('%.0f', now - ARGV[3]))
  call('PEXPIREAT', KEYS[1], ARGV[4])
end
return 1
`;
