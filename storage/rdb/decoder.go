package rdb

import (
	"bytes"
	"math"
	"strconv"
)

// ItemKind is what a record of a file is.
type ItemKind uint8

// Kinds of Item, with the fields that belong to them.
const (
	End        ItemKind = iota // of the file; its checksum is right
	Aux                        // Name, Text
	Database                   // Number: the keys that follow are of this database
	Sizes                      // Keys, Volatile: how many keys the database has
	SlotSizes                  // Slot, Keys, Volatile: how many a slot of it has
	Function                   // Text: the code of a library
	Key                        // Name, Type, ExpireAt, Idle, Freq: read its value next
	SlotImport                 // Name, Text: a slot that was on its way here when the file was written
	ModuleAux                  // Name: a module, whose data was passed over
)

// Item is a record of a file. Its slices live until the next call of the Decoder; Name of a Key also while its value is read.
type Item struct {
	Kind           ItemKind
	Name, Text     []byte
	Number         uint64
	Slot           uint64
	Keys, Volatile uint64
	Type           Type
	ExpireAt       int64 // Unix milliseconds; Expires says whether there is one
	Expires        bool
	Idle           int64 // seconds, -1: not said
	Freq           int   // 0 to 255, -1: not said
}

// Options of a Decoder.
type Options struct {
	// Relaxed takes files of versions that are not known for what they resemble.
	Relaxed bool
	// SkipChecksum does not look whether the checksum is right.
	SkipChecksum bool
	// SkipModules passes over what belongs to modules: for tools. Else it is an error.
	SkipModules bool
}

// Decoder reads the records of a file.
type Decoder struct {
	r       *Reader
	o       Options
	version int
	valkey  bool
	step    Step
	// Unchecked is set at the End of a file whose checksum was left out; those before ChecksumFrom have no room for one.
	Unchecked bool
	// Expected and Found are the checksums of a file for which they differ.
	Expected, Found uint64
}

// NewDecoder reads the header of a file.
func NewDecoder(r *Reader, o Options) (*Decoder, error) {
	d := &Decoder{r: r, o: o}
	if o.SkipChecksum {
		r.WithoutChecksum()
	}
	magic := r.need(9)
	if r.err != nil {
		return d, r.err
	}
	digits := magic[6:]
	switch {
	case bytes.HasPrefix(magic, []byte("REDIS0")):
	case bytes.HasPrefix(magic, []byte("VALKEY")):
		d.valkey = true
	default:
		r.fail(ErrCorrupt, "Wrong signature trying to load DB from file: %q", magic)
		return d, r.err
	}
	d.version, _ = strconv.Atoi(string(digits))
	if !Accepted(d.version, d.valkey, o.Relaxed) {
		r.fail(ErrVersion, "Can't handle RDB format version %d", d.version)
	}
	return d, r.err
}

// Accepted reports whether files of a version are read; valkey says which of the two names stands before it.
func Accepted(version int, valkey, relaxed bool) bool {
	switch {
	case version < 1, valkey && version <= foreignLast, !valkey && version > foreignLast:
		return false
	case version > Version || Foreign(version):
		return relaxed
	}
	return true
}

// Version of the file.
func (d *Decoder) Version() int { return d.version }

// Asks has it ask for memory (Reader.Asks).
func (d *Decoder) Asks(ask func(more int64) error) { d.r.Asks(ask) }

// Fail ends reading, in the middle of a value, too, as an error of the source would.
func (d *Decoder) Fail(err error) { d.r.fail(err, "%v", err) }

// Pos is how many bytes of the file were read.
func (d *Decoder) Pos() int64 { return d.r.Pos() }

// Next reads the next record; of a Key what stands before its value.
func (d *Decoder) Next(it *Item) error {
	*it = Item{Idle: -1, Freq: -1}
	for {
		if again := d.record(it); !again || d.r.err != nil {
			return d.r.err
		}
	}
}

// record reads one record; again: it belongs to the key behind it, or to nobody.
func (d *Decoder) record(it *Item) (again bool) {
	r := d.r
	d.step = StepType
	op := r.byte()
	if r.err != nil {
		return false
	}
	if !d.valkey && op >= foreignTypeFirst && op <= foreignTypeLast {
		it.Type = Type(op)
		r.fail(ErrType, "Can't handle foreign type or opcode %d in RDB with version %d", op, d.version)
		return false
	}
	switch op {
	case opEOF:
		it.Kind = End
		d.checksum()
	case opExpireSeconds:
		d.step = StepExpire
		it.ExpireAt, it.Expires = int64(int32(r.uint32()))*1000, true
		return true
	case opExpireMillis:
		d.step = StepExpire
		it.ExpireAt, it.Expires = int64(r.uint64()), true
		return true
	case opFreq:
		it.Freq = int(r.byte())
		return true
	case opIdle:
		it.Idle = int64(min(r.length(), math.MaxInt64))
		return true
	case opSelectDB:
		d.step = StepLength
		it.Kind, it.Number = Database, r.length()
	case opResizeDB:
		d.step = StepLength
		it.Kind, it.Keys, it.Volatile = Sizes, r.length(), r.length()
	case opSlotInfo:
		it.Kind, it.Slot, it.Keys, it.Volatile = SlotSizes, r.length(), r.length(), r.length()
	case opSlotImport:
		it.Kind, it.Name, it.Text = SlotImport, r.string(roomName), d.slotRanges()
	case opAux:
		d.step = StepAux
		it.Kind, it.Name, it.Text = Aux, r.string(roomName), r.string(roomValue)
	case opFunction:
		d.step = StepFunction
		it.Kind, it.Text = Function, r.string(roomValue)
	case opFunctionPreGA:
		r.fail(ErrVersion, "Pre-release function format not supported.")
	case opModuleAux:
		d.step = StepModuleAux
		it.Kind, it.Name = ModuleAux, d.moduleAux()
	default:
		it.Kind, it.Type = Key, Type(op)
		if !it.Type.Known() {
			r.fail(ErrType, "Unknown RDB encoding type %d", op)
			return false
		}
		d.step = StepKey
		it.Name = r.string(roomName)
	}
	return false
}

// Value reads the value of the Key that Next found. After ErrEmpty reading goes on.
func (d *Decoder) Value(it *Item, b Builder) error {
	r := d.r
	d.step = StepValue
	if it.Type == TypeModule2 && d.o.SkipModules {
		r.length()
		r.skipModule()
		return r.err
	}
	// Names of groups take the room of the key's name.
	own := r.room[roomName]
	r.room[roomName] = nil
	err := r.value(it.Type, b)
	r.room[roomName] = own
	if e, ok := err.(*Error); ok && e.Class == ErrEmpty {
		r.err = nil
	}
	return err
}

func (d *Decoder) checksum() {
	if d.version < ChecksumFrom {
		return
	}
	r := d.r
	d.step = StepSum
	d.Expected = r.Sum()
	d.Found = r.uint64()
	if r.err != nil || d.o.SkipChecksum {
		return
	}
	if d.Found == 0 {
		d.Unchecked = true
	} else if d.Found != d.Expected {
		r.fail(ErrChecksum, "RDB CRC error")
	}
}

// slotRanges passes over the ranges of slots of an import.
func (d *Decoder) slotRanges() []byte {
	r := d.r
	n := r.length()
	for ; n > 0 && r.err == nil; n-- {
		r.length()
		r.length()
	}
	return nil
}

// moduleAux passes over data of a module and gives the module's name.
func (d *Decoder) moduleAux() (name []byte) {
	r := d.r
	id := r.length()
	when := r.length()
	r.length()
	if r.err == nil && when != moduleUint {
		r.corrupt("bad when_opcode")
	}
	if r.err == nil && !d.o.SkipModules {
		r.fail(ErrModule, "The RDB file contains AUX module data I can't load: no matching module '%s'", moduleName(id))
	}
	r.skipModule()
	return []byte(moduleName(id))
}

// What stands before each piece of a module's data.
const (
	moduleEnd = iota
	moduleInt
	moduleUint
	moduleFloat
	moduleDouble
	moduleString
)

// skipModule passes over a module's data up to its end.
func (r *Reader) skipModule() {
	for r.err == nil {
		switch op := r.length(); op {
		case moduleEnd:
			return
		case moduleInt, moduleUint:
			r.length()
		case moduleFloat:
			r.uint32()
		case moduleDouble:
			r.uint64()
		case moduleString:
			r.string(roomValue)
		default:
			r.corrupt("Unknown module opcode %d", op)
		}
	}
}
