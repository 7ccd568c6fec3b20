package call

// Fault is what the process ends of, as far as whoever met it knows.
type Fault struct {
	Value   any      // of a panic, nil: there was none
	Signal  int      // by which the process is to end, 0: by none
	Assert  string   // a condition that was not fulfilled, "" for none
	Stack   []byte   // of the goroutine that met it
	Loop    int      // on whose goroutine it was met, -1: on none
	Command *Command // that was running, nil: none, or nobody knows
	Client  *Client  // whose it was
	Session any      // the same, for who knows sessions
}

// Shard is where the command ran: a shard's number, NoShard or ManyShards.
func (f *Fault) Shard() int {
	if f.Command == nil {
		return NoShard
	}
	return int(f.Command.Shard)
}
