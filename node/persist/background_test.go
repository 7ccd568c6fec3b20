package persist

import "testing"

// Between the end of one BGSAVE and the beginning of the next, that may be cancelled, another one begin and be cancelled, and one
// more wait for it: the tokens that were asked for first come then, while there still is a job.
func TestNextBeginsBesideNoOther(t *testing.T) {
	k := New(Options{Clock: clockAt(0)})
	j := &job{k: k}
	j.cancel()
	k.job, k.next = j, true
	told := false
	k.Started(func() { told = true })
	k.beginNext()
	if k.job != j || !k.next || told {
		t.Fatal("it began while another was under way")
	}
}

type clockAt int64

func (c clockAt) Millis() int64 { return int64(c) }
func (c clockAt) Micros() int64 { return int64(c) * 1000 }
func (c clockAt) Mono() int64   { return int64(c) }
