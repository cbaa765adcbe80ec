-- Settles a hold of the leaf's with at most its amount; the rest goes back.
-- KEYS: leaf, middle, top, the hold, the audit log. ARGV: amount.
local amount = tonumber(ARGV[1])
local hold = redis.call('HMGET', KEYS[4], 'node', 'amount', 'state')
if hold[1] ~= KEYS[1] then return redis.error_reply('NOTFOUND ' .. KEYS[4]) end
if hold[3] ~= 'held' then return redis.error_reply('CONFLICT ' .. KEYS[4]) end
if amount > tonumber(hold[2]) then return redis.error_reply('BUDGET ' .. KEYS[4]) end
for level = 1, 3 do
  redis.call('HINCRBY', KEYS[level], 'held', -hold[2])
  redis.call('HINCRBY', KEYS[level], 'settled', amount)
end
redis.call('HSET', KEYS[4], 'state', 'settled', 'settled', amount)
redis.call('XADD', KEYS[5], '*', 'action', 'settle', 'node', KEYS[1], 'hold', KEYS[4],
  'amount', amount)
return redis.status_reply('SETTLED')
