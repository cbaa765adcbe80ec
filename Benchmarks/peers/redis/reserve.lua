-- Reserves an amount on a leaf, the node above it and the top, if every limit admits it.
-- KEYS: leaf, middle, top, the hold, the audit log. ARGV: amount, lifetime in milliseconds.
local amount = tonumber(ARGV[1])
for level = 1, 3 do
  local node = redis.call('HMGET', KEYS[level], 'limit', 'settled', 'held')
  if not node[1] then return redis.error_reply('NOTFOUND ' .. KEYS[level]) end
  if node[2] + node[3] + amount > tonumber(node[1]) then
    return redis.error_reply('BUDGET ' .. KEYS[level])
  end
end
for level = 1, 3 do redis.call('HINCRBY', KEYS[level], 'held', ARGV[1]) end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[4], 'node', KEYS[1], 'amount', ARGV[1], 'state', 'held',
  'expires_at_ms', string.format('%.0f', now + ARGV[2]))
redis.call('RPUSH', KEYS[5], string.format('%.0f', now) .. ' reserve ' .. KEYS[1] .. ' '
  .. KEYS[4] .. ' ' .. ARGV[1])
return redis.status_reply('RESERVED')
