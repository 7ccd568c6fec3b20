package control

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sigrun/cluster"
	"sigrun/internal/num"
	"sigrun/protocol/resp"
)

// What CLUSTER tells: of nodes and slots as they are known at one moment, for which no token is needed.

// myID implements CLUSTER MYID, and myShardID CLUSTER MYSHARDID.
func myID(c *Ctx) error {
	c.Out.BulkString(c.Cluster.View().Self.ID)
	return nil
}

func myShardID(c *Ctx) error {
	c.Out.BulkString(c.Cluster.View().Self.Shard)
	return nil
}

// failureReports implements CLUSTER COUNT-FAILURE-REPORTS node. Nobody reports any without a bus.
func failureReports(c *Ctx) error {
	if c.Cluster.View().Find(string(c.Args[2])) == nil {
		return resp.Errorf("ERR Unknown node %s", c.Args[2])
	}
	c.Out.Int(0)
	return nil
}

// slotMigrations implements CLUSTER GETSLOTMIGRATIONS: there have been none.
func slotMigrations(c *Ctx) error {
	c.Out.Array(0)
	return nil
}

// clusterLinks implements CLUSTER LINKS: there are none.
func clusterLinks(c *Ctx) error {
	c.Out.Array(0)
	return nil
}

// clusterNodes implements CLUSTER NODES.
func clusterNodes(c *Ctx) error {
	v := c.Cluster.View()
	var b strings.Builder
	for _, n := range v.Nodes {
		b.WriteString(v.Line(n, c.call.Client) + "\n")
	}
	c.Out.Verbatim("txt", b.String())
	return nil
}

// replicas implements CLUSTER REPLICAS node.
func replicas(c *Ctx) error {
	v := c.Cluster.View()
	of := v.Find(string(c.Args[2]))
	switch {
	case of == nil:
		return resp.Errorf("ERR Unknown node %s", c.Args[2])
	case of.Primary != "":
		return resp.Errorf("ERR The specified node is not a master")
	}
	copies := v.Replicas(of)
	c.Out.Array(len(copies))
	for _, n := range copies {
		c.Out.BulkString(v.Line(n, c.call.Client))
	}
	return nil
}

// clusterInfo implements CLUSTER INFO.
func clusterInfo(c *Ctx) error {
	v := c.Cluster.View()
	now := v.Census()
	var b strings.Builder
	say := func(name string, value any) { fmt.Fprintf(&b, "%s:%v\r\n", name, value) }
	say("cluster_state", cluster.State(c.Cluster.IsDown()))
	say("cluster_slots_assigned", now.Assigned)
	say("cluster_slots_ok", now.Assigned-now.Suspected.Slots-now.Failed.Slots)
	say("cluster_slots_pfail", now.Suspected.Slots)
	say("cluster_slots_fail", now.Failed.Slots)
	say("cluster_nodes_pfail", now.Suspected.Nodes)
	say("cluster_nodes_fail", now.Failed.Nodes)
	say("cluster_voting_nodes_pfail", now.Suspected.Voting)
	say("cluster_voting_nodes_fail", now.Failed.Voting)
	say("cluster_known_nodes", len(v.Nodes))
	say("cluster_size", now.Size)
	say("cluster_current_epoch", v.Epoch)
	say("cluster_my_epoch", v.Self.Epoch)
	for _, name := range []string{"cluster_stats_messages_sent", "cluster_stats_messages_received", "total_cluster_links_buffer_limit_exceeded"} {
		say(name, 0)
	}
	c.Out.Verbatim("txt", b.String())
	return nil
}

// clusterSlots implements CLUSTER SLOTS: ranges with the nodes that serve them. Of replicas clients are told when they have data, which nobody
// hears of without a bus.
func clusterSlots(c *Ctx) error {
	v := c.Cluster.View()
	type entry struct {
		cluster.Range
		n *cluster.Node
	}
	var all []entry
	for _, n := range v.Nodes {
		for _, r := range v.Ranges(n) {
			all = append(all, entry{r, n})
		}
	}
	slices.SortFunc(all, func(a, b entry) int { return a.First - b.First })
	c.Out.Array(len(all))
	for _, e := range all {
		c.Out.Array(3)
		c.Out.Int(int64(e.First))
		c.Out.Int(int64(e.Last))
		c.slotNode(e.n)
	}
	return nil
}

// slotNode is a node in CLUSTER SLOTS: where clients are to go, and in what other ways it is known.
func (c *Ctx) slotNode(n *cluster.Node) {
	c.Out.Array(4)
	told := c.Cluster.Told()
	if told == cluster.NoEndpoint {
		c.Out.Null()
	} else {
		c.Out.BulkString(c.Cluster.Endpoint(n, c.call.Client))
	}
	c.Out.Int(int64(n.PortFor(c.call.Client)))
	c.Out.BulkString(n.ID)
	var others [][2]string
	if told != cluster.IPEndpoint {
		others = append(others, [2]string{"ip", n.IPFor(c.call.Client)})
	}
	if n.Host != "" && told != cluster.HostEndpoint {
		others = append(others, [2]string{"hostname", n.Host})
	}
	c.Out.Map(len(others))
	for _, o := range others {
		c.Out.BulkString(o[0])
		c.Out.BulkString(o[1])
	}
}

// clusterShards implements CLUSTER SHARDS: primaries with their replicas, and what they serve.
func clusterShards(c *Ctx) error {
	v := c.Cluster.View()
	var primaries []*cluster.Node
	for _, n := range v.Nodes {
		if n.Primary == "" {
			primaries = append(primaries, n)
		}
	}
	c.Out.Array(len(primaries))
	for _, p := range primaries {
		c.Out.Map(3)
		c.Out.BulkString("slots")
		ranges := v.Ranges(p)
		c.Out.Array(2 * len(ranges))
		for _, r := range ranges {
			c.Out.Int(int64(r.First))
			c.Out.Int(int64(r.Last))
		}
		c.Out.BulkString("nodes")
		nodes := append([]*cluster.Node{p}, v.Replicas(p)...)
		c.Out.Array(len(nodes))
		for _, n := range nodes {
			c.shardNode(n)
		}
		c.Out.BulkString("id")
		c.Out.BulkString(p.Shard)
	}
	return nil
}

// shardNode is a node in CLUSTER SHARDS.
func (c *Ctx) shardNode(n *cluster.Node) {
	var facts [][2]string
	say := func(name, value string) { facts = append(facts, [2]string{name, value}) }
	say("id", n.ID)
	if n.Port != 0 {
		say("port", strconv.Itoa(cmp.Or(n.ForClients.Port, n.Port)))
	}
	if n.TLS != 0 {
		say("tls-port", strconv.Itoa(cmp.Or(n.ForClients.TLS, n.TLS)))
	}
	say("ip", n.IPFor(c.call.Client))
	say("endpoint", c.Cluster.Endpoint(n, c.call.Client))
	if n.Host != "" {
		say("hostname", n.Host)
	}
	role, health := "master", "online"
	if n.Primary != "" {
		role, health = "replica", "loading"
	}
	if n.HasFailed() {
		health = "fail"
	}
	say("role", role)
	say("replication-offset", "0")
	say("health", health)
	c.Out.Map(len(facts))
	for _, f := range facts {
		c.Out.BulkString(f[0])
		if value, number := num.ParseInt([]byte(f[1])); number && (strings.HasSuffix(f[0], "port") || strings.HasSuffix(f[0], "offset")) {
			c.Out.Int(value)
		} else {
			c.Out.BulkString(f[1])
		}
	}
}

// clusterHelp implements CLUSTER HELP.
func clusterHelp(c *Ctx) error {
	const busless = " Needs the cluster bus, which this version lacks."
	c.Out.Help("CLUSTER",
		"COUNTKEYSINSLOT <slot>", "    Number of keys in a slot.",
		"GETKEYSINSLOT <slot> <count>", "    Names of keys in a slot.",
		"INFO", "    How the cluster is.",
		"KEYSLOT <key>", "    The slot of a key.",
		"MYID", "    The ID of this node.",
		"MYSHARDID", "    The ID of the shard of this node.",
		"NODES", "    All nodes, a line for each:",
		"    <id> <ip:port@bus-port[,hostname]> <flags> <primary> <pings> <pongs> <epoch> <link> <slot> ...",
		"REPLICAS <node-id>", "    Replicas of a primary.",
		"SLOTS", "    Ranges of slots with their nodes:", "    first slot, last slot, then address, port and ID of each node",
		"SLOT-STATS", "    How much slots are used.",
		"SHARDS", "    Slots and nodes by shards.",
		"ADDSLOTS <slot> [<slot> ...]", "    Give slots to this node.",
		"ADDSLOTSRANGE <start slot> <end slot> [<start slot> <end slot> ...]", "    Give ranges of slots to this node.",
		"BUMPEPOCH", "    Raise the configuration epoch.",
		"COUNT-FAILURE-REPORTS <node-id>", "    Nodes that report a node as failing.",
		"DELSLOTS <slot> [<slot> ...]", "    Take slots from whoever has them.",
		"DELSLOTSRANGE <start slot> <end slot> [<start slot> <end slot> ...]", "    Take ranges of slots.",
		"FAILOVER [FORCE|TAKEOVER]", "    Have a replica take over from its primary.",
		"FORGET <node-id>", "    Strike a node from the list.",
		"FLUSHSLOTS", "    Take all slots from this node.",
		"MEET <ip> <port> [<bus-port>]", "    Introduce a node."+busless,
		"REPLICATE <node-id>", "    Make this node a replica."+busless,
		"RESET [HARD|SOFT]", "    Forget the cluster.",
		"SET-CONFIG-EPOCH <epoch>", "    Set the epoch of a new node.",
		"SETSLOT <slot> (IMPORTING <node-id>|MIGRATING <node-id>|STABLE|NODE <node-id>)", "    Set the state of a slot.",
		"SAVECONFIG", "    Write the file of nodes.",
		"LINKS", "    Connections to other nodes.",
		"MIGRATESLOTS SLOTSRANGE start-slot end-slot [start-slot end-slot ...] NODE node-id [SLOTSRANGE start-slot end-slot [start-slot end-slot ...] NODE node-id ...]",
		"    Move slots to other nodes."+busless,
		"CANCELSLOTMIGRATIONS ALL", "    Stop all migrations of slots."+busless,
		"GETSLOTMIGRATIONS", "    Migrations of slots.")
	return nil
}
