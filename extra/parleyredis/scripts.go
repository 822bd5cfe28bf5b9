package parleyredis

import "github.com/redis/go-redis/v9"

// Each script asks for the holder of the lock and acts in one step, so a holder that has lost the lock cannot change
// the conversation, however late its command arrives. ARGV[1] is the holder, a random text that no other Lock has. It
// is the fencing token.
//
// Each may run twice, because go-redis repeats a command whose reply was lost, and may run late, because a caller
// leaves when its context ends.

// renewLease lets the lock of KEYS[1] and the log of KEYS[2] last for ARGV[2] and ARGV[3] milliseconds from now on.
var renewLease = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
	return 0
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 1`)

// saveRecord replaces the record of KEYS[2] by ARGV[3] for ARGV[4] milliseconds. ARGV[2] counts the calls of Save. A
// call that arrives after the next one is ignored.
var saveRecord = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
	return 0
end
local saved = redis.call('HMGET', KEYS[2], 'holder', 'count')
if saved[1] == ARGV[1] and tonumber(saved[2]) >= tonumber(ARGV[2]) then
	return 1
end
redis.call('HSET', KEYS[2], 'holder', ARGV[1], 'count', ARGV[2], 'record', ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return 1`)

// appendLog adds the chunks from ARGV[4] on to the log of KEYS[2], which lasts for ARGV[3] milliseconds. ARGV[2] is
// the number of the first of them. Chunks that the log has already are left out. If the log has lost some that were
// appended before, the whole log is removed, so that its readers notice.
var appendLog = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
	return 0
end
local length, first = redis.call('XLEN', KEYS[2]), tonumber(ARGV[2])
if length < first - 1 then
	redis.call('DEL', KEYS[2])
	return 2
end
for i = 4, #ARGV do
	local number = first + i - 4
	if number > length then
		redis.call('XADD', KEYS[2], number .. '-1', 'chunk', ARGV[i])
	end
end
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 1`)

// unlockLease removes the lock of KEYS[1] and ends the log of KEYS[2], which its readers have ARGV[2] milliseconds to
// read.
var unlockLease = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
	return 0
end
redis.call('DEL', KEYS[1])
local length = redis.call('XLEN', KEYS[2])
if length > 0 then
	redis.call('XADD', KEYS[2], (length + 1) .. '-1', 'end', length)
	redis.call('PEXPIRE', KEYS[2], ARGV[2])
end
return 1`)
