package persist

import (
	"sync/atomic"

	"sigrun/internal/sim"
	"sigrun/storage/db"
	"sigrun/storage/image"
	"sigrun/storage/rdb"
)

// saving is how a file is written while nothing else happens: by as many goroutines as there are cores. Each takes one part of the keyspace after the other, compresses
// for itself, and has the file no longer than it takes to add a piece; a large value is written to the file as it is read. All tokens are held meanwhile, by whoever
// began: no goroutine of these has one, or changes anything.
type saving struct {
	k     *Keeper
	f     *file // mu guards it
	parts []numbered
	next  atomic.Int64 // of parts
	over  atomic.Bool  // the file has failed
	mu    sim.Mutex
}

// numbered is a part of a database.
type numbered struct {
	database int
	part     *db.Part
}

// pieceSize is how much is added to a file at once.
const pieceSize = 256 << 10

// all writes all parts.
func (s *saving) all() {
	n := min(s.k.Cores, len(s.parts))
	if s.k.value("rdb-key-save-delay").Int64() != 0 { // it is for every key
		n = 1
	}
	var others sim.WaitGroup
	for range n - 1 {
		others.Go("saves", s.run)
	}
	s.run()
	others.Wait()
}

func (s *saving) run() {
	w := s.k.writer(rdb.NewPieces(s.f.w.Form()))
	for i := s.next.Add(1) - 1; i < int64(len(s.parts)) && !s.over.Load(); i = s.next.Add(1) - 1 {
		p, begun := s.parts[i], w.Written()
		p.part.Each(func(e db.Entry) bool {
			large := db.Entry(0)
			if image.Large(e) {
				large = e
			} else {
				w.Key(e)
			}
			if large != 0 || w.Written()-begun >= pieceSize {
				s.add(w, p.database, large)
				begun = w.Written()
			}
			s.k.delay(1, s.k.hurry.Load)
			return !s.over.Load()
		})
		s.add(w, p.database, 0)
	}
}

// add writes keys of a database to the file, and behind them a large one, if that is not 0.
func (s *saving) add(w image.Writer, database int, large db.Entry) {
	d := w.Take()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.f.enter(database)
	s.f.w.Adopt(d)
	if large != 0 {
		s.f.w.Key(large)
	}
	if err := w.Err(); err != nil {
		s.f.fail(err)
	}
	s.over.Store(s.f.err() != nil)
	w.Reuse(d)
}
