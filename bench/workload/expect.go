package workload

import (
	"bytes"
	"strconv"

	"sigrun/bench/wire"
)

// Outcome is what a reply says of its command.
type Outcome uint8

// Outcomes.
const (
	Fine    Outcome = iota
	Hit             // what was asked for was there
	Miss            // it was not, and may be missing
	Refused         // the server answers with an error
	Moved           // the key's slot is served by another node
	Asked           // the key's slot is on its way to another node
	Wrong           // what the server answers cannot be right
)

// form is what a reply has to look like.
type form uint8

const (
	anything form = iota
	status
	integer
	bulk
	exactly // the value of the key
	array
)

// Expect is what has to be answered. The zero value takes anything but an error.
type Expect struct {
	form    form
	status  []byte
	values  *Values
	count   int  // elements of an array; -1: any
	orNil   bool // nil is an answer, too
	orError bool // so is an error
}

// Check judges the reply to a command with the key.
func (e *Expect) Check(r *wire.Reply, key uint64) Outcome {
	if r.IsError() {
		return e.refused(r)
	}
	if r.Null {
		if e.orNil || e.form == anything {
			return Miss
		}
		return Wrong
	}
	switch e.form {
	case status:
		return fineIf(r.Kind == '+' && bytes.Equal(r.Text, e.status))
	case integer:
		return fineIf(r.Kind == ':')
	case bulk:
		return hitIf(r.Kind == '$' || r.Kind == '=' || r.Kind == ',' || r.Kind == '(')
	case exactly:
		return hitIf(r.Kind == '$' && e.values.Holds(key, r.Text))
	case array:
		return fineIf((r.Kind == '*' || r.Kind == '~' || r.Kind == '%' || r.Kind == '>') && (e.count < 0 || r.Int == int64(e.count)))
	}
	return Fine
}

func (e *Expect) refused(r *wire.Reply) Outcome {
	switch {
	case e.orError:
		return Fine
	case bytes.HasPrefix(r.Text, []byte("MOVED ")):
		return Moved
	case bytes.HasPrefix(r.Text, []byte("ASK ")):
		return Asked
	}
	return Refused
}

func fineIf(ok bool) Outcome {
	if ok {
		return Fine
	}
	return Wrong
}

func hitIf(ok bool) Outcome {
	if ok {
		return Hit
	}
	return Wrong
}

// String says what is expected, for whoever reads that it did not come.
func (e *Expect) String() string {
	s := "anything but an error"
	switch e.form {
	case status:
		s = "+" + string(e.status)
	case integer:
		s = "an integer"
	case bulk:
		s = "a string"
	case exactly:
		s = "the value of its key (" + e.values.Name + ")"
	case array:
		if s = "an array"; e.count >= 0 {
			s += " of " + strconv.Itoa(e.count)
		}
	}
	if e.orNil {
		s += ", or nil"
	}
	return s
}
