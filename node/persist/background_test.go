package persist

import (
	"testing"

	"sigrun/internal/config"
	"sigrun/internal/glob"
)

// Between the end of one BGSAVE and the beginning of the next, that may be cancelled, another one begin and be cancelled, and one
// more wait for it: the tokens that were asked for first come then, while there still is a job.
func TestNextBeginsBesideNoOther(t *testing.T) {
	k := New(Options{Clock: clockAt(0), Config: config.New(glob.Match)})
	j := newJob(k)
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

// TestSyncsRestBesideOtherWriting, if the configuration says so.
func TestSyncsRestBesideOtherWriting(t *testing.T) {
	k := New(Options{Clock: clockAt(0), Config: config.New(glob.Match)})
	for _, rests := range []string{"no", "yes"} {
		if err := k.Config.Override("no-appendfsync-on-rewrite", rests); err != nil {
			t.Fatal(err)
		}
		for _, j := range []*job{nil, {}} {
			k.job = j
			if got, want := k.Appends.unsyncedBeside(), rests == "yes" && j != nil; got != want {
				t.Errorf("no-appendfsync-on-rewrite %s, a job: %v: rests %v", rests, j != nil, got)
			}
		}
	}
}
