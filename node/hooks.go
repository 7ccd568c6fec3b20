package node

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"sigrun/internal/config"
)

// hooks makes changes of parameters take effect that nobody reads by himself.
func (n *Node) hooks(o Options) {
	n.Config.OnChange("hz", func(v *config.Value) error {
		n.dispatcher.SetUpkeep(upkeepEvery(v))
		return nil
	})
	n.Config.OnChange("io-threads", func(v *config.Value) error {
		if made := len(n.reactor.Loops()); int(v.Int64()) > made {
			n.Log.Warn(fmt.Sprintf("io-threads: loops are made at the start, and there are %d. More of them come with the next one.", made))
		}
		n.reactor.Limit(int(v.Int64()))
		return nil
	})
	n.Config.OnChange("requirepass", func(v *config.Value) error {
		n.users.SetPassword(v.String())
		n.Control.Reconsider()
		return nil
	})
	n.Config.OnChange("maxclients", func(v *config.Value) error {
		if most := maxFiles() - spareFiles; v.Int64() > most {
			return fmt.Errorf("The operating system is not able to handle the specified number of clients, try with %d", most)
		}
		return nil
	})
	n.Config.OnChange("port", func(*config.Value) error {
		return n.reopen(errors.New("Unable to listen on this port. Check server logs."), false)
	})
	n.Config.OnChange("bind", func(*config.Value) error {
		return n.reopen(errors.New("Failed to bind to specified addresses."), false, true)
	})
}

func upkeepEvery(hz *config.Value) time.Duration { return time.Second / time.Duration(hz.Int64()) }

// spareFiles are descriptors for other things than clients.
const spareFiles = 32

// maxFiles is how many descriptors the process may have.
func maxFiles() int64 {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 1024
	}
	if limit.Cur < limit.Max {
		raised := unix.Rlimit{Cur: limit.Max, Max: limit.Max}
		if unix.Setrlimit(unix.RLIMIT_NOFILE, &raised) == nil {
			limit = raised
		}
	}
	return int64(min(limit.Cur, 1<<40))
}

// limitClients lowers maxclients to what the system can hold.
func (n *Node) limitClients() {
	most := maxFiles() - spareFiles
	if want := n.value("maxclients").Int64(); want > most {
		n.Log.Warn(fmt.Sprintf("You requested maxclients of %d requiring at least %d max file descriptors.", want, want+spareFiles))
		n.Log.Warn(fmt.Sprintf("Current maximum open files is %d. maxclients has been reduced to %d to compensate for low ulimit. If you need higher maxclients increase 'ulimit -n'.",
			most+spareFiles, most))
		_ = n.Config.Override("maxclients", fmt.Sprint(max(most, 1)))
	}
}
