package control

import (
	"errors"

	"sigrun/internal/config"
	"sigrun/protocol/resp"
)

// configGet implements CONFIG GET pattern [pattern ...].
func configGet(c *Ctx) error {
	pairs := c.Config.Get(words(c.Args[2:])...)
	c.Out.Map(len(pairs) / 2)
	for _, p := range pairs {
		c.Out.BulkString(p)
	}
	return nil
}

// configSecrets are the values of parameters that are secret.
func configSecrets(args [][]byte, sensitive func(string) bool) (at []int) {
	for i := 2; i+1 < len(args); i += 2 {
		if sensitive(string(args[i])) {
			at = append(at, i+1)
		}
	}
	return at
}

// configSet implements CONFIG SET parameter value [parameter value ...].
func configSet(c *Ctx) error {
	if len(c.Args)%2 != 0 {
		return resp.ErrSyntax
	}
	if err := c.Config.Set(words(c.Args[2:]), c.mayChangeProtected()); err != nil {
		return &resp.Error{Text: oneLine(err.Error())}
	}
	c.Out.OK()
	if c.Appends.Switching() { // the append-only file is whole when the reply leaves
		c.Session.Away().Before(c.Appends.Switched)
	}
	if c.Cluster != nil && c.Cluster.Unkept() {
		c.keep()
	}
	return nil
}

// mayChangeProtected is enable-protected-configs.
func (c *Ctx) mayChangeProtected() bool {
	switch c.Config.Value("enable-protected-configs").Int64() {
	case config.ActionYes:
		return true
	case config.ActionLocal:
		return c.Session != nil && c.Session.Info.Loopback
	}
	return false
}

// configResetStat implements CONFIG RESETSTAT.
func configResetStat(c *Ctx) error {
	c.Info.Reset()
	c.Out.OK()
	return nil
}

// configRewrite implements CONFIG REWRITE.
func configRewrite(c *Ctx) error { return c.Rewrite(false) }

// Rewrite brings the configuration file up to what is set now; all: with every parameter, be it at its default.
func (c *Ctx) Rewrite(all bool) error {
	if c.Config.File() == "" {
		return errors.New("The server is running without a config file")
	}
	if err := c.Config.Rewrite(all); err != nil {
		c.Log.Warn("CONFIG REWRITE failed: " + config.Reason(err))
		return errors.New("Rewriting config file: " + config.Reason(err))
	}
	c.Log.Info("CONFIG REWRITE executed with success.")
	c.Out.OK()
	return nil
}

func configHelp(c *Ctx) error {
	c.Out.Help("CONFIG",
		"GET <pattern> [<pattern> ...]", "    Parameters that match, and their values.",
		"SET <parameter> <value> [<parameter> <value> ...]", "    Set parameters, all of them or none.",
		"RESETSTAT", "    Start the statistics of INFO again.",
		"REWRITE", "    Bring the configuration file up to what is set now.")
	return nil
}

func words(args [][]byte) []string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = string(a)
	}
	return out
}

// oneLine keeps an error reply on one line.
func oneLine(s string) string {
	b := []byte(s)
	for i, ch := range b {
		if ch == '\r' || ch == '\n' {
			b[i] = ' '
		}
	}
	return string(b)
}
