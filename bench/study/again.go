package study

import (
	"flag"
	"fmt"
	"slices"
	"strings"

	"sigrun/bench/result"
	"sigrun/bench/workload"
)

// Again takes options, workload and events from a result whose file has a name, but for what was given beside it. Whoever has made the
// file, it names nothing that is written, and no shell command of it is run without being asked for.
func (o *Options) Again(name string, r *result.Result) (err error) {
	given := map[string]bool{}
	o.flags.Visit(func(g *flag.Flag) { given[g.Name] = true })
	plain := given["tls"] && !o.secure
	for option, value := range r.Options { // in any order
		switch {
		case given[option] || plain && strings.HasPrefix(option, "tls-"):
		case slices.Contains(outputs, option):
			return fmt.Errorf("%s: option %s is none that a result has: it is to be given now", name, option)
		default:
			if err := o.flags.Set(option, value); err != nil {
				return fmt.Errorf("%s: option %s: %w", name, option, err)
			}
		}
	}
	if !given["replay"] {
		o.recorded = r.Replayed
	}
	if r.Script != "" && !given["events"] {
		o.script, o.foreign, o.events = r.Script, true, "events of "+name
	}
	if r.Workload.Text != "" {
		o.Workload, err = workload.Parse(r.Workload.Name, r.Workload.Text)
	}
	return err
}

// given tells whether an option was given, now or in a result.
func (o *Options) given(name string) (is bool) {
	o.flags.Visit(func(g *flag.Flag) { is = is || g.Name == name })
	return is
}
