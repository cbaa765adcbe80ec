-- Settles a hold of the leaf's with at most its amount; the rest goes back.
-- KEYS: leaf, middle, top, the hold, the audit log. ARGV: amount.
local amount = tonumber(ARGV[1])
local hold = redis.call('HMGET', KEYS[4], 'node', 'amount', 'state')
if hold[1] ~= KEYS[1] then return redis.error_reply('NOTFOUND ' .. KEYS[4]) end
if hold[3] ~= 'held' then return redis.error_reply('CONFLICT ' .. KEYS[4]) end
if amount > tonumber(hold[2]) then return redis.error_reply('BUDGET ' .. KEYS[4]) end
-- One HSET for each level goes into the log, where HINCRBY would put two.
for level = 1, 3 do
  local node = redis.call('HMGET', KEYS[level], 'settled', 'held')
  redis.call('HSET', KEYS[level], 'settled', string.format('%.0f', node[1] + amount),
    'held', string.format('%.0f', node[2] - hold[2]))
end
redis.call('HSET', KEYS[4], 'state', 'settled', 'settled', ARGV[1])
local time = redis.call('TIME')
redis.call('RPUSH', KEYS[5], string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
  .. ' settle ' .. KEYS[1] .. ' ' .. KEYS[4] .. ' ' .. ARGV[1])
return redis.status_reply('SETTLED')
