package result

import (
	"fmt"

	"sigrun/bench/measure"
)

// Merge adds what another generator has measured at the same time, whose name is host. Times are those of both: histograms are
// added up; a row, of which there are figures only, has those of the worse.
func (r *Result) Merge(o *Result, host string) error {
	total, err := joined(&r.Total, &o.Total)
	if err != nil {
		return err
	}
	r.Total = total
	for i := range o.Classes {
		c := &o.Classes[i]
		at := r.class(c.Name)
		if at < 0 {
			r.Classes = append(r.Classes, *c)
			continue
		}
		if r.Classes[at], err = joined(&r.Classes[at], c); err != nil {
			return err
		}
	}
	for i := range min(len(r.Rows), len(o.Rows)) {
		r.Rows[i].Join(&o.Rows[i])
	}
	r.Rate, r.Behind, r.Late, r.Gone = r.Total.Rate, r.Behind+o.Behind, r.Late+o.Late, r.Gone+o.Gone
	r.Unasked += o.Unasked
	r.Load.Threads, r.Load.Clients = r.Load.Threads+o.Load.Threads, r.Load.Clients+o.Load.Clients
	r.Own.Busy, r.Own.Starved = append(r.Own.Busy, o.Own.Busy...), append(r.Own.Starved, o.Own.Starved...)
	r.Own.Ceiling += o.Own.Ceiling
	if o.Own.Lag.P99 > r.Own.Lag.P99 {
		r.Own.Lag = o.Own.Lag
	}
	if o.Own.Turn.P99 > r.Own.Turn.P99 {
		r.Own.Turn = o.Own.Turn
	}
	for _, f := range o.Faults {
		r.Faults = append(r.Faults, Fault{host + ": " + f.Text, f.Count})
	}
	if o.Failed != "" && r.Failed == "" {
		r.Failed = host + ": " + o.Failed
	}
	r.Others = append(r.Others, o.Host)
	return nil
}

func (r *Result) class(name string) int {
	for i := range r.Classes {
		if r.Classes[i].Name == name {
			return i
		}
	}
	return -1
}

// joined is what two generators have measured of a class.
func joined(a, b *Class) (Class, error) {
	c := measure.Sum{Counts: a.Counts}
	c.Add(&b.Counts)
	for _, side := range []*Class{a, b} {
		s, err := decode(side.ServiceHistogram)
		if err != nil {
			return Class{}, fmt.Errorf("%s: %w", side.Name, err)
		}
		c.AddService(s)
		if side.ResponseHistogram != "" {
			h, err := decode(side.ResponseHistogram)
			if err != nil {
				return Class{}, fmt.Errorf("%s: %w", side.Name, err)
			}
			c.AddResponse(h)
		}
	}
	out := ClassOf(a.Name, &c, 1)
	out.Rate = a.Rate + b.Rate
	return out, nil
}

// Share has costs by command count those commands, too, that others have sent: this was the part of the one who took the account.
func (s *Server) Share(part float64) {
	s.CPU, s.User, s.System, s.Switches = s.CPU*part, s.User*part, s.System*part, s.Switches*part
	if s.Inside != nil {
		for k := range s.Inside.PerCommand { // in any order
			s.Inside.PerCommand[k] *= part
		}
	}
}
