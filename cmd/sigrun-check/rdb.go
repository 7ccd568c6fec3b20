package main

import (
	"errors"
	"fmt"
	"hash/maphash"
	"os"
	"strings"
	"time"

	"sigrun/storage/rdb"
)

// checker checks an RDB file.
type checker struct {
	*check
	preamble bool // commands may stand behind it

	d         *rdb.Decoder
	it        rdb.Item
	read      bool // to its end: what follows is looked at
	now       int64
	database  uint64
	keys      int
	expires   int
	expired   int
	empty     int
	functions int
	scripts   int
	stats     statistics
	types     keyTypes
	sizes     spread // of the elements of the key at hand
	seeds     [2]maphash.Seed
	seen      map[[3]uint64]bool // keys, by database and two hashes
}

func (c *checker) say(format string, args ...any) {
	at := int64(0)
	if c.d != nil {
		at = c.d.Pos()
	}
	fmt.Fprintf(c.out, "[offset %d] %s\n", at, fmt.Sprintf(format, args...))
}

// tell says what Valkey's tool does not.
func (c *checker) tell(format string, args ...any) {
	if !c.o.classic {
		c.say(format, args...)
	}
}

// file checks a file and reports whether all is well.
func (c *checker) file(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		c.say("Checking RDB file %s", name)
		fmt.Fprintf(c.problems, "Cannot open file %s: %v\n", name, err)
		c.say("Check RDB returned error code 1 (0 means success)")
		return false
	}
	defer func() { _ = f.Close() }()
	size := int64(-1)
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		size = info.Size()
	}
	src := c.bar.watch(f, size)
	defer c.bar.done()
	return c.input(name, rdb.NewReader(src, size))
}

// input checks what a file of that name has, or begins with.
func (c *checker) input(name string, r *rdb.Reader) bool {
	c.say("Checking RDB file %s", name)
	if err := c.contents(r); err != nil {
		c.complain(err)
		c.totals()
		c.say("Check RDB returned error code 1 (0 means success)")
		return false
	}
	c.say("Check RDB returned error code 0 (0 means success)")
	if c.odd() == "" {
		c.say("\\o/ RDB looks OK! \\o/")
	} else {
		c.say("\\o/ RDB looks OK, but loading requires config 'rdb-version-check relaxed'")
	}
	c.totals()
	return true
}

// odd says what is odd about the version of the file, if anything is.
func (c *checker) odd() string {
	switch v := c.d.Version(); {
	case v > rdb.Version:
		return "future"
	case rdb.Foreign(v):
		return "foreign"
	}
	return ""
}

// contents reads the file to its end and says what is wrong with it.
func (c *checker) contents(r *rdb.Reader) (err error) {
	c.seeds, c.seen = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, map[[3]uint64]bool{}
	c.stats, c.now = statistics{}, time.Now().UnixMilli()
	c.d, err = rdb.NewDecoder(r, rdb.Options{Relaxed: true, SkipModules: true})
	if err != nil {
		return err
	}
	switch c.odd() {
	case "future":
		c.say("Future RDB version %d detected", c.d.Version())
	case "foreign":
		c.say("Foreign RDB version %d detected", c.d.Version())
	default:
		c.tell("RDB version %d", c.d.Version())
	}
	if err = c.records(); err == nil && !c.o.classic && !c.preamble {
		c.read = true
		if r.More() {
			err = errors.New("bytes follow the end")
		}
	}
	return err
}

// complain says what is wrong, and where.
func (c *checker) complain(err error) {
	fmt.Fprintln(c.out, "--- RDB ERROR DETECTED ---")
	var e *rdb.Error
	if errors.As(err, &e) {
		fmt.Fprintf(c.out, "[offset %d] %s\n", e.At, c.wording(e))
	} else {
		c.say("%v", err)
	}
	if errors.Is(err, rdb.ErrChecksum) {
		fmt.Fprintf(c.out, "[additional info] Checksum of the file %016x, of what is in it %016x\n", c.d.Found, c.d.Expected)
	}
	step := c.d.Step()
	if c.read {
		fmt.Fprintln(c.out, "[additional info] While doing: check-end")
		return
	}
	fmt.Fprintf(c.out, "[additional info] While doing: %s\n", step)
	if step == rdb.StepValue {
		fmt.Fprintf(c.out, "[additional info] Reading key '%s'\n", c.it.Name)
	}
	if step == rdb.StepKey || step == rdb.StepValue {
		fmt.Fprintf(c.out, "[additional info] Reading type %d (%s)\n", c.it.Type, c.it.Type)
	}
}

// wording is an error in the words of the tools, where those are not the server's.
func (c *checker) wording(e *rdb.Error) string {
	switch odd := c.odd(); {
	case errors.Is(e, rdb.ErrEmpty):
		return "The key has no value"
	case c.o.classic && c.d.Version() == 0 && errors.Is(e, rdb.ErrCorrupt):
		return "Wrong signature trying to load DB from file"
	case c.d.Step() == rdb.StepFunction:
		return "Failed loading library, " + e.Text
	case !errors.Is(e, rdb.ErrType):
		return e.Text
	case odd != "":
		return fmt.Sprintf("Unknown object type %d in RDB file with %s version %d", c.it.Type, odd, c.d.Version())
	default:
		return fmt.Sprintf("Invalid object type: %d", c.it.Type)
	}
}

// totals tells how much there was.
func (c *checker) totals() {
	fmt.Fprintf(c.out, "[info] %d keys read\n[info] %d expires\n[info] %d already expired\n[info] %d functions\n", c.keys, c.expires, c.expired, c.functions)
	if c.scripts > 0 {
		fmt.Fprintf(c.out, "[info] %d lua scripts read\n", c.scripts)
	}
	if c.empty > 0 {
		fmt.Fprintf(c.out, "[info] %d keys without a value\n", c.empty)
	}
	if !c.o.classic {
		c.types.print(c.out, c.o.verbose || c.o.stats)
	}
	if c.o.stats {
		c.stats.print(c.figures, c.o.layout)
	}
}

func (c *checker) records() error {
	for {
		if err := c.d.Next(&c.it); err != nil {
			return err
		}
		if c.it.Kind == rdb.End {
			break
		}
		if err := c.record(); err != nil {
			return err
		}
	}
	switch {
	case c.d.Unchecked:
		c.say("RDB file was saved with checksum disabled: no check performed.")
	case c.d.Version() >= rdb.ChecksumFrom:
		c.say("Checksum OK")
	}
	return nil
}

func (c *checker) record() error {
	switch it := &c.it; it.Kind {
	case rdb.Aux:
		if strings.EqualFold(string(it.Name), "lua") {
			c.scripts++
		}
		c.say("AUX FIELD %s = '%s'", it.Name, it.Text)
	case rdb.Database:
		c.database = it.Number
		c.stats.database(it.Number)
		c.say("Selecting DB ID %d", it.Number)
	case rdb.Sizes:
		if c.o.verbose {
			c.say("%d keys are announced, %d of which expire", it.Keys, it.Volatile)
		}
	case rdb.Function:
		c.functions++
		c.tell("Function library of %d bytes", len(it.Text))
	case rdb.ModuleAux:
		c.say("MODULE AUX for: %s", it.Name)
	case rdb.SlotImport:
		c.tell("Import of slots %s", it.Name)
	case rdb.Key:
		return c.key()
	}
	return nil
}
