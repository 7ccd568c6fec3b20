package exec

import "io"

// Apart ends a handler that needs something which takes a while and no token, and has changed nothing: bring gets it while others have the
// tokens, then the command begins again and finds it (Brought). Ask MayGoApart first.
func (c *Step) Apart(bring func() io.Closer) error {
	c.bring = bring
	return errApart
}

// MayGoApart reports whether the command may begin again: none does in the middle of a transaction or script.
func (c *Step) MayGoApart() bool { return c.running != nil && !c.inTx && !c.Client.Replays }

// Brought is what the command asked for when it ran before, nil: nothing. It is the handler's then, which closes it or gives it back.
func (c *Step) Brought() (what io.Closer) {
	if c.running != nil && !c.inTx {
		what, c.running.Brought = c.running.Brought, nil
	}
	return what
}
