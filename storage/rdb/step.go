package rdb

// Step is what a Decoder reads at the moment; after an error, what it was about to read.
type Step uint8

// The steps of reading a file.
const (
	StepStart Step = iota
	StepType
	StepExpire
	StepKey
	StepValue
	StepSum
	StepLength
	StepAux
	StepModuleAux
	StepFunction
)

// steps are what the tools call them.
var steps = [...]string{
	StepStart: "start", StepType: "read-type", StepExpire: "read-expire", StepKey: "read-key", StepValue: "read-object-value",
	StepSum: "check-sum", StepLength: "read-len", StepAux: "read-aux", StepModuleAux: "read-module-aux", StepFunction: "read-functions",
}

func (s Step) String() string { return steps[s] }

// Step is what the Decoder reads at the moment.
func (d *Decoder) Step() Step { return d.step }
