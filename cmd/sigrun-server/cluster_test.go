package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigrun/internal/testkit"
)

// clusterOfOne: a node of a cluster keeps its slots in its file, has databases of its own number, and tells of a bus's port.
func clusterOfOne(t *testing.T) {
	s := start(t, "--cluster-enabled", "yes", "--cluster-config-file", "mine.conf", "--cluster-databases", "2", "--cluster-port", "12345")
	if !strings.Contains(s.said(), "Running mode=cluster, port="+s.port) {
		t.Error("the log says another mode:", s.said())
	}
	s.want("-CLUSTERDOWN Hash slot not served\r\n", "GET", "a")
	s.want("+OK\r\n", "CLUSTER", "ADDSLOTSRANGE", "0", "16383")
	s.want("+OK\r\n", "SET", "a", "1")
	c := s.dial()
	c.Want(t, "+OK\r\n", "SELECT", "1")
	c.Want(t, "$-1\r\n", "GET", "a")
	c.Want(t, "-ERR DB index is out of range\r\n", "SELECT", "2")
	text, err := os.ReadFile(filepath.Join(s.dir, "mine.conf"))
	if err != nil || !strings.Contains(string(text), ":"+s.port+"@12345,,tls-port=0,shard-id=") || !strings.Contains(string(text), " myself,master - 0 0 0 connected 0-16383\n") {
		t.Errorf("%v %q", err, text)
	}
}

// clusterAnnounced: clients and other nodes are told where a node is by the parameters for that.
func clusterAnnounced(t *testing.T) {
	s := start(t, "--cluster-enabled", "yes")
	c := s.dial()
	c.Want(t, "+OK\r\n", "CLUSTER", "ADDSLOTSRANGE", "0", "16383")
	for _, set := range [][2]string{{"cluster-announce-ip", "10.1.2.3"}, {"cluster-announce-hostname", "one.example"}, {"cluster-announce-port", "7001"},
		{"cluster-announce-tls-port", "7002"}, {"cluster-announce-bus-port", "7003"}} {
		c.Want(t, "+OK\r\n", "CONFIG", "SET", set[0], set[1])
	}
	if nodes := string(testkit.Must(c.Do("CLUSTER", "NODES"))(t)); !strings.Contains(nodes, " 10.1.2.3:7001@7003,one.example myself,master") {
		t.Error(nodes)
	}
	if shards := string(testkit.Must(c.Do("CLUSTER", "SHARDS"))(t)); !strings.Contains(shards, "$8\r\ntls-port\r\n:7002\r\n") {
		t.Error(shards)
	}
	for kind, want := range map[string]string{"ip": "$8\r\n10.1.2.3\r\n", "hostname": "$11\r\none.example\r\n", "unknown-endpoint": "$-1\r\n"} {
		c.Want(t, "+OK\r\n", "CONFIG", "SET", "cluster-preferred-endpoint-type", kind)
		if slots := string(testkit.Must(c.Do("CLUSTER", "SLOTS"))(t)); !strings.HasPrefix(slots, "*1\r\n*3\r\n:0\r\n:16383\r\n*4\r\n"+want+":7001\r\n") {
			t.Errorf("%s: %q", kind, slots)
		}
	}
}
