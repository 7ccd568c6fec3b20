package testkit

import (
	"fmt"
	"math/rand"
	"strconv"
	"time"

	"github.com/anishathalye/porcupine"
)

// player is one client of a recording; its goroutine owns all of it.
type player struct {
	id      int
	mix     Mix
	client  *Client
	random  *rand.Rand
	begin   time.Time
	serial  int
	history []porcupine.Operation
}

func (p *player) play(ops int) error {
	for range ops {
		p.serial++
		unique := fmt.Sprintf("%d.%d", p.id, p.serial)
		if err := p.perform(p.mix.Next(p.random, unique)); err != nil {
			return err
		}
	}
	return nil
}

func (p *player) perform(o Op) error {
	if len(o.Watch) > 0 {
		if err := p.watch(o.Watch); err != nil {
			return err
		}
	}
	return p.timed(o, func() (string, error) { return p.send(o) })
}

// watch makes the reads of a transaction under WATCH; they are part of the history themselves.
func (p *player) watch(reads []Read) error {
	names := []string{"WATCH"}
	for _, r := range reads {
		names = append(names, r.Args[1])
	}
	if reply, err := p.client.Do(names...); err != nil || string(reply) != rawOK {
		return fmt.Errorf("WATCH: %q %v", reply, err)
	}
	for i := range reads {
		err := p.timed(Op{Commands: [][]string{reads[i].Args}}, func() (string, error) {
			reply, err := p.client.Do(reads[i].Args...)
			reads[i].Reply = string(reply)
			return string(reply), err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *player) timed(o Op, do func() (string, error)) error {
	call := time.Since(p.begin)
	reply, err := do()
	end := time.Since(p.begin)
	if err == nil {
		p.history = append(p.history, porcupine.Operation{ClientId: p.id, Input: o, Output: reply, Call: int64(call), Return: int64(end)})
	}
	return err
}

// send gives an Op to the server and returns the reply of the whole.
func (p *player) send(o Op) (string, error) {
	replies, err := p.client.Pipeline(o.Wire()...)
	if err != nil {
		return "", err
	}
	return string(replies[len(replies)-1]), nil
}

// Wire is what a client sends for an Op, the reads of its Watch excepted. The last reply is that of the whole.
func (o Op) Wire() [][]string {
	switch o.Unit {
	case Transaction:
		return append(append([][]string{{"MULTI"}}, o.Commands...), []string{"EXEC"})
	case Script, LooseScript:
		return [][]string{scriptOf(o)}
	}
	return o.Commands
}

// script runs the commands in ARGV, each after its number of words, and answers like EXEC.
const script = `local out, i = {}, 1
while i <= #ARGV do
  local n = tonumber(ARGV[i])
  out[#out + 1] = redis.pcall(unpack(ARGV, i + 1, i + n))
  i = i + n + 1
end
return out`

func scriptOf(o Op) []string {
	keys, argv := []string{}, []string{}
	for _, c := range o.Commands {
		argv = append(append(argv, strconv.Itoa(len(c))), c...)
		keys = append(keys, KeysOf(c)...)
	}
	if o.Unit == LooseScript {
		keys = nil
	}
	call := append([]string{"EVAL", script, strconv.Itoa(len(keys))}, keys...)
	return append(call, argv...)
}

// KeysOf lists the keys of a command that the model knows.
func KeysOf(args []string) []string {
	switch args[0] {
	case "MGET", "DEL", "EXISTS":
		return args[1:]
	case "MSET":
		var keys []string
		for i := 1; i < len(args); i += 2 {
			keys = append(keys, args[i])
		}
		return keys
	case "RENAME", "COPY", "BLMOVE":
		return args[1:3]
	}
	return args[1:2]
}
