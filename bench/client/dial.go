package client

import (
	"errors"
	"fmt"
	"math"
	"time"

	"golang.org/x/sys/unix"

	"sigrun/bench/poll"
	"sigrun/bench/wire"
)

const (
	backoff     = 5 * time.Millisecond // doubled with every failure in a row, up to 128 times
	soon        = time.Millisecond     // what cannot begin yet is tried again after
	dialTimeout = 10 * time.Second
)

func scanner() wire.Scanner { return wire.Scanner{} }

// addr is where a node listens.
func (e *engine) addr(node int) string {
	if e.topology != nil {
		return e.topology.addr(node)
	}
	return e.Addr
}

// dial begins to connect.
func (t *thread) dial(k *link) {
	k.since = t.clock()
	t.knock(k)
}

// knock tries to begin. What comes to nothing now is tried again soon.
func (t *thread) knock(k *link) {
	t.dials++
	k.state, k.later = dialling, false
	switch begun, err := t.reach(k); {
	case err != nil:
		t.lose(k, err)
	case !begun:
		t.dials--
		k.state, k.later = closed, true
		t.again(k, t.now+int64(soon))
	}
}

// reach connects; false: it cannot begin yet.
func (t *thread) reach(k *link) (begun bool, err error) {
	at, err := t.places.look(t.Network, t.addr(k.node))
	if at == nil {
		return false, err
	}
	to, family := at.sockaddr()
	if k.fd, err = unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0); err != nil {
		k.fd = -1
		return false, fmt.Errorf("%w (ulimit -n says how many connections there can be)", err)
	}
	if family != unix.AF_UNIX {
		_ = unix.SetsockoptInt(k.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	}
	err = unix.Connect(k.fd, to)
	if err == unix.EAGAIN { // a Unix socket whose backlog is full
		_ = unix.Close(k.fd)
		k.fd = -1
		return false, nil
	}
	if err != nil && err != unix.EINPROGRESS {
		return false, err
	}
	return true, t.poller.Add(k.fd, k.id, poll.Out)
}

// again has a connection dialled once more at a time.
func (t *thread) again(k *link, at int64) {
	k.retry = at
	t.retry = min(t.retry, at)
	if !k.listed {
		k.listed = true
		t.broken = append(t.broken, k)
	}
}

// knocked deals with a socket that is connected, or is not.
func (t *thread) knocked(k *link) error {
	code, err := unix.GetsockoptInt(k.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil && code != 0 {
		err = unix.Errno(code)
	}
	if err != nil {
		return err
	}
	if t.TLS != nil && k.secure == nil {
		k.state = shaking
		t.shake(k)
		return nil
	}
	if err := t.poller.Change(k.fd, k.id, poll.In); err != nil {
		return err
	}
	return t.opened(k)
}

// opened has a connection introduce itself.
func (t *thread) opened(k *link) error {
	k.state, k.lane.db = open, t.DB
	t.dials--
	rest := append([]byte(nil), k.out...) // what was to be sent when it is open
	held := k.waiting
	k.out, k.waiting = k.out[:0], pendings{}
	for _, args := range t.introduction() {
		k.out = wire.AppendCommand(k.out, args...)
		k.waiting.push(pending{})
	}
	for _, c := range k.lane.role.Start {
		t.dice.Connection, t.dice.Now = k.lane.id, t.now
		c.Task.Draw(t.dice)
		k.out = c.Append(k.out, t.dice)
		for range c.Answers() {
			k.waiting.push(pending{cmd: c})
		}
	}
	k.owed = k.waiting.len()
	for ; held.len() > 0; held.head++ {
		k.waiting.push(*held.front())
	}
	k.out = append(k.out, rest...)
	t.soil(k)
	if k.owed == 0 {
		t.ready(k)
	}
	return nil
}

// introduction is what every connection says first.
func (t *Target) introduction() (list [][]string) {
	auth := []string{"AUTH", t.Password}
	if t.User != "" {
		auth = []string{"AUTH", t.User, t.Password}
	}
	if t.Password != "" {
		list = append(list, auth)
	}
	if t.Proto != 0 {
		list = append(list, []string{"HELLO", fmt.Sprint(t.Proto)})
	}
	if t.DB != 0 {
		list = append(list, []string{"SELECT", fmt.Sprint(t.DB)})
	}
	return list
}

// prelude takes the answer to what a connection has said first.
func (t *thread) prelude(k *link, r *wire.Reply) error {
	if r.IsError() {
		err := fmt.Errorf("the server refuses a connection: %.200s", r.Text)
		if !t.begun {
			t.fail(err)
		}
		return err
	}
	if k.owed == 0 {
		t.ready(k)
	}
	return nil
}

// ready has a connection begin its work.
func (t *thread) ready(k *link) {
	k.fails = 0
	if !t.begun {
		return
	}
	if k.lane.role.Reconnect > 0 && t.counts(k.since) {
		t.set.Classes[len(t.set.Classes)-1].Record(t.clock() - k.since)
	}
	if k.owed == 0 {
		t.refill(k.lane)
	}
}

// connectAll connects everybody before the run begins, some at a time.
func (t *thread) connectAll() {
	deadline := t.clock() + int64(dialTimeout)
	for next := 0; !t.stop.Load(); {
		for next < len(t.links) && t.dials < mostDialled {
			t.dial(t.links[next])
			next++
			deadline = t.now + int64(dialTimeout)
		}
		t.flush()
		if t.now >= t.retry {
			t.redial()
		}
		if next == len(t.links) && t.allReady() {
			return
		}
		for _, e := range t.poller.Wait(time.Duration(min(tick, max(t.retry-t.now, 0)))) {
			t.clock()
			if e.Fd < 0 {
				t.arrived()
				continue
			}
			t.event(t.links[e.Fd], e.Events)
		}
		if t.clock() > deadline {
			t.fail(fmt.Errorf("connecting to %s: the server did not answer within %v", t.Addr, dialTimeout))
		}
	}
}

func (t *thread) allReady() bool {
	if t.dials > 0 || len(t.broken) > 0 {
		return false
	}
	for _, k := range t.links {
		if k.state != open || k.owed > 0 {
			return false
		}
	}
	return true
}

// look looks for what takes too long, and for whose time has come.
func (t *thread) look() {
	t.looked = t.now
	for _, k := range t.links {
		switch {
		case k.state == open && k.waiting.len() > 0 && t.now-max(k.waiting.front().sent, k.since) > int64(t.Timeout):
			t.lose(k, errTimeout)
		case k.state == dialling && t.now-k.since > int64(dialTimeout):
			t.lose(k, errNoAccept)
		}
	}
	t.grow()
	if t.sending && t.now-t.answered > int64(t.GiveUp) && t.nobodyThere() {
		t.fail(fmt.Errorf("nobody has answered for %v", t.GiveUp))
	}
}

// nobodyThere tells whether no connection is there.
func (t *thread) nobodyThere() bool {
	for _, k := range t.links {
		if k.state == open {
			return false
		}
	}
	return true
}

// redial connects once more those who have lost their connection, or could not begin.
func (t *thread) redial() {
	list := t.broken
	t.broken, t.retry = t.broken[:0:0], math.MaxInt64
	for _, k := range list {
		k.listed = false
		switch {
		case k.state != closed:
		case !t.sending && t.begun:
		case k.retry > t.now || t.dials >= mostDialled:
			t.again(k, max(k.retry, t.now+int64(soon)))
		case !k.later:
			t.dial(k)
		case t.now-k.since > int64(dialTimeout):
			k.later = false
			t.lose(k, errNoAccept)
		default:
			t.knock(k)
		}
	}
}

var errNoAccept = errors.New("the server accepts no connection")

// grow has more of the lanes begin, while their number grows.
func (t *thread) grow() {
	if t.resting == 0 {
		return
	}
	share := float64(t.now-(t.from-int64(t.WarmUp))) / float64(t.Ramp)
	active := int(share * float64(len(t.lanes)))
	for _, l := range t.lanes[:min(max(active, 1), len(t.lanes))] {
		if l.resting {
			t.activate(l)
		}
	}
	t.flush()
}
