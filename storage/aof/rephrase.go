package aof

import (
	"io"
	"strconv"

	"sigrun/internal/num"
	"sigrun/storage/rdb"
)

// itemsPerCommand is how many elements of a value a command makes at most.
const itemsPerCommand = 64

// Rephrase reads a snapshot and writes the commands that make the same data: a base without aof-use-rdb-preamble. second is when it began, for a mark of
// time; 0: none. A key of which nothing is to be made is passed over.
func Rephrase(src *rdb.Reader, o rdb.Options, second int64, out io.Writer) error {
	d, err := rdb.NewDecoder(src, o)
	if err != nil {
		return err
	}
	w := &phrases{out: out, database: -1}
	if second != 0 {
		w.b = w.f.Mark(w.b, second)
	}
	for it := (rdb.Item{}); ; {
		if err := d.Next(&it); err != nil {
			return err
		}
		switch it.Kind {
		case rdb.End:
			w.flush(0)
			return w.err
		case rdb.Database:
			w.database = int(it.Number)
		case rdb.Function:
			w.command("FUNCTION", []byte("LOAD"), it.Text)
		case rdb.Key:
			w.key = append(w.key[:0], it.Name...)
			if err := d.Value(&it, w); err != nil {
				return err
			}
			w.gather(nil, 0)
			if it.Expires {
				w.command("PEXPIREAT", w.key, w.number(it.ExpireAt))
			}
		}
		if w.flush(batchSize); w.err != nil {
			return w.err
		}
	}
}

// phrases writes the commands that make the values that it is given (rdb.Builder).
type phrases struct {
	out io.Writer
	err error
	f   Framer
	b   []byte // not written yet

	database int
	key      []byte
	args     [][]byte
	digits   []byte // of numbers that are arguments

	verb  []byte // of the elements that come together in one command
	some  []byte // these
	count int    // how many arguments they are
	items int

	made    bool // a stream: an entry of it is written
	group   []byte
	pending map[rdb.StreamID]delivery
	reader  []byte // a consumer
	idle    bool   // it owns nothing
}

// delivery is an entry that is pending.
type delivery struct {
	at    int64
	count uint64
}

// flush writes what there is, if that is so much.
func (w *phrases) flush(enough int) {
	if len(w.b) >= enough && w.err == nil {
		_, w.err = w.out.Write(w.b)
		w.b = w.b[:0]
	}
	if cap(w.b) > 4*batchSize && len(w.b) == 0 {
		w.b = nil
	}
	w.digits = w.digits[:0]
}

// command adds a command. Arguments that are numbers stay until then.
func (w *phrases) command(name string, args ...[]byte) {
	w.args = append(append(w.args[:0], []byte(name)), args...)
	w.b = w.f.Command(w.b, w.database, w.args)
	w.flush(batchSize)
}

// number is the text of a number, which lives until the next command but one is written.
func (w *phrases) number(n int64) []byte {
	from := len(w.digits)
	w.digits = num.AppendInt(w.digits, n)
	return w.digits[from:]
}

func (w *phrases) id(id rdb.StreamID) []byte {
	from := len(w.digits)
	w.digits = strconv.AppendUint(w.digits, id.Ms, 10)
	w.digits = strconv.AppendUint(append(w.digits, '-'), id.Seq, 10)
	return w.digits[from:]
}

// gather adds an element to the command under way, or writes that where it has enough, or another comes: nil.
func (w *phrases) gather(verb []byte, args int, element ...[]byte) {
	if w.items > 0 && (verb == nil || w.items == itemsPerCommand) {
		w.b = w.f.Select(w.b, w.database)
		w.b = appendLength(w.b, '*', 2+w.count)
		w.b = appendArg(appendArg(w.b, w.verb), w.key)
		w.b = append(w.b, w.some...)
		if w.some, w.count, w.items = w.some[:0], 0, 0; cap(w.some) > batchSize {
			w.some = nil
		}
		w.flush(batchSize)
	}
	if verb == nil {
		return
	}
	w.verb, w.items, w.count = verb, w.items+1, w.count+args
	for _, e := range element {
		w.some = appendArg(w.some, e)
	}
}

var (
	verbRPUSH = []byte("RPUSH")
	verbSADD  = []byte("SADD")
	verbZADD  = []byte("ZADD")
	verbHMSET = []byte("HMSET")
)

func (w *phrases) Begin(rdb.Kind, int) { w.made, w.items, w.count, w.some = false, 0, 0, w.some[:0] }

func (w *phrases) Text(v []byte) { w.command("SET", w.key, v) }

func (w *phrases) Element(v []byte) { w.gather(verbRPUSH, 1, v) }
func (*phrases) Pack([]byte) bool   { return false }

func (w *phrases) Member(v []byte) bool {
	w.gather(verbSADD, 1, v)
	return true
}

func (w *phrases) Field(name, value []byte, expireAt int64) bool {
	if expireAt == 0 {
		w.gather(verbHMSET, 2, name, value)
	} else {
		w.command("HSETEX", w.key, []byte("PXAT"), w.number(expireAt), []byte("FIELDS"), []byte("1"), name, value)
	}
	return true
}

func (w *phrases) Scored(member []byte, score float64) bool {
	var text [32]byte
	w.gather(verbZADD, 2, num.AppendShortest(text[:0], score), member)
	return true
}

func (w *phrases) Node(base rdb.StreamID, pack []byte) {
	rdb.EachEntry(base, pack, func(id rdb.StreamID, fields int) {
		w.made = true
		w.b = w.f.Select(w.b, w.database)
		w.b = appendLength(w.b, '*', 3+2*fields)
		w.b = appendArg(appendArg(appendArg(w.b, []byte("XADD")), w.key), w.id(id))
	}, func(field, value []byte) {
		w.b = appendArg(appendArg(w.b, field), value)
		w.flush(batchSize)
	})
}

func (w *phrases) Meta(m *rdb.StreamMeta) {
	if !w.made { // nothing else makes one without an entry
		w.command("XADD", w.key, []byte("MAXLEN"), []byte("0"), []byte("0-1"), []byte("x"), []byte("y"))
	}
	w.command("XSETID", w.key, w.id(m.Last), []byte("ENTRIESADDED"), w.number(int64(m.Added)), []byte("MAXDELETEDID"), w.id(m.MaxDeleted))
}

func (w *phrases) Group(name []byte, last rdb.StreamID, read int64) bool {
	w.group = append(w.group[:0], name...)
	w.pending, w.idle = map[rdb.StreamID]delivery{}, false
	w.command("XGROUP", []byte("CREATE"), w.key, w.group, w.id(last), []byte("ENTRIESREAD"), w.number(read))
	return true
}

func (w *phrases) Pending(id rdb.StreamID, deliveredAt int64, count uint64) bool {
	w.pending[id] = delivery{deliveredAt, count}
	return true
}

func (w *phrases) Consumer(name []byte, _, _ int64) bool {
	w.lone()
	w.reader, w.idle = append(w.reader[:0], name...), true
	return true
}

// lone makes a consumer that owns nothing.
func (w *phrases) lone() {
	if w.idle {
		w.command("XGROUP", []byte("CREATECONSUMER"), w.key, w.group, w.reader)
	}
	w.idle = false
}

func (w *phrases) Owned(id rdb.StreamID) bool {
	p, there := w.pending[id]
	w.idle = false
	w.command("XCLAIM", w.key, w.group, w.reader, []byte("0"), w.id(id), []byte("TIME"), w.number(p.at),
		[]byte("RETRYCOUNT"), w.number(int64(p.count)), []byte("JUSTID"), []byte("FORCE"))
	return there
}

func (w *phrases) GroupEnd() bool {
	w.lone()
	w.pending = nil
	return true
}
