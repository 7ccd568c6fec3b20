package cluster

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"sigrun/internal/config"
	"sigrun/internal/vfs"
	"sigrun/protocol/call"
	"sigrun/protocol/slot"
)

// The file of nodes is Valkey's nodes.conf: a line for each node,
//
//	id ip:port@bus,host,aux=value... flags primary|- ping pong epoch link slot first-last [slot->-node] [slot-<-node] ...
//
// and one with the epochs ("vars currentEpoch n lastVoteEpoch n").

// BusBehind is how far the bus's port is from the node's.
const BusBehind = 10000

// largestFile is what a file of nodes may have at most: a thousand nodes with each slot for itself take less.
const largestFile = 64 << 20

// load reads the file; nil: there is none, or nothing in it.
func (c *Cluster) load() (*View, error) {
	f, err := c.FS.Open(c.File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("Loading the cluster node config: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, largestFile))
	if err != nil || len(text) == 0 {
		return nil, err
	}
	v, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("Unrecoverable error: corrupted cluster config file '%s': %w", c.File, err)
	}
	return v, nil
}

// Save writes the file. No token is held.
func (c *Cluster) Save() error {
	c.file.Lock()
	defer c.file.Unlock()
	return c.write(c.View())
}

// Forced has the next Keep write the file whatever it holds.
func (c *Cluster) Forced() { c.stale.Store(true) }

// Unkept reports whether Keep has something to write.
func (c *Cluster) Unkept() bool { return c.stale.Load() || c.kept.Load() != c.View() }

// Keep writes the file if anything is known that it does not hold, and reports whether that was so. No token is held.
func (c *Cluster) Keep() (changed bool, err error) {
	c.file.Lock()
	defer c.file.Unlock()
	v := c.View()
	if !c.stale.Swap(false) && v == c.kept.Load() {
		return false, nil
	}
	return true, c.write(v)
}

func (c *Cluster) write(v *View) error {
	next := c.File + ".tmp"
	r, err := vfs.Replace(c.FS, next, c.File)
	if err != nil {
		return err
	}
	mine, err := c.locked(next) // before it takes the place of the one that is locked
	if err == nil {
		_, err = r.Write(v.Text())
	}
	if err == nil {
		err = r.Seal()
	}
	if err != nil {
		r.Abandon()
		release(mine)
		return err
	}
	if err = r.Commit(); err != nil {
		release(mine)
		return err
	}
	c.kept.Store(v)
	release(c.lock)
	c.lock = mine
	return nil
}

// locked keeps a file from other servers, where the file system can do that; nil: it cannot.
func (c *Cluster) locked(name string) (vfs.Lock, error) {
	l, can := c.FS.(vfs.Locker)
	if !can {
		return nil, nil
	}
	mine, err := l.Lock(name)
	switch {
	case errors.Is(err, vfs.ErrLocked):
		return nil, fmt.Errorf("Sorry, the cluster configuration file %s is already used by a different Cluster node. "+
			"Please make sure that different nodes use different cluster configuration files.", c.File)
	case err != nil:
		return nil, fmt.Errorf("Can't open %s in order to acquire a lock: %w", c.File, err)
	}
	return mine, nil
}

func release(l vfs.Lock) {
	if l != nil {
		_ = l.Release()
	}
}

// Close leaves the file to others.
func (c *Cluster) Close() {
	c.file.Lock()
	defer c.file.Unlock()
	release(c.lock)
	c.lock = nil
}

// Text is what the file holds.
func (v *View) Text() []byte {
	var b bytes.Buffer
	for _, n := range v.Nodes {
		fmt.Fprintf(&b, "%s %s:%d@%d,%s", n.ID, n.IP, n.Port, n.Bus, n.Host)
		for i := range fields {
			if value := fields[i].text(n); value != "" {
				b.WriteString("," + fields[i].name + "=" + value)
			}
		}
		b.WriteString(" " + v.behind(n) + "\n")
	}
	fmt.Fprintf(&b, "vars currentEpoch %d lastVoteEpoch %d\n", v.Epoch, v.Voted)
	return b.Bytes()
}

// Line is a node as CLUSTER NODES shows it, without the end of line.
func (v *View) Line(n *Node, cl *call.Client) string {
	at := fmt.Sprintf("%s %s:%d@%d", n.ID, n.IPFor(cl), n.PortFor(cl), n.Bus)
	if n.Host != "" {
		at += "," + n.Host
	}
	return at + " " + v.behind(n)
}

// behind is what file and CLUSTER NODES tell of a node behind its address.
func (v *View) behind(n *Node) string {
	var b strings.Builder
	link := "disconnected"
	if n == v.Self {
		b.WriteString("myself,")
		link = "connected"
	}
	role := "master"
	if n.Primary != "" {
		role = "slave"
	}
	fmt.Fprintf(&b, "%s%s %s 0 0 %d %s", role, n.State, cmp.Or(n.Primary, "-"), n.Epoch, link)
	for _, r := range v.Ranges(n) {
		b.WriteByte(' ')
		b.WriteString(strconv.Itoa(r.First))
		if r.Last > r.First {
			fmt.Fprintf(&b, "-%d", r.Last)
		}
	}
	if n == v.Self {
		for s := range uint16(slot.Count) {
			if to := v.Migrating[s]; to != nil {
				fmt.Fprintf(&b, " [%d->-%s]", s, to.ID)
			} else if from := v.Importing[s]; from != nil {
				fmt.Fprintf(&b, " [%d-<-%s]", s, from.ID)
			}
		}
	}
	return b.String()
}

// Parse reads a file of nodes.
func Parse(text []byte) (*View, error) {
	v := &View{Migrating: map[uint16]*Node{}, Importing: map[uint16]*Node{}}
	var lines [][]string
	for line := range strings.Lines(string(text)) {
		words, err := config.Words(line)
		switch {
		case err != nil:
			return nil, err
		case len(words) == 0:
		case slices.ContainsFunc(words, func(w string) bool { return strings.ContainsAny(w, " \t\r\n\v\f\"'\\") }):
			return nil, fmt.Errorf("a word has blanks or quotes within: %.60q", line)
		case words[0] == "vars":
			if err := v.vars(words[1:]); err != nil {
				return nil, err
			}
		case len(words) < 8:
			return nil, fmt.Errorf("a node has %d fields: %.60q", len(words), line)
		default:
			if err := v.node(words); err != nil {
				return nil, err
			}
			lines = append(lines, words)
		}
	}
	if v.Self == nil {
		return nil, errors.New("no node is 'myself'")
	}
	for _, words := range lines { // slots name nodes of later lines
		if err := v.slotWords(v.Find(words[0]), words[8:]); err != nil {
			return nil, err
		}
	}
	v.Epoch = v.TopEpoch() // whatever the line says, or where there is none
	slices.SortFunc(v.Nodes, func(a, b *Node) int { return strings.Compare(a.ID, b.ID) })
	return v, nil
}

func (v *View) vars(words []string) (err error) {
	if len(words)%2 == 1 {
		return fmt.Errorf("the last of the variables has no value: %.60q", words)
	}
	for i := 0; i < len(words) && err == nil; i += 2 {
		switch words[i] {
		case "currentEpoch":
			v.Epoch, err = strconv.ParseUint(words[i+1], 10, 64)
		case "lastVoteEpoch":
			v.Voted, err = strconv.ParseUint(words[i+1], 10, 64)
		}
	}
	return err
}

// ValidID reports whether a word is the ID of a node.
func ValidID(id string) bool {
	return len(id) == 40 && strings.Trim(id, "0123456789abcdef") == ""
}

// node reads the first seven words of a node's line.
func (v *View) node(words []string) error {
	n := &Node{ID: words[0]}
	if !ValidID(n.ID) || v.Find(n.ID) != nil {
		return fmt.Errorf("the ID of a node is wrong, or there twice: %.60q", n.ID)
	}
	if err := n.address(words[1]); err != nil {
		return err
	}
	for _, flag := range strings.Split(words[2], ",") {
		switch flag = strings.ToLower(flag); flag {
		case "myself":
			if v.Self != nil {
				return errors.New("two nodes are 'myself'")
			}
			v.Self = n
		case "master", "primary", "slave", "replica", "noflags":
		case "fail?", "fail", "handshake", "noaddr", "nofailover":
			n.State += "," + flag
		default:
			return fmt.Errorf("the flag of a node is unknown: %.60q", flag)
		}
	}
	if words[3] != "-" {
		if n.Primary = words[3]; !ValidID(n.Primary) {
			return fmt.Errorf("the ID of a primary is wrong: %.60q", n.Primary)
		}
	}
	epoch, err := strconv.ParseUint(words[6], 10, 64)
	n.Epoch = epoch
	v.Nodes = append(v.Nodes, n)
	return err
}

// address reads ip:port@bus,host,aux=value...
func (n *Node) address(word string) (err error) {
	parts := strings.Split(word, ",")
	at := strings.LastIndexByte(parts[0], ':')
	if at < 0 {
		return fmt.Errorf("the address of a node is wrong: %.60q", word)
	}
	n.IP = parts[0][:at]
	port, bus, there := strings.Cut(parts[0][at+1:], "@")
	if n.Port, err = number(port, 65535); err != nil {
		return err
	}
	if n.Bus = n.Port + BusBehind; there {
		if n.Bus, err = number(bus, 65535+BusBehind); err != nil {
			return err
		}
	}
	if len(parts) > 1 {
		n.Host = parts[1]
	}
	for i := 2; i < len(parts) && err == nil; i++ {
		name, value, _ := strings.Cut(parts[i], "=")
		at := slices.IndexFunc(fields[:], func(f field) bool { return f.name == name })
		if at < 0 || strings.Contains(value, "=") || value == "" {
			return fmt.Errorf("what is told of a node's address is wrong: %.60q", parts[i])
		}
		err = fields[at].set(n, value)
	}
	return err
}

// field is one of the fields behind a node's address, in the order in which they are written; text is empty for one that is left out.
type field struct {
	name string
	text func(n *Node) string
	set  func(n *Node, value string) error
}

var fields = [...]field{
	portField("client-tls-port", func(n *Node) *int { return &n.ForClients.TLS }, false),
	portField("client-tcp-port", func(n *Node) *int { return &n.ForClients.Port }, false),
	addressField("client-ipv6", func(n *Node) *string { return &n.ForClients.IP6 }, netip.Addr.Is6),
	addressField("client-ipv4", func(n *Node) *string { return &n.ForClients.IP4 }, netip.Addr.Is4),
	portField("tls-port", func(n *Node) *int { return &n.TLS }, true),
	{"tcp-port", func(*Node) string { return "" }, func(n *Node, value string) (err error) { // that in front is the one for TLS then
		n.TLS = n.Port
		n.Port, err = number(value, 65535)
		return err
	}},
	{"nodename", func(n *Node) string { return n.Name }, func(n *Node, value string) error { n.Name = value; return nil }},
	{"shard-id", func(n *Node) string { return n.Shard }, func(n *Node, value string) error {
		if n.Shard = value; !ValidID(value) {
			return fmt.Errorf("the ID of a shard is wrong: %.60q", value)
		}
		return nil
	}},
}

func portField(name string, of func(*Node) *int, always bool) field {
	return field{name, func(n *Node) string {
		if p := *of(n); p != 0 || always {
			return strconv.Itoa(p)
		}
		return ""
	}, func(n *Node, value string) (err error) { *of(n), err = number(value, 65535); return err }}
}

func addressField(name string, of func(*Node) *string, right func(netip.Addr) bool) field {
	return field{name, func(n *Node) string { return *of(n) }, func(n *Node, value string) error {
		if a, err := netip.ParseAddr(value); err != nil || !right(a) {
			return fmt.Errorf("an address for clients is wrong: %.60q", value)
		}
		*of(n) = value
		return nil
	}}
}

// number reads a decimal number from 0 to most.
func number(word string, most int) (int, error) {
	n, err := strconv.Atoi(word)
	if err != nil || n < 0 || n > most {
		return 0, fmt.Errorf("%.40q is no number from 0 to %d", word, most)
	}
	return n, nil
}

// slotWords reads what a node serves: slots, ranges, and those that are on their way.
func (v *View) slotWords(n *Node, words []string) error {
	for _, word := range words {
		if inner, open := strings.CutPrefix(word, "["); open {
			if err := v.openSlot(strings.TrimSuffix(inner, "]")); err != nil {
				return err
			}
			continue
		}
		from, to, ranged := strings.Cut(word, "-")
		if !ranged {
			to = from
		}
		first, err := number(from, slot.Count-1)
		if err != nil {
			return err
		}
		last, err := number(to, slot.Count-1)
		if err != nil {
			return err
		}
		for s := first; s <= last; s++ {
			if v.Owner[s] != nil {
				return fmt.Errorf("slot %d is two nodes'", s)
			}
			v.Owner[s] = n
		}
		if last < first {
			return fmt.Errorf("%.40q is no range of slots", word)
		}
	}
	return nil
}

// openSlot reads slot->-node or slot-<-node.
func (v *View) openSlot(word string) error {
	for _, way := range []struct {
		mark string
		list map[uint16]*Node
	}{{"->-", v.Migrating}, {"-<-", v.Importing}} {
		if at, id, there := strings.Cut(word, way.mark); there {
			s, err := number(at, slot.Count-1)
			if n := v.Find(id); err == nil && n != nil {
				way.list[uint16(s)] = n
				return nil
			}
		}
	}
	return fmt.Errorf("a slot on its way is wrong: %.80q", word)
}
