/**
 * What the quota scripts share. KEYS[1] is the reservation's record, KEYS[2..] the entries' counters, all under the tenant's
 * hash tag. ARGV[1] is the time to use, or '' for Redis's own.
 *
 * Windows: hash with `n` (sum), `o` (oldest bucket that may hold something) and one field per bucket; the same algorithm as
 * sliding-window.ts. Slots and budgets: hash with `s` (in use: settled and reserved), `e` (no lease ends before), `r<id>` (a
 * reservation: amount, end of its lease, when it is forgotten) and, for budgets, `i` (when it was initialised) and `d<id>`
 * (booked without a reservation).
 *
 * Amounts of budgets are decimal text. Where Lua calculates with them it does so in two halves of nine digits, because its
 * numbers are exact to 2^53 only; HINCRBY counts in 64-bit integers.
 *
 * Commands are what a script costs, about 0.5 us each; hence one read and one write per counter.
 */
export const QUOTA_LUA = `
local call, format, match, floor, max = redis.call, string.format, string.match, math.floor, math.max
local now
if ARGV[1] == '' then
  local time = call('TIME')
  now = time[1] * 1000 + floor(time[2] / 1000)
else
  now = tonumber(ARGV[1])
end

-- Brings a window to the present. Returns its sum, its oldest bucket, the bucket to count in and what that holds.
local function readWindow(key, windowMs, bucketMs)
  local current = floor(now / bucketMs)
  local fields = call('HMGET', key, 'n', 'o', format('%.0f', current))
  if not fields[1] then return 0, current, current, 0 end
  local total, oldest = tonumber(fields[1]), tonumber(fields[2])
  local edge = floor((now - windowMs) / bucketMs)
  if edge > oldest then
    if edge >= oldest + 33 then
      call('DEL', key)
      return 0, current, current, 0
    end
    local names = {}
    for bucket = oldest, edge - 1 do names[#names + 1] = format('%.0f', bucket) end
    for _, count in ipairs(call('HMGET', key, unpack(names))) do
      if count then total = total - count end
    end
    call('HDEL', key, unpack(names))
    oldest = edge
    call('HSET', key, 'n', total, 'o', oldest)
  end
  if current >= oldest then return total, oldest, current, tonumber(fields[3] or 0) end
  return total, oldest, oldest, tonumber(call('HGET', key, format('%.0f', oldest)) or 0)
end

local function addToWindow(key, windowMs, bucketMs, amount, total, oldest, bucket, count)
  call('HSET', key, 'n', total + amount, 'o', oldest, format('%.0f', bucket), count + amount)
  -- Only a bucket's first amount can be the window's youngest.
  if count == 0 then call('PEXPIRE', key, windowMs + 2 * bucketMs) end
end

-- Slots outlive their last lease by a day; budgets end with their period.
local function keepSlots(key) call('PEXPIRE', key, 86400000) end

-- Gives back what reservations hold whose lease has ended, and forgets those that ended long ago. Called when that is due.
local function sweep(key)
  local fields = call('HGETALL', key)
  local following, isBudget
  for index = 1, #fields, 2 do
    if fields[index] == 'i' then isBudget = true end
    local amount, ends, forgotten = match(fields[index + 1], '^(%d+):(%d+):(%d+)$')
    if amount then
      local due = tonumber(ends)
      if due <= now then
        if amount ~= '0' then call('HINCRBY', key, 's', '-' .. amount) end
        due = tonumber(forgotten)
        if due <= now then
          call('HDEL', key, fields[index])
          due = nil
        else
          call('HSET', key, fields[index], '0:' .. forgotten .. ':' .. forgotten)
        end
      end
      if due and (not following or due < following) then following = due end
    end
  end
  if following then call('HSET', key, 'e', format('%.0f', following)) else call('HDEL', key, 'e') end
  if not isBudget then keepSlots(key) end
end

-- What is in use at slots or a budget, as text, and the earliest end of a lease; nil where the counter does not exist.
local function readHeld(key)
  local fields = call('HMGET', key, 's', 'e')
  if fields[2] and now >= tonumber(fields[2]) then
    sweep(key)
    fields = call('HMGET', key, 's', 'e')
  end
  return fields[1] or nil, fields[2] and tonumber(fields[2])
end
`;
