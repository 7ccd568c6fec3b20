package result

// Inside is what Sigrun says of itself, in the time that was measured: figures of INFO for each command, and what commands waited for.
type Inside struct {
	PerCommand map[string]float64 `json:"per_command"`
	Delays     []Delays           `json:"delays"`
}

// Delays are where the time of a command went.
type Delays struct {
	Command string `json:"command"`
	Ring    Spread `json:"ring_delay"`  // on its way to its shard, of those that left their connection's turn
	Run     Spread `json:"run"`         // it ran
	Write   Spread `json:"write_delay"` // from its end until its reply had gone to the socket, of some
}

// Spread is how some times are spread, in microseconds. They are upper bounds: the server counts by powers of two.
type Spread struct {
	Count int64   `json:"count"`
	P50   float64 `json:"p50_us"`
	P99   float64 `json:"p99_us"`
	Most  float64 `json:"max_us"`
}
