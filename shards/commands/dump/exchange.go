package dump

import (
	"strconv"

	"sigrun/internal/num"
	"sigrun/internal/peers"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/storage/db"
)

const (
	// sendFrom is how much is written at once.
	sendFrom = 64 << 10
	// mostUnheard is how many replies may be on their way: the other side has to keep them while it gets more to do.
	mostUnheard = 1000
)

// exchange is one try to bring keys over a connection: a RESTORE for each, whose replies come in their order.
type exchange struct {
	c    *exec.Ctx
	m    *migration
	peer *peers.Conn

	out       []byte
	held      int    // of out, as others know of it
	heads     int    // replies that come before those of the keys
	head      string // the first of them that is an error
	offered   []int  // the keys that were sent
	heard     int    // of them, those that were answered
	taken     []int  // of them, those that the other side has
	refusal   string // what it said first of one that it has not
	own       bool   // it was not the other side who said that
	unwritten bool   // the connection broke while it was written to
}

// carry brings keys over. An error is one of the connection; what was taken before is taken.
func (x *exchange) carry(there []int) error {
	defer x.drop()
	if x.m.to.Known {
		if x.m.to.Named {
			x.command([]byte("AUTH"), []byte(x.m.to.User), []byte(x.m.to.Password))
		} else {
			x.command([]byte("AUTH"), []byte(x.m.to.Password))
		}
		x.heads++
	}
	if x.peer.DB != x.m.database {
		x.command([]byte("SELECT"), strconv.AppendInt(nil, x.m.database, 10))
		x.heads++
	}
	x.peer.DB = -1 // until all has gone well
	keys := x.c.Keys()
	for _, i := range there {
		if !x.offer(&keys[i]) {
			continue
		}
		x.offered = append(x.offered, i)
		if err := x.flush(sendFrom); err != nil {
			return err
		}
		if len(x.offered)-x.heard >= mostUnheard {
			if err := x.flush(0); err != nil {
				return err
			}
			if err := x.hear(); err != nil {
				return err
			}
		}
	}
	if err := x.flush(0); err != nil {
		return err
	}
	for x.heads > 0 || x.heard < len(x.offered) {
		if err := x.hear(); err != nil {
			return err
		}
	}
	if x.refusal == "" || x.own {
		x.peer.DB = x.m.database
	}
	return nil
}

// offer adds the RESTORE of a key; false: there is nothing to send.
func (x *exchange) offer(k *db.Key) bool {
	c := x.c
	e := c.Look(k, exec.Peeks, exec.Quietly).E
	if e == 0 {
		return false
	}
	ttl := int64(0)
	if at := e.ExpireAt(); at != 0 {
		if ttl = at - c.Now; ttl < 0 {
			return false
		}
		ttl = max(ttl, 1)
	}
	payload, err := c.Images().Dump(e)
	defer c.Images().Release()
	if err != nil {
		if x.refusal == "" {
			x.refusal, x.own = err.Error(), true
		}
		return false
	}
	name := restoreName
	if c.InCluster() {
		name = restoreAskingName
	}
	var digits [num.MaxIntLen]byte
	words := [][]byte{name, k.Name, num.AppendInt(digits[:0], ttl), payload, replaceWord}
	if !x.m.replaces {
		words = words[:4]
	}
	x.command(words...)
	return true
}

var (
	restoreName       = []byte("RESTORE")
	restoreAskingName = []byte("RESTORE-ASKING")
	replaceWord       = []byte("REPLACE")
)

// command adds a command to what is to be written.
func (x *exchange) command(words ...[]byte) {
	x.out = append(num.AppendInt(append(x.out, '*'), int64(len(words))), "\r\n"...)
	for _, w := range words {
		x.out = append(num.AppendInt(append(x.out, '$'), int64(len(w))), "\r\n"...)
		x.out = append(append(x.out, w...), "\r\n"...)
	}
	x.count()
}

// count has it known what is to be written.
func (x *exchange) count() {
	x.c.Engine().Payloads.Add(int64(cap(x.out) - x.held))
	x.held = cap(x.out)
}

func (x *exchange) drop() {
	x.out = nil
	x.count()
}

// flush writes what there is, if that is so much.
func (x *exchange) flush(enough int) error {
	if len(x.out) < enough {
		return nil
	}
	if err := x.peer.Send(x.out); err != nil {
		x.unwritten = true
		return err
	}
	if x.out = x.out[:0]; cap(x.out) > 2*sendFrom {
		x.drop()
	}
	return nil
}

// hear reads a reply.
func (x *exchange) hear() error {
	line, err := x.peer.Line()
	if err != nil {
		return err
	}
	refused := ""
	if line[0] == '-' {
		refused = string(line[1:])
	}
	if x.heads > 0 {
		if x.heads--; x.head == "" {
			x.head = refused
		}
		return nil
	}
	i := x.offered[x.heard]
	x.heard++
	if x.head != "" { // whatever the key's own reply is: who knows as whom, or where, that was done
		refused = x.head
	}
	switch {
	case refused == "":
		x.taken = append(x.taken, i)
	case x.refusal == "" || x.own:
		x.refusal, x.own = refused, false
	}
	return nil
}

// answer tells the client how it went, once the connection is of no interest any more.
func (x *exchange) answer(out *resp.Writer) {
	switch {
	case x.refusal == "":
		out.OK()
	case x.own:
		out.ErrorText("ERR " + x.refusal)
	default:
		out.ErrorText("ERR Target instance replied with error: " + x.refusal)
	}
}

// broken is what the client is told of a connection that broke.
func (x *exchange) broken() *resp.Error {
	if x.unwritten {
		return errWriting
	}
	return errReading
}
