//go:build sim

package simulation

import (
	"fmt"
	"strings"

	"sigrun/protocol/slot"
	"sigrun/shards/exec"
	"sigrun/storage/db"
)

// looks is how many rests go by between two walks over the keyspace.
const looks = 16

// rest looks at the node whenever nobody in it can go on but by time: then nothing may lie about of which somebody would have
// to be told, even if he came by later for another reason.
func (x *run) rest() string {
	if x.shards == nil || x.node == nil || x.onDisk > 0 { // whoever waits for a slow disk looks at what has come when that is over
		return ""
	}
	for _, l := range x.engine.loops {
		if !l.asleep { // it is writing to a disk that is slow, and looks at what has come when that is over
			return ""
		}
	}
	wrong := x.node.Stranded(func(loop int) bool { l := x.engine.loops[loop]; return l.asleep && !l.Again() })
	if x.rests++; x.rests%looks == 0 && len(wrong) == 0 && !x.node.AnyHeld() {
		wrong = append(misplaced(x.shards, map[int]int{}), overlooked(x.shards)...)
	}
	if len(wrong) == 0 {
		return ""
	}
	return "at rest " + strings.Join(wrong, ", ")
}

// misplaced compares what is counted with what is there, and each key with where it should be. All tokens are held, or none. It adds
// up the keys of each database.
func misplaced(e *exec.Engine, counts map[int]int) (wrong []string) {
	for i := range e.Space.Databases() {
		e.EachPart(i, func(p *db.Part) {
			n := 0
			p.Each(func(entry db.Entry) bool {
				n++
				if k := e.Space.Hasher().Key(entry.Key()); p.Find(&k) != entry {
					wrong = append(wrong, fmt.Sprintf("%q of database %d is in shard %d, and something else is found there by its name", entry.Key(), i, p.Shard()))
				}
				if owner := e.Owner(slot.Of(entry.Key())); owner != p.Shard() {
					wrong = append(wrong, fmt.Sprintf("%q of database %d is in shard %d, its slot in %d", entry.Key(), i, p.Shard(), owner))
				}
				return true
			})
			if n != p.Count() {
				wrong = append(wrong, fmt.Sprintf("shard %d has %d keys in database %d and counts %d", p.Shard(), n, i, p.Count()))
			}
			counts[i] += n
		})
	}
	return wrong
}

// overlooked are those who wait for or watch a key where nobody looks for them, and those who wait for what is there.
func overlooked(e *exec.Engine) (wrong []string) {
	add := func(format string, a ...any) { wrong = append(wrong, fmt.Sprintf(format, a...)) }
	for i := range e.Shards {
		s := &e.Shards[i]
		s.Watched.Each(func(_ int, name string) {
			if owner := e.Owner(slot.Of([]byte(name))); owner != i {
				add("shard %d knows who watches %q, whose slot is in %d", i, name, owner)
			}
		})
		s.Blocked.Each(func(database int, name string) {
			if owner := e.Owner(slot.Of([]byte(name))); owner != i {
				add("shard %d knows who waits for %q, whose slot is in %d", i, name, owner)
			}
			k := e.Space.Hasher().Key([]byte(name))
			for _, typ := range []db.Type{db.List, db.ZSet} {
				if entry := s.Part(database).Find(&k); entry != 0 && entry.Type() == typ && entry.ExpireAt() == 0 && s.Blocked.Waits(database, name, uint8(typ)) {
					add("somebody waits for %q of database %d, which is there", name, database)
				}
			}
		})
	}
	return wrong
}
