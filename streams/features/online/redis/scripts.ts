/** The scripts by which newer wins: Redis runs each whole, before anything else. A set is one hash. */

/** The fields of a set's hash, besides one for each entity. */
export const HEAD = 'h'
export const POSITION = 'p'
export const ENTITY = 'e:'

/** KEYS: set. ARGV: position, base, then fields and values. */
export const UPDATE = `
local at = redis.call('HGET', KEYS[1], '${POSITION}')
if not at then return 'gap' end
if tonumber(at) >= tonumber(ARGV[1]) then return 'older' end
if tonumber(at) < tonumber(ARGV[2]) then return 'gap' end
for i = 3, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
return 'written'`

/** KEYS: set, what comes into its place. ARGV: position, over. */
export const REPLACE = `
local at = redis.call('HGET', KEYS[1], '${POSITION}')
if ARGV[2] == 'older' and at and tonumber(at) > tonumber(ARGV[1]) then
  redis.call('DEL', KEYS[2])
  return 'older'
end
redis.call('PERSIST', KEYS[2])
redis.call('RENAME', KEYS[2], KEYS[1])
return 'written'`
