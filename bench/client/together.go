package client

import (
	"fmt"

	"sigrun/bench/wire"
	"sigrun/bench/workload"
	"sigrun/protocol/slot"
)

// mostDraws is how often each task is drawn to find out whether its keys lie together.
const mostDraws = 4

// Together says why a workload cannot be run in a cluster: a task goes to one node, and its keys have to be there. Which words are keys
// the server is asked; who does not tell is believed to take them.
func Together(c *Conn, load *workload.Workload, seed uint64) error {
	defer load.Rewind()
	dice := workload.NewDice(seed, 0)
	for _, r := range load.Roles {
		for _, t := range r.Tasks {
			for range mostDraws {
				t.Draw(dice)
				a, b, err := apart(c, t, dice)
				if err != nil || a == "" {
					break
				}
				if b != "" {
					return fmt.Errorf("%s cannot be run in a cluster: what is sent in one go (%s) has keys of several slots, such as %.60q and %.60q",
						load.Name, t.Commands[0].Name, a, b)
				}
			}
		}
	}
	return nil
}

// apart are two keys of different slots among those of a task that was drawn; without a second one there are none.
func apart(conn *Conn, t *workload.Task, dice *workload.Dice) (first, other string, err error) {
	for _, c := range t.Commands {
		args := append([]string{"COMMAND", "GETKEYS"}, wire.Strings(c.Append(nil, dice))...)
		r, err := conn.Send(wire.AppendCommand(nil, args...))
		if err != nil {
			return "", "", err
		}
		if r.IsError() { // it has no keys
			continue
		}
		for _, key := range wire.Strings(r.Raw) {
			if first == "" {
				first = key
			}
			if slot.Of([]byte(key)) != slot.Of([]byte(first)) {
				return first, key, nil
			}
		}
	}
	return first, "", nil
}
