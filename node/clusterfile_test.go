package node_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
	"sigrun/protocol/slot"
)

// filed is a node whose file of nodes has these lines behind its own; slots are its own.
func filed(t *testing.T, mode testkit.Mode, slots string, lines ...string) *testkit.Client {
	file := filepath.Join(t.TempDir(), "nodes.conf")
	text := strings.Repeat("a", 40) + " 127.0.0.1:1@10001 myself,master - 0 0 1 connected " + slots + "\n" + strings.Join(lines, "\n") + "\n"
	if err := os.WriteFile(file, []byte(text+"vars currentEpoch 2 lastVoteEpoch 0\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	addr := nodetest.Start(t, append(append([][2]string(nil), mode.Config...), [2]string{"cluster-enabled", "yes"}, [2]string{"cluster-config-file", file})...)
	return testkit.MustDial(t, addr)
}

func eachFiled(t *testing.T, slots string, lines []string, spec func(t *testing.T, c *testkit.Client)) {
	for _, mode := range testkit.Modes() {
		t.Run(mode.Name, func(t *testing.T) { spec(t, filed(t, mode, slots, lines...)) })
	}
}

var otherNode, copyNode = strings.Repeat("b", 40), strings.Repeat("c", 40)

// A list of replicas is lines without their ends.
func TestReplicasAreLines(t *testing.T) {
	lines := []string{copyNode + " 127.0.0.2:7000@17000, slave " + strings.Repeat("a", 40) + " 0 0 1 connected"}
	eachFiled(t, "0-16383", lines, func(t *testing.T, c *testkit.Client) {
		want := copyNode + " 127.0.0.2:7000@17000 slave " + strings.Repeat("a", 40) + " 0 0 1 disconnected"
		c.Want(t, fmt.Sprintf("*1\r\n$%d\r\n%s\r\n", len(want), want), "CLUSTER", "REPLICAS", strings.Repeat("a", 40))
		if reply := string(testkit.Must(c.Do("CLUSTER", "NODES"))(t)); !strings.Contains(reply, "\n"+want+"\n") {
			t.Error(reply)
		}
	})
}

// A slot that is given to its own node goes on being handed over while keys are here. Slots that are taken away, and come back, do as well.
func TestSlotsGoOnMigrating(t *testing.T) {
	lines := []string{otherNode + " 127.0.0.2:7000@17000, master - 0 0 2 connected"}
	eachFiled(t, "0-16383", lines, func(t *testing.T, c *testkit.Client) {
		at := fmt.Sprint(slot.Of([]byte("k")))
		mark := "[" + at + "->-" + otherNode + "]"
		shown := func(when string, want bool) {
			t.Helper()
			if reply := string(testkit.Must(c.Do("CLUSTER", "NODES"))(t)); strings.Contains(reply, mark) != want {
				t.Errorf("%s: %s", when, reply)
			}
		}
		c.Want(t, "+OK\r\n", "SET", "k", "v")
		c.Want(t, "+OK\r\n", "CLUSTER", "SETSLOT", at, "MIGRATING", otherNode)
		c.Want(t, "+OK\r\n", "CLUSTER", "SETSLOT", at, "NODE", strings.Repeat("a", 40))
		shown("with a key", true)
		c.Want(t, fmt.Sprintf("-ASK %s 127.0.0.2:7000\r\n", at), "GET", "{k}2")
		c.Want(t, ":1\r\n", "DEL", "k")
		c.Want(t, "+OK\r\n", "CLUSTER", "DELSLOTS", at)
		shown("taken away", true)
		c.Want(t, "+OK\r\n", "CLUSTER", "ADDSLOTS", at)
		c.Want(t, fmt.Sprintf("-ASK %s 127.0.0.2:7000\r\n", at), "GET", "k")
		c.Want(t, "+OK\r\n", "CLUSTER", "FLUSHSLOTS")
		shown("all taken away", true)
		c.Want(t, "+OK\r\n", "CLUSTER", "ADDSLOTSRANGE", "0", "16383")
		c.Want(t, "+OK\r\n", "CLUSTER", "SETSLOT", at, "NODE", strings.Repeat("a", 40))
		shown("without a key", false)
		c.Want(t, "$-1\r\n", "GET", "k")
	})
}

// Slots of a node that has failed are not served, and a cluster most of whose nodes are gone is none.
func TestFailedNodesCount(t *testing.T) {
	lines := []string{otherNode + " 127.0.0.2:7000@17000, master,fail - 0 0 2 connected 10000-16383", copyNode + " 127.0.0.2:7001@17001, master,fail? - 0 0 2 connected 9000-9999"}
	eachFiled(t, "0-8999", lines, func(t *testing.T, c *testkit.Client) {
		info := string(testkit.Must(c.Do("CLUSTER", "INFO"))(t))
		for _, line := range []string{"cluster_state:fail", "cluster_slots_assigned:16384", "cluster_slots_ok:9000", "cluster_slots_pfail:1000", "cluster_slots_fail:6384",
			"cluster_nodes_pfail:1", "cluster_nodes_fail:1", "cluster_voting_nodes_pfail:1", "cluster_voting_nodes_fail:1", "cluster_known_nodes:3", "cluster_size:3"} {
			if !strings.Contains(info, line+"\r\n") {
				t.Errorf("%s is missing: %s", line, info)
			}
		}
		key := keyIn(false, 1)
		c.Want(t, "-CLUSTERDOWN The cluster is down\r\n", "GET", key)
		setting(t, c, "cluster-require-full-coverage", "no")
		c.Want(t, "-CLUSTERDOWN The cluster is down\r\n", "GET", key) // one of three is left
		c.Want(t, "+OK\r\n", "CLUSTER", "FORGET", copyNode)
		c.Want(t, "-CLUSTERDOWN The cluster is down\r\n", "GET", key)
		c.Want(t, "+OK\r\n", "CLUSTER", "FORGET", otherNode)
		c.Want(t, "$-1\r\n", "GET", key)
		setting(t, c, "cluster-require-full-coverage", "yes")
		c.Want(t, "-CLUSTERDOWN The cluster is down\r\n", "GET", key)
	})
}

// The address of a node is told beside what it is to be known by, be it that there is none.
func TestAddressesAreToldBeside(t *testing.T) {
	file := filepath.Join(t.TempDir(), "nodes.conf")
	addr := nodetest.Start(t, [2]string{"cluster-enabled", "yes"}, [2]string{"cluster-config-file", file})
	c := testkit.MustDial(t, addr)
	c.Want(t, "+OK\r\n", "CLUSTER", "ADDSLOTSRANGE", "0", "16383")
	setting(t, c, "cluster-preferred-endpoint-type", "unknown-endpoint")
	if reply := string(testkit.Must(c.Do("CLUSTER", "SLOTS"))(t)); !strings.HasSuffix(reply, "*2\r\n$2\r\nip\r\n$0\r\n\r\n") || !strings.Contains(reply, "*4\r\n$-1\r\n") {
		t.Errorf("%q", reply)
	}
}
