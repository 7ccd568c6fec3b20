package exec

import (
	"sigrun/shards/keyspace"
	"sigrun/storage/db"
	"sigrun/storage/image"
	"sigrun/storage/rdb"
)

// Images turns values into payloads of DUMP and back, for one goroutine.
type Images struct {
	e       *Engine
	writer  image.Writer
	reader  rdb.Reader
	builder image.Builder
	held    int // what Engine.Payloads knows of
}

// Images are this goroutine's.
func (c *Access) Images() *Images {
	if c.images == nil {
		m := &Images{e: c.e, writer: image.Writer{Writer: rdb.NewWriter(nil, rdb.Form{})}}
		m.writer.Counts(m.holds)
		m.reader.Asks(func(twice int64) error {
			m.holds(int(twice / 2)) // the other half is the keyspace's
			return nil
		})
		c.images = m
	}
	return c.images
}

// holds has it known how many bytes of buffers there are.
func (m *Images) holds(n int) {
	if n != m.held {
		m.e.Payloads.Add(int64(n - m.held))
		m.held = n
	}
}

// Release gives up what Dump made.
func (m *Images) Release() {
	m.writer.Release()
	m.holds(0)
}

// Dump makes a payload of DUMP of the value of e; it is valid until the next one, or Release.
func (m *Images) Dump(e db.Entry) ([]byte, error) {
	m.writer.Reset(m.e.Form())
	payload := m.writer.Dump(e)
	return payload, m.writer.Err()
}

// Serialized is how many bytes the value of e takes in RDB without compression.
func (m *Images) Serialized(e db.Entry) int {
	const around = 1 + 2 + 8 // type, version and checksum of a payload
	m.writer.Reset(rdb.Form{Version: rdb.Version})
	defer m.Release()
	return len(m.writer.Dump(e)) - around
}

// Restore makes a value of a payload that rdb.Check has passed. Put brings it in; until then nothing has changed.
func (m *Images) Restore(p *db.Part, k *db.Key, payload []byte, expireAt int64) (*image.Builder, error) {
	m.builder.Limits = m.e.Limits()
	m.builder.Start(p, k, expireAt)
	defer m.holds(0)
	if err := m.reader.Restore(payload, &m.builder); err != nil {
		m.builder.Drop()
		return nil, err
	}
	return &m.builder, nil
}

// Form is how values are written as RDB.
func (e *Engine) Form() rdb.Form {
	return rdb.Form{Version: int(e.Settings.RDBVersion.Load()), Compress: e.Settings.RDBCompress.Load()}
}

// DumpOptions are how payloads of DUMP are read.
func (e *Engine) DumpOptions() rdb.Options {
	return rdb.Options{Relaxed: e.Settings.RDBRelaxed.Load(), SkipChecksum: e.Settings.SkipChecksum.Load()}
}

// SetUse has a key that was made just now look as if it had been used before: seconds since the last access, or the counter of
// accesses, whichever the policy asks for; -1 leaves it new.
func (c *Access) SetUse(e db.Entry, idle int64, freq int) {
	c.e.SetUse(e, c.Now, idle, freq)
}

// SetUse is the same for who runs no command.
func (e *Engine) SetUse(entry db.Entry, now, idle int64, freq int) {
	switch counts := e.Settings.CountUse.Load(); {
	case counts && freq >= 0:
		entry.SetAccess(keyspace.Counted(now, uint32(freq)))
	case !counts && idle >= 0:
		entry.SetAccess(keyspace.Second(now - idle*1000))
	}
}
