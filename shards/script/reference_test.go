package script_test

import (
	"bytes"
	"regexp"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestAgainstReference runs scripts there and here. Left out is what Redis 7.0 words
// otherwise than Valkey 9, which no longer names the product in its errors, has the
// library os and lets a script call what might block.
func TestAgainstReference(t *testing.T) {
	reference := testkit.MustDial(t, testkit.Redis(t))
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		for _, setup := range [][]string{{"FLUSHALL"}, {"SET", "str", "x"}} {
			c.Want(t, string(testkit.Must(reference.Do(setup...))(t)), setup...)
		}
		for _, s := range scripts {
			args := append([]string{"EVAL"}, s...)
			want := testkit.Must(reference.Do(args...))(t)
			want = bytes.Replace(named.ReplaceAll(want, []byte("script: on")), []byte("This Redis command"), []byte("This Valkey command"), 1)
			c.Want(t, string(want), args...)
		}
	})
}

// named is how Redis tells of the script that failed.
var named = regexp.MustCompile("script: [0-9a-f]{40}, on")

// scripts are what follows EVAL.
var scripts = [][]string{
	{`return 1`, `0`},
	{`return {1,'a',false,{ok='x'},2.9}`, `0`},
	{`return redis.call('set',KEYS[1],ARGV[1])`, `1`, `k`, `v`},
	{`return redis.call('get',KEYS[1])`, `1`, `k`},
	{`return redis.call('get','other')`, `0`},
	{`redis.call('set','zz1',1) redis.call('set','zz2',2) return redis.call('mget','zz1','zz2')`, `0`},
	{`return redis.call('incr',KEYS[1])`, `1`, `k`},
	{`return redis.pcall('incr',KEYS[1])`, `1`, `k`},
	{`return {pcall(redis.call,'incr',KEYS[1])}`, `1`, `k`},
	{`return redis.error_reply('My Err')`, `0`},
	{`return redis.error_reply('-X y')`, `0`},
	{`return redis.error_reply('Err')`, `0`},
	{`return redis.status_reply('fine')`, `0`},
	{`error('boom')`, `0`},
	{`error({err='ERR my'})`, `0`},
	{`return foo`, `0`},
	{`foo=1`, `0`},
	{`redis.foo=1`, `0`},
	{`return string.format('%5d|%s', 3, 'x')`, `0`},
	{`return {1,nil,3}`, `0`},
	{`return nil`, `0`},
	{`return true`, `0`},
	{`return {false,true}`, `0`},
	{`return redis.sha1hex('')`, `0`},
	{`return math.random()`, `0`},
	{`return cjson.encode({a=1})`, `0`},
	{`return cjson.encode({1,2,{x='y'}, 1.5, 1e20})`, `0`},
	{`return cjson.decode('{"a":[1,2,{"b":null}],"c":"d"}')['a'][2]`, `0`},
	{`return bit.band(7,3)`, `0`},
	{`return bit.tohex(255,4)`, `0`},
	{`return cmsgpack.unpack(cmsgpack.pack({1,2,3}))`, `0`},
	{`return struct.unpack('>I2', struct.pack('>I2', 513))`, `0`},
	{`return #KEYS`, `2`, `a`, `b`},
	{`return tostring(redis.REPL_ALL)`, `0`},
	{`return print`, `0`},
	{`return #ARGV`, `0`, `a`, `b`},
	{`return 3.99`, `0`},
	{`redis.call('set',KEYS[1],9007199254740991) return redis.call('get',KEYS[1])`, `1`, `a`},
	{`redis.call('set',KEYS[1],-1e16) return redis.call('get',KEYS[1])`, `1`, `a`},
	{`redis.call('set',KEYS[1],-3.5) return redis.call('get',KEYS[1])`, `1`, `a`},
	{`local t = {} for i, v in ipairs(ARGV) do t[i] = tostring(tonumber(v)) end return t`, `0`, `1e5`, `1e-3`, ` 12 `, `0x1F`, ``, ` `, `x`, `1.5`, `-7`, `1 2`, `1e`, `.5`, `5.`, `12a`},
	{`return {tonumber("inf") == math.huge and 1, tonumber("1e400") == math.huge and 1}`, `0`},
	{`return {tonumber('ff', 16), tonumber('777', 8), tostring(tonumber('9', 8)), tonumber(3.7), tostring(tonumber({})), tostring(tonumber(nil)), tonumber('10', 10)}`, `0`},
	{`return -3.99`, `0`},
	{"return 'a\\0b'", `0`},
	{`return redis.call('ping')`, `0`},
	{`return redis.call('echo','x')`, `0`},
	{`return redis.call('select',3)`, `0`},
	{`return redis.call('lrange','nolist',0,-1)`, `0`},
	{`redis.setresp(3) return redis.call('get','nokey')`, `0`},
	{`return {map={a=1}}`, `0`},
	{`return redis.call('eval','return 1',0)`, `0`},
	{`return redis.call('subscribe','x')`, `0`},
	{`return pcall(function() error('x') end)`, `0`},
	{`return {pcall(function() error({a=1}) end)}`, `0`},
	{`return tostring(nil)`, `0`},
	{`return loadstring('return 5')()`, `0`},
	{`local t={} for i=1,3 do t[i]=i end return table.concat(t,',')`, `0`},
	{`return _G.redis ~= nil`, `0`},
	{`setmetatable(_G,{}) return 1`, `0`},
	{`rawset(_G,'x',1) return 1`, `0`},
	{`return x`, `0`},
	{`return coroutine.wrap(function() coroutine.yield(7) end)()`, `0`},
	{`return {err='x'}`, `0`},
	{`return {ok='y'}`, `0`},
	{`return {err='x',source='s',line=3}`, `0`},
	{`return redis.call('lpush','str',1)`, `0`},
	{`return ('x'):rep(3)`, `0`},
	{`return ('x'):upper()`, `0`},
	{`return string.gsub('hello','l','L')`, `0`},
	{`return 1e15`, `0`},
	{`return 2^53`, `0`},
	{`return redis.call('set','n',1e15) and redis.call('get','n')`, `0`},
	{`return redis.call('set','n',1.5) and redis.call('get','n')`, `0`},
	{`return unpack({1,2,3})`, `0`},
	{`return {unpack({1,2,3})}`, `0`},
	{`return next({})`, `0`},
	{`return tonumber('0x10')`, `0`},
	{`return redis.acl_check_cmd('set','x','y')`, `0`},
	{`return redis.call('config','get','maxmemory')`, `0`},
	{`return redis.breakpoint()`, `0`},
	{`local a = {} ; a[1]=a return 1`, `0`},
	{`return KEYS[1]..':'..ARGV[1]`, `1`, `u`, `7`},
	{`return KEYS[1]..':'..ARGV[1]..':'..#ARGV..KEYS[2]`, `2`, `u`, `v`, `7`},
	{`return ARGV[1] + 1`, `0`, `010`},
	{`return loadstring('x x')`, `0`},
	{`return {loadstring('x x')}`, `0`},
	{`return {pcall(loadstring('error("e")', '=name'))}`, `0`},
	{`return {pcall(loadstring('error("e")', '@name'))}`, `0`},
	{`return {pcall(loadstring('error("e") -- and so on, longer than a position tells, which ends it'))}`, `0`},
	{"return {pcall(loadstring('error(1)\\nreturn 2'))}", `0`},
	{`local n = 0 return load(function() n = n + 1 return ({'return ', 1, '7', ''})[n] end)()`, `0`},
}
