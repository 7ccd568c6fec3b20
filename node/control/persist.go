package control

import (
	"errors"

	"sigrun/node/persist"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
)

func persistRows() []Row {
	row := func(run Handler, s command.Spec) Row {
		s.Place, s.Group = command.OnControl, "server"
		return Row{Run: run, Spec: s}
	}
	return []Row{
		row(save, command.Spec{Name: "SAVE", Arity: 1, AllTokens: true, Flags: command.Admin | command.NoScript | command.NoMulti | command.NoAsyncLoading, Since: "1.0.0",
			Summary: "Writes all databases to disk while everybody waits.", Complexity: "O(N), N being the number of keys."}),
		row(bgSave, command.Spec{Name: "BGSAVE", Arity: -1, AllTokens: true, Flags: command.Admin | command.NoScript | command.NoAsyncLoading, Since: "1.0.0",
			Summary: "Writes all databases to disk in the background.", Complexity: "O(1)"}),
		row(bgRewrite, command.Spec{Name: "BGREWRITEAOF", Arity: 1, Flags: command.Admin | command.NoScript | command.NoAsyncLoading, Since: "1.0.0",
			Summary: "Rewrites the append-only file in the background.", Complexity: "O(1)"}),
		row(lastSave, command.Spec{Name: "LASTSAVE", Arity: 1, Flags: command.Loading | command.Stale | command.Fast,
			ACL: command.CatAdmin | command.CatDangerous, Since: "1.0.0", Summary: "Tells the Unix time of the last save that succeeded.",
			Complexity: "O(1)", Tips: []string{"nondeterministic_output"}}),
	}
}

// save implements SAVE.
func save(c *Ctx) error {
	if err := c.Persist.Save(); err != nil {
		return saveError(err)
	}
	c.Out.OK()
	return nil
}

// saveError is what clients are told; the log knows more.
func saveError(err error) error {
	switch {
	case errors.Is(err, persist.ErrInProgress):
		return err
	case errors.Is(err, persist.ErrRewriting):
		return errRewriting
	}
	return resp.Errorf("ERR")
}

var errRewriting = errors.New("Another child process is active (AOF?): can't BGSAVE right now. " +
	"Use BGSAVE SCHEDULE in order to schedule a BGSAVE whenever possible.")

// bgSave implements BGSAVE [SCHEDULE | CANCEL].
func bgSave(c *Ctx) error {
	schedule := false
	switch {
	case len(c.Args) == 1:
	case len(c.Args) == 2 && is(c.Args[1], "SCHEDULE"):
		schedule = true
	case len(c.Args) == 2 && is(c.Args[1], "CANCEL"):
		return cancelSave(c)
	default:
		return resp.ErrSyntax
	}
	_, running := c.Persist.Running()
	switch {
	case running:
		return persist.ErrInProgress
	case c.InTx || schedule && c.Persist.Rewriting(): // in the middle of a transaction is no moment to be saved
		c.Persist.Schedule()
		c.Out.Simple("Background saving scheduled")
		return nil
	}
	if err := c.Persist.Background(); err != nil {
		return saveError(err)
	}
	c.Out.Simple("Background saving started")
	if c.Persist.Awaited() {
		c.Session.Away().Before(c.Persist.Started)
	}
	return nil
}

func cancelSave(c *Ctx) error {
	switch c.Persist.Cancel() {
	case persist.UnderWay:
		c.Out.Simple("Background saving cancelled")
	case persist.ToCome:
		c.Out.Simple("Scheduled background saving cancelled")
	case persist.TooLate: // it succeeds, and INFO says so when the reply comes
		c.Session.Away().Before(c.Persist.Ended)
		return errNoSave
	default:
		return errNoSave
	}
	return nil
}

var errNoSave = errors.New("Background saving is currently not in progress or scheduled")

// lastSave implements LASTSAVE.
func lastSave(c *Ctx) error {
	c.Out.Int(c.Persist.Saves().Last)
	return nil
}

// bgRewrite implements BGREWRITEAOF.
func bgRewrite(c *Ctx) error {
	begun, err := c.Appends.Rewrite(c.InTx)
	switch {
	case err != nil:
		return err
	case begun == nil:
		c.Out.Simple("Background append only file rewriting scheduled")
		return nil
	}
	asked := c.Session.Away()
	asked.Before(func(then func()) {
		begun.Then(func() {
			if begun.Failed() {
				asked.Out.Error(errUnbegun)
			} else {
				asked.Out.Simple("Background append only file rewriting started")
			}
			then()
		})
	})
	return nil
}

var errUnbegun = resp.Errorf("ERR Can't execute an AOF background rewriting. Please check the server logs for more information.")
