package aof

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"sigrun/internal/config"
	"sigrun/internal/vfs"
	"sigrun/storage/rdb"
)

// Lenience says what a set may lack that is loaded.
type Lenience struct {
	// Truncated: the end of the last file, which is cut off where the last whole command or transaction ends (aof-load-truncated).
	Truncated bool
	// Torn: that end, too, where it looks like what a loss of power leaves of it (Error.Torn).
	Torn bool
}

// Loading reads the files of a set, one after the other. The last one is the last that holds anything.
type Loading struct {
	// Total is how long the files are together, BaseSize how long the base is.
	Total, BaseSize int64
	// Room is why there is no memory for so many bytes more, nil: there is. It is asked before a large command is read; nil: nobody is.
	Room func(more int64) error

	d        *Dir
	lenience Lenience
	files    []Info
	last     int
	at       int
	before   int64 // bytes of the files before
	f        vfs.File
	size     int64
	preamble *rdb.Reader // given, and not known to be read
	reader   *Reader
	cut      *Error // what ends the last file, and is to be cut off
}

// Step is a piece of the set.
type Step struct {
	Batch
	File Info
	// Snapshot is what the file begins with, to be read to its end by a rdb.Decoder before the next step. There are no commands then.
	Snapshot *rdb.Reader
	// Loaded is how many bytes of the set have been read with this step, but for a Snapshot, which knows its own.
	Loaded int64
	// Ended: the file has no more. There are no commands then.
	Ended bool
}

// Load begins to read the set, all of whose files must be there. Where Total is 0 there is nothing in any of them.
func (d *Dir) Load(l Lenience) (*Loading, error) {
	o := &Loading{d: d, lenience: l, files: d.Files()}
	for i, f := range o.files {
		n, err := d.size(f.Name)
		if err != nil {
			return nil, err
		}
		if o.Total += n; f.Kind == Base {
			o.BaseSize = n
		}
		if n > 0 {
			o.last = i
		}
	}
	return o, nil
}

// Next reads the next piece; io.EOF: there is none. Any other error is an *Error, of which the log was told.
func (l *Loading) Next(s *Step) error {
	s.Snapshot, s.Ended = nil, false
	if l.at == len(l.files) {
		return io.EOF
	}
	s.File = l.files[l.at]
	if l.f == nil {
		if err := l.open(s); err != nil || s.Snapshot != nil {
			return err
		}
	}
	if l.preamble != nil {
		l.behind()
	}
	err := l.reader.Next(&s.Batch)
	if err == nil {
		s.Loaded = l.before + s.End
		return nil
	}
	if wrong := (*Error)(nil); errors.As(err, &wrong) {
		wrong.File = s.File.Name
		if !l.pardoned(wrong) {
			l.Close()
			return wrong
		}
		l.cut = wrong
	}
	l.Close()
	l.before += l.size
	l.at++
	s.Ended, s.Loaded = true, l.before
	return nil
}

// open opens the file at hand and looks what it begins with.
func (l *Loading) open(s *Step) (err error) {
	log, name := l.d.Log, s.File.Name
	l.reader, l.preamble = nil, nil
	f, err := l.d.FS.Open(l.d.path(name))
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			log.Warn("The append log file " + name + " doesn't exist: " + config.Reason(err))
		} else {
			log.Warn("Fatal error: can't open the append log file " + name + " for reading: " + config.Reason(err))
		}
		return &Error{File: name, Class: err}
	}
	l.f = f
	var sign [signLen]byte
	if l.size, err = f.Size(); err != nil {
		return l.unreadable(name, err)
	}
	n, err := io.ReadFull(f, sign[:min(l.size, signLen)])
	if err != nil {
		return l.unreadable(name, err)
	}
	src := io.MultiReader(bytes.NewReader(sign[:n]), f)
	if !IsSnapshot(sign[:n]) {
		l.reader = l.newReader(src, 0)
		return nil
	}
	if l.old(name) {
		log.Info("Reading RDB preamble from AOF file...")
	} else {
		log.Info("Reading RDB base file on AOF loading...")
	}
	l.preamble = rdb.NewReader(src, l.size)
	s.Snapshot = l.preamble
	s.Commands = s.Commands[:0]
	return nil
}

func (l *Loading) unreadable(name string, err error) error {
	l.Close()
	l.d.Log.Warn("Unrecoverable error reading the append only file " + name + ": " + config.Reason(err))
	return &Error{File: name, Class: err}
}

// old reports whether a file is one of a server before 7.0, which may have commands behind a snapshot.
func (l *Loading) old(name string) bool { return name == l.d.Name }

// signLen is how many bytes tell a snapshot.
const signLen = 6

// IsSnapshot reports whether a file that begins so begins with a snapshot.
func IsSnapshot(begin []byte) bool {
	return bytes.HasPrefix(begin, []byte("REDIS0")) || bytes.HasPrefix(begin, []byte("VALKEY"))
}

// behind goes on behind a snapshot.
func (l *Loading) behind() {
	if l.old(l.files[l.at].Name) {
		l.d.Log.Info("Reading the remaining AOF tail...")
	}
	l.reader = l.newReader(io.MultiReader(bytes.NewReader(bytes.Clone(l.preamble.Unread())), l.f), l.preamble.Pos())
	l.preamble = nil
}

func (l *Loading) newReader(src io.Reader, at int64) *Reader {
	r := NewReader(src, at, l.size)
	r.ask = l.Room
	return r
}

// pardoned reports whether a set is loaded that ends so, and tells the log why not.
func (l *Loading) pardoned(e *Error) bool {
	log := l.d.Log
	short := errors.Is(e, ErrTruncated)
	if e.Unended {
		log.Warn("Revert incomplete MULTI/EXEC transaction in AOF file " + e.File)
	}
	pardon := short && l.lenience.Truncated || e.Torn && l.lenience.Torn
	switch {
	case pardon && l.at >= l.last:
		return true
	case pardon:
		log.Warn("!!! Warning: short read while loading the AOF file " + e.File + "!!!")
		log.Warn("Fatal error: the truncated file is not the last file")
	case short:
		log.Warn("Unexpected end of file reading the append only file " + e.File + ". You can: 1) Make a backup of your AOF file, then use " +
			"./valkey-check-aof --fix <filename.manifest>. 2) Alternatively you can set the 'aof-load-truncated' configuration option to yes and restart the server.")
	case errors.Is(e, ErrFormat):
		log.Warn("Bad file format reading the append only file " + e.File + ": make a backup of your AOF file, then use ./valkey-check-aof --fix <filename.manifest>")
	default:
		log.Warn("Unrecoverable error reading the append only file " + e.File + ": " + config.Reason(e.Class))
	}
	return false
}

// Finish cuts off what the last file lacks the rest of, once all that was read is executed: what is appended would be unreadable behind it.
func (l *Loading) Finish() error {
	if l.cut == nil {
		return nil
	}
	log, name := l.d.Log, l.cut.File
	log.Warn("!!! Warning: short read while loading the AOF file " + name + "!!!")
	log.Warn(fmt.Sprintf("!!! Truncating the AOF %s at offset %d !!!", name, l.cut.Valid))
	f, err := l.d.FS.Append(l.d.path(name))
	if err == nil {
		err = errors.Join(f.Truncate(l.cut.Valid), f.Close())
	}
	if err != nil {
		log.Warn("Error truncating the AOF file " + name + ": " + config.Reason(err))
		return err
	}
	log.Warn("AOF " + name + " loaded anyway because aof-load-truncated is enabled")
	l.cut = nil
	return nil
}

// Close ends reading before its time.
func (l *Loading) Close() {
	if l.f != nil {
		_ = l.f.Close()
		l.f = nil
	}
}
