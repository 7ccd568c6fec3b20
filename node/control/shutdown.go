package control

import "sigrun/protocol/resp"

// shutdown implements SHUTDOWN [NOSAVE|SAVE] [NOW] [FORCE] [ABORT]. There are no
// snapshots yet, so that SAVE has nothing to write, and no replicas to wait for.
func shutdown(c *Ctx) error {
	var abort, save, noSave, other bool
	for _, a := range c.Args[1:] {
		switch {
		case is(a, "ABORT"):
			abort = true
		case is(a, "SAVE"):
			save = true
		case is(a, "NOSAVE"):
			noSave = true
		case is(a, "NOW"), is(a, "FORCE"):
			other = true
		default:
			return resp.ErrSyntax
		}
	}
	switch {
	case abort && (save || noSave || other), save && noSave:
		return resp.ErrSyntax
	case abort:
		return errNoShutdown
	}
	c.Log.Warn("User requested shutdown...")
	go c.Shutdown() // the answer is that the connection closes
	return nil
}
