package control

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"sigrun/cluster"
	"sigrun/internal/num"
	"sigrun/internal/sim"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/protocol/slot"
	"sigrun/reactor/session"
)

// clusterRows are the subcommands of CLUSTER but KEYSLOT and those that look at the keys of a slot. Outside a cluster they answer that this server
// is in none: clients look for exactly that when they find out what they talk to.
func clusterRows(clustered bool) []Row {
	const (
		anytime  = command.Loading | command.Stale
		ordering = command.NoAsyncLoading | command.Admin | command.Stale
		varies   = "nondeterministic_output"
	)
	row := func(run Handler, name string, arity int, flags command.Flag, since, summary, complexity string, tips ...string) Row {
		return Row{Run: inCluster(run), Spec: command.Spec{Name: "CLUSTER|" + name, Arity: arity, Flags: flags, Place: command.OnControl,
			Group: "cluster", Since: since, Summary: summary, Complexity: complexity, Tips: tips}}
	}
	changing := func(run Handler, name string, arity int, flags command.Flag, since, summary, complexity string) Row {
		r := row(run, name, arity, flags, since, summary, complexity)
		r.Spec.AllTokens = clustered // else there is nothing to change
		return r
	}
	everywhere := func(run Handler, name string, arity int, since, summary, complexity string) Row {
		r := row(run, name, arity, ordering, since, summary, complexity)
		r.Spec.AllDatabases = true
		return r
	}
	bump := changing(bumpEpoch, "BUMPEPOCH", 2, ordering, "3.0.0", "Raises the configuration epoch of the cluster.", "O(1)")
	bump.Spec.Tips = []string{varies}
	slotStats := changing(clusterSlotStats, "SLOT-STATS", -4, anytime, "8.0.0", "Tells how much slots are used.", "O(N log(N)) where N is the number of slots")
	slotStats.Spec.Tips = []string{varies, "request_policy:all_shards"}
	flushSlot := row(noBus, "FLUSHSLOT", -3, command.Write|command.NoAsyncLoading|command.Admin, "9.0.0", "Removes the keys of a slot.", "O(N) where N is the number of keys")
	flushSlot.Spec.ACL = command.CatKeyspace
	return []Row{
		changing(addSlots, "ADDSLOTS", -3, ordering, "3.0.0", "Gives slots to this node.", "O(N) where N is the number of slots"),
		changing(addSlotRanges, "ADDSLOTSRANGE", -4, ordering, "7.0.0", "Gives ranges of slots to this node.", "O(N) where N is the number of slots"),
		bump,
		everywhere(noBus, "CANCELSLOTMIGRATIONS", 2, "9.0.0", "Stops all migrations of slots.", "O(N) where N is the number of migrations"),
		row(failureReports, "COUNT-FAILURE-REPORTS", 3, command.Admin|command.Stale, "3.0.0", "Counts the nodes that report another one as failing.", "O(N) where N is the number of reports", varies),
		changing(delSlots, "DELSLOTS", -3, ordering, "3.0.0", "Takes slots from a node.", "O(N) where N is the number of slots"),
		changing(delSlotRanges, "DELSLOTSRANGE", -4, ordering, "7.0.0", "Takes ranges of slots from a node.", "O(N) where N is the number of slots"),
		row(failover, "FAILOVER", -2, ordering, "3.0.0", "Has a replica take over from its primary.", "O(1)"),
		changing(flushSlots, "FLUSHSLOTS", 2, ordering, "3.0.0", "Takes all slots from this node.", "O(1)"),
		changing(forget, "FORGET", 3, ordering, "3.0.0", "Strikes a node from the list of nodes.", "O(1)"),
		row(slotMigrations, "GETSLOTMIGRATIONS", 2, ordering, "9.0.0", "Tells about migrations of slots, those under way and the last ones.", "O(N) where N is the number of migrations"),
		row(clusterHelp, "HELP", 2, anytime, "5.0.0", "Describes the subcommands.", "O(1)"),
		row(clusterInfo, "INFO", 2, anytime, "3.0.0", "Tells how the cluster is.", "O(1)", varies),
		row(clusterLinks, "LINKS", 2, command.Stale, "7.0.0", "Lists the connections to other nodes.", "O(N) where N is the number of nodes", varies),
		row(noBus, "MEET", -4, ordering, "3.0.0", "Introduces a node.", "O(1)"),
		everywhere(noBus, "MIGRATESLOTS", -4, "9.0.0", "Moves slots to other nodes.", "O(N) where N is the number of slots"),
		row(myID, "MYID", 2, anytime, "3.0.0", "Tells the ID of this node.", "O(1)"),
		row(myShardID, "MYSHARDID", 2, anytime, "7.2.0", "Tells the ID of the shard of this node.", "O(1)", varies),
		row(clusterNodes, "NODES", 2, anytime, "3.0.0", "Lists the nodes.", "O(N) where N is the number of nodes", varies),
		row(replicas, "REPLICAS", 3, command.Admin|command.Stale, "5.0.0", "Lists the replicas of a primary.", "O(N) where N is the number of replicas", varies),
		row(noBus, "REPLICATE", -3, ordering, "3.0.0", "Makes this node a replica of another one, or of none.", "O(1)"),
		changing(clusterReset, "RESET", -2, command.Admin|command.Stale|command.NoScript, "3.0.0", "Makes this node forget the cluster.", "O(N) where N is the number of nodes"),
		row(saveConfig, "SAVECONFIG", 2, ordering, "3.0.0", "Saves the configuration of the cluster.", "O(1)"),
		changing(setConfigEpoch, "SET-CONFIG-EPOCH", 3, ordering, "3.0.0", "Sets the configuration epoch of a new node.", "O(1)"),
		changing(setSlot, "SETSLOT", -4, ordering|command.MayReplicate, "3.0.0", "Sets the state of a slot.", "O(1)"),
		row(clusterShards, "SHARDS", 2, anytime, "7.0.0", "Lists slots and nodes by shards.", "O(N) where N is the number of nodes", varies),
		row(replicas, "SLAVES", 3, command.Admin|command.Stale, "3.0.0", "Lists the replicas of a primary.", "O(N) where N is the number of replicas", varies),
		row(clusterSlots, "SLOTS", 2, anytime, "3.0.0", "Lists slots and nodes.", "O(N) where N is the number of nodes", varies),
		row(noBus, "SYNCSLOTS", -3, ordering|command.MayReplicate|command.System, "9.0.0", "Is what nodes migrate slots by.", "Depends on the subcommand."),
		flushSlot, slotStats,
	}
}

// inCluster has run answer in a cluster.
func inCluster(run Handler) Handler {
	return func(c *Ctx) error {
		if c.Cluster == nil {
			return resp.ErrClusterDisabled
		}
		return run(c)
	}
}

// noBus answers what takes other nodes, which cannot be reached yet.
func noBus(c *Ctx) error {
	return resp.Errorf("ERR CLUSTER %s needs the cluster bus, which this version lacks", strings.ToUpper(string(c.Args[1])))
}

// failover implements CLUSTER FAILOVER, which is for replicas. This node is none.
func failover(c *Ctx) error {
	for _, arg := range c.Args[2:] {
		if !is(arg, "FORCE") && !is(arg, "TAKEOVER") {
			return resp.ErrSyntax
		}
	}
	return resp.Errorf("ERR You should send CLUSTER FAILOVER to a replica")
}

// change changes what is known, and answers OK when it is on disk.
func (c *Ctx) change(fn func(v *cluster.View) error) error {
	err := c.Cluster.Change(func(v *cluster.View) error {
		if err := fn(v); err != nil {
			return err
		}
		for _, n := range v.Dealt {
			c.Engine.SlotUses.Forget(n)
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.Out.OK()
	c.keep()
	return nil
}

// keep has the file of nodes be written, and those be told who wait in vain now, before the reply leaves, once for all that a transaction
// has changed.
func (c *Ctx) keep() {
	k := c.Control
	save := func(then func()) {
		sim.Go("the file of nodes", func() {
			changed, err := k.Cluster.Keep()
			if err != nil {
				k.Log.Warn("The cluster config file cannot be written: " + err.Error())
			}
			if changed {
				left := k.Cluster.Left()
				k.Reactor.Each(func(l *session.Loop) { l.Each(func(s *session.Session) { s.Strand(left.Has) }) })
			}
			then()
		})
	}
	waits := c.call
	if c.InTx && c.Session != nil {
		waits = c.Session.Away()
	}
	if waits == nil { // a script in place, whose reply does not wait
		save(func() {})
		return
	}
	waits.Before(save)
}

// slotOf reads the number of a slot.
func slotOf(arg []byte) (int, error) {
	n, ok := num.ParseInt(arg)
	if !ok || n < 0 || n >= slot.Count {
		return 0, resp.Errorf("ERR Invalid or out of range slot")
	}
	return int(n), nil
}

// listed are slots named one by one, ranged those of pairs of ends.
func listed(args [][]byte) (all []int, err error) {
	for _, arg := range args {
		n, err := slotOf(arg)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, nil
}

func ranged(c *Ctx) (all []int, err error) {
	if len(c.Args)%2 == 1 {
		return nil, resp.WrongArity("cluster|" + strings.ToLower(string(c.Args[1])))
	}
	for i := 2; i < len(c.Args); i += 2 {
		ends, err := listed(c.Args[i : i+2])
		if err != nil {
			return nil, err
		}
		if ends[0] > ends[1] {
			return nil, resp.Errorf("ERR start slot number %d is greater than end slot number %d", ends[0], ends[1])
		}
		if len(all) > 2*slot.Count { // some are there twice, and that is found with these
			continue
		}
		for n := ends[0]; n <= ends[1]; n++ {
			all = append(all, n)
		}
	}
	return all, nil
}

// assign gives slots to this node, which have none, or takes them from whoever has them.
func (c *Ctx) assign(slots []int, err error, away bool) error {
	if err != nil {
		return err
	}
	return c.change(func(v *cluster.View) error {
		var seen [slot.Count]bool
		for _, n := range slots {
			switch {
			case away && v.Owner[n] == nil && !seen[n]:
				return resp.Errorf("ERR Slot %d is already unassigned", n)
			case !away && v.Owner[n] != nil && !seen[n]:
				return resp.Errorf("ERR Slot %d is already busy", n)
			case seen[n]:
				return resp.Errorf("ERR Slot %d specified multiple times", n)
			}
			seen[n] = true
			if away {
				v.Give(uint16(n), nil)
			} else {
				v.Give(uint16(n), v.Self)
			}
			delete(v.Importing, uint16(n))
		}
		return nil
	})
}

// addSlots implements CLUSTER ADDSLOTS slot [slot ...], and delSlots DELSLOTS.
func addSlots(c *Ctx) error {
	slots, err := listed(c.Args[2:])
	return c.assign(slots, err, false)
}

func delSlots(c *Ctx) error {
	slots, err := listed(c.Args[2:])
	return c.assign(slots, err, true)
}

// addSlotRanges implements CLUSTER ADDSLOTSRANGE first last [first last ...], and delSlotRanges DELSLOTSRANGE.
func addSlotRanges(c *Ctx) error {
	slots, err := ranged(c)
	return c.assign(slots, err, false)
}

func delSlotRanges(c *Ctx) error {
	slots, err := ranged(c)
	return c.assign(slots, err, true)
}

// empty reports whether there are no keys. All tokens are held.
func (c *Ctx) empty() bool {
	for s := range c.Engine.Shards {
		if c.Engine.Usage(s).Keys > 0 {
			return false
		}
	}
	return true
}

// flushSlots implements CLUSTER FLUSHSLOTS.
func flushSlots(c *Ctx) error {
	if !c.empty() {
		return resp.Errorf("ERR DB must be empty to perform CLUSTER FLUSHSLOTS.")
	}
	return c.change(func(v *cluster.View) error {
		v.Release(v.Self)
		return nil
	})
}

// forget implements CLUSTER FORGET node.
func forget(c *Ctx) error {
	id := string(c.Args[2])
	if c.Cluster.View().Find(id) == nil && c.Cluster.Struck(id, c.Clock.Millis()) {
		c.Out.OK()
		return nil
	}
	err := c.change(func(v *cluster.View) error {
		n := v.Find(id)
		switch {
		case n == nil:
			return resp.Errorf("ERR Unknown node %s", c.Args[2])
		case n == v.Self:
			return resp.Errorf("ERR I tried hard but I can't forget myself...")
		}
		v.Forget(n)
		return nil
	})
	if err == nil {
		c.Cluster.Strike(id, c.Clock.Millis()+1000*c.Config.Value("cluster-blacklist-ttl").Int64())
	}
	return err
}

// clusterReset implements CLUSTER RESET [HARD|SOFT]: other nodes are forgotten, and all slots; with HARD the node's ID, too.
func clusterReset(c *Ctx) error {
	hard := len(c.Args) > 2 && is(c.Args[2], "HARD")
	if len(c.Args) > 3 {
		return resp.UnknownSubcommandArity("CLUSTER", c.Args[1])
	}
	if len(c.Args) == 3 && !hard && !is(c.Args[2], "SOFT") {
		return resp.ErrSyntax
	}
	if !c.empty() {
		return resp.Errorf("ERR CLUSTER RESET can't be called with master nodes containing keys")
	}
	c.Cluster.Strike("", 0)
	return c.change(func(v *cluster.View) error {
		self := *v.Self
		if hard {
			self.ID, self.Shard, self.Epoch = c.Cluster.NewID(), c.Cluster.NewID(), 0
			v.Epoch, v.Voted = 0, 0
		}
		v.Reset(&self)
		return nil
	})
}

// bumpEpoch implements CLUSTER BUMPEPOCH.
func bumpEpoch(c *Ctx) error {
	word := "STILL"
	err := c.Cluster.Change(func(v *cluster.View) error {
		if v.Bump() {
			word = "BUMPED"
		}
		return nil
	})
	if err == nil {
		c.Out.Simple(fmt.Sprintf("%s %d", word, c.Cluster.View().Self.Epoch))
		c.keep()
	}
	return err
}

// setConfigEpoch implements CLUSTER SET-CONFIG-EPOCH epoch.
func setConfigEpoch(c *Ctx) error {
	epoch, ok := num.ParseInt(c.Args[2])
	if !ok {
		return resp.ErrNotInteger
	}
	return c.change(func(v *cluster.View) error {
		switch {
		case epoch < 0:
			return resp.Errorf("ERR Invalid config epoch specified: %d", epoch)
		case len(v.Nodes) > 1:
			return resp.Errorf("ERR The user can assign a config epoch only when the node does not know any other node.")
		case v.Self.Epoch != 0:
			return resp.Errorf("ERR Node config epoch is already non-zero")
		}
		self := *v.Self
		self.Epoch = uint64(epoch)
		v.Replace(&self)
		v.Epoch = max(v.Epoch, self.Epoch)
		return nil
	})
}

// setSlot implements CLUSTER SETSLOT slot MIGRATING|IMPORTING|NODE node, or STABLE.
func setSlot(c *Ctx) error {
	n, err := slotOf(c.Args[2])
	if err != nil {
		return err
	}
	state, named := strings.ToUpper(string(c.Args[3])), len(c.Args) >= 5
	rest := 5
	if state == "STABLE" {
		rest = 4
	}
	return c.change(func(v *cluster.View) error {
		var node *cluster.Node
		if named && state != "STABLE" {
			node = v.Find(string(c.Args[4]))
		}
		mine := v.Owner[n] == v.Self
		switch {
		case state == "MIGRATING" && named && !mine:
			return resp.Errorf("ERR I'm not the owner of hash slot %d", n)
		case state == "IMPORTING" && named && mine:
			return resp.Errorf("ERR I'm already the owner of hash slot %d", n)
		case (state == "MIGRATING" || state == "IMPORTING") && named && node == nil:
			return resp.Errorf("ERR I don't know about node %s", c.Args[4])
		case state == "NODE" && named && node == nil:
			return resp.Errorf("ERR Unknown node %s", c.Args[4])
		case node != nil && node.Primary != "":
			return resp.Errorf("ERR Target node is not a master")
		case state == "NODE" && named && mine && node != v.Self && c.Engine.KeysIn(uint16(n)) > 0:
			return resp.Errorf("ERR Can't assign hashslot %d to a different node while I still hold keys for this hash slot.", n)
		case state != "STABLE" && !named || !slices.Contains([]string{"MIGRATING", "IMPORTING", "NODE", "STABLE"}, state):
			return resp.Errorf("ERR Invalid CLUSTER SETSLOT action or number of arguments. Try CLUSTER HELP")
		}
		if err := timeoutIn(c.Args[min(rest, len(c.Args)):], c.Clock.Millis()); err != nil {
			return err
		}
		v.Set(uint16(n), state, node, int(c.Engine.KeysIn(uint16(n))))
		return nil
	})
}

// timeoutIn checks TIMEOUT ms, which says how long replicas may take; there are none.
func timeoutIn(args [][]byte, now int64) error {
	for i, arg := range args {
		if !is(arg, "TIMEOUT") {
			continue
		}
		if i+1 >= len(args) {
			return resp.Errorf("ERR Missing timeout value")
		}
		switch n, ok := num.ParseInt(args[i+1]); {
		case !ok:
			return resp.Errorf("ERR timeout is not an integer or out of range")
		case n < 0:
			return resp.Errorf("ERR timeout is negative")
		case n > math.MaxInt64-now:
			return resp.Errorf("ERR timeout is out of range")
		}
	}
	return nil
}

// saveConfig implements CLUSTER SAVECONFIG.
func saveConfig(c *Ctx) error {
	if c.InTx { // under tokens: the reply leaves when the file is written, and what goes wrong is in the log
		c.Cluster.Forced()
		c.Out.OK()
		c.keep()
		return nil
	}
	if err := c.Cluster.Save(); err != nil {
		return resp.Errorf("ERR error saving the cluster node config: %s", err)
	}
	c.Out.OK()
	return nil
}
