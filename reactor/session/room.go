package session

import (
	"slices"
	"time"

	"sigrun/internal/sim"
)

// roomAgain is when a loop looks again whether there is room in memory for commands that wait for it. Others have their turn meanwhile.
const roomAgain = 100 * time.Microsecond

// awaitRoom lists a session whose command waits for room. Those that are gone by now leave the list with the next look.
func (l *Loop) awaitRoom(s *Session) {
	l.cramped = append(l.cramped, s)
	if len(l.cramped) == 1 {
		l.lookForRoom()
	}
}

func (l *Loop) lookForRoom() { sim.AfterFunc(roomAgain, func() { l.Post(l.room) }) }

// room goes on with those that wait, in their order, until there is none for one of them: it stands first again.
func (l *Loop) room() {
	list := l.cramped
	l.cramped = nil
	for i, s := range list { // who waits stays on its loop
		s.pipe.goOn()
		if len(l.cramped) > 0 { // awaitRoom has seen to the next look
			l.cramped = slices.Concat(l.cramped, list[i+1:])
			return
		}
	}
}
