package hyperloglog

import (
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/storage/hll"
)

var (
	errNoKey     = &resp.Error{Text: "ERR The specified key does not exist"}
	errOnOff     = &resp.Error{Text: "ERR Argument must be ON or OFF"}
	errNotSparse = &resp.Error{Text: "ERR HLL encoding is not sparse"}
)

// pfdebug implements PFDEBUG GETREG | DECODE | ENCODING | TODENSE key, and SIMD ON | OFF.
func pfdebug(c *exec.Ctx) error {
	if exec.Is(c.Args[1], "SIMD") {
		return simd(c)
	}
	t, v, err := write(c, 2)
	switch {
	case err != nil:
		return err
	case v == nil:
		return errNoKey
	}
	switch word := c.Args[1]; {
	case exec.Is(word, "GETREG"):
		return registers(c, &t, v)
	case exec.Is(word, "DECODE"):
		if hll.IsDense(v) {
			return errNotSparse
		}
		text, err := hll.AppendRuns(nil, v)
		if err != nil {
			return errCorrupt
		}
		c.Out.Bulk(text)
	case exec.Is(word, "ENCODING"):
		if hll.IsDense(v) {
			c.Out.Simple("dense")
		} else {
			c.Out.Simple("sparse")
		}
	case exec.Is(word, "TODENSE"):
		done, err := toDense(c, &t, v)
		if err != nil {
			return err
		}
		c.Out.Int(done)
	default:
		return resp.Errorf("ERR Unknown PFDEBUG subcommand '%s'", word)
	}
	return nil
}

// simd says that there are no vector instructions to switch on or off.
func simd(c *exec.Ctx) error {
	if !exec.Is(c.Args[2], "ON") && !exec.Is(c.Args[2], "OFF") {
		return errOnOff
	}
	c.Out.Simple("disabled")
	return nil
}

// registers replies what all registers hold. The string becomes a dense one, as clients
// of Valkey expect.
func registers(c *exec.Ctx, t *exec.Target, v []byte) error {
	var u hll.Union
	if u.Merge(v) != nil {
		return errCorrupt
	}
	if _, err := toDense(c, t, v); err != nil {
		return err
	}
	c.Out.Array(len(u))
	for _, r := range u {
		c.Out.Int(int64(r))
	}
	return nil
}

// toDense makes a sparse string dense; done is 1 when it was not.
func toDense(c *exec.Ctx, t *exec.Target, v []byte) (done int64, err error) {
	if hll.IsDense(v) {
		return 0, nil
	}
	d, err := hll.ToDense(make([]byte, 0, hll.DenseSize), v)
	if err != nil {
		return 0, errCorrupt
	}
	store(c, t, d)
	c.Touched(t.Key, "")
	return 1, nil
}

// pfselftest implements PFSELFTEST.
func pfselftest(c *exec.Ctx) error {
	if err := hll.SelfTest(); err != nil {
		return resp.Errorf("TESTFAILED %s", err)
	}
	c.Out.OK()
	return nil
}
