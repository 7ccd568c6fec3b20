package lua

import (
	"runtime"
	"testing"
)

// TestCoroutinesCostLittle: what a script leaves suspended is small, and goes with the script. Their stacks grow all the same.
func TestCoroutinesCostLittle(t *testing.T) {
	const most, count = 28 << 10, 2000 // bytes
	s := NewState(Identity{})
	before, during := heap(), uint64(0)
	p, err := Compile(`local t = {}
		for i = 1, 2000 do
			t[i] = coroutine.create(function() coroutine.yield() end)
			coroutine.resume(t[i])
		end
		redis.log(1, 'now')`)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(p, logs{at: func() { during = heap() }}, nil, nil, &sink{}); err != nil {
		t.Fatal(err)
	}
	if each := (during - before) / count; each > most {
		t.Errorf("%d bytes for each", each)
	}
	if left := int64(heap()) - int64(before); left > count*most/10 {
		t.Errorf("%d bytes are left", left)
	}
	if err := run(t, s, `local function deep(n) if n > 0 then return 1 + deep(n - 1) end return 0 end
		local ok, n = coroutine.resume(coroutine.create(function() return deep(10000) end))
		assert(ok and n == 10000, n)`); err != nil {
		t.Error(err)
	}
}

type logs struct {
	noHost
	at func()
}

func (l logs) Log(int, string) { l.at() }

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
