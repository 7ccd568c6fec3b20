package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// The classes of client-output-buffer-limit.
const (
	ClassNormal = iota
	ClassReplica
	ClassPubSub
	ClientClasses
)

// OutputLimit bounds the output a client may leave unread: Hard bytes at any time, Soft bytes for SoftSeconds. 0 is none.
type OutputLimit struct {
	Hard, Soft, SoftSeconds int64
}

// classNames are the names CONFIG GET shows.
var classNames = [ClientClasses]string{"normal", "slave", "pubsub"}

func classOf(name string) int {
	if strings.EqualFold(name, "replica") {
		return ClassReplica
	}
	for i, n := range classNames {
		if strings.EqualFold(n, name) {
			return i
		}
	}
	return -1
}

// parseOutputLimits reads groups of <class> <hard> <soft> <seconds>; classes that are not named keep what they had.
func parseOutputLimits(words []string, old State) (State, error) {
	s := State{Limits: old.Limits}
	if len(words) == 1 && words[0] == "" { // which changes nothing
		words = nil
	}
	if len(words)%4 != 0 {
		return s, errors.New("Wrong number of arguments in buffer limit configuration.")
	}
	for ; len(words) > 0; words = words[4:] {
		class := classOf(words[0])
		if class < 0 {
			return s, errors.New("Invalid client class specified in buffer limit configuration.")
		}
		hard, err1 := ParseMemory(words[1])
		soft, err2 := ParseMemory(words[2])
		seconds, err3 := strconv.ParseInt(words[3], 10, 64)
		if err1 != nil || err2 != nil || err3 != nil || hard < 0 || soft < 0 || seconds < 0 {
			return s, errors.New("Error in hard, soft or soft_seconds setting in buffer limit configuration.")
		}
		s.Limits[class] = OutputLimit{hard, soft, seconds}
	}
	parts := make([]string, ClientClasses)
	for i, l := range s.Limits {
		parts[i] = fmt.Sprintf("%s %d %d %d", classNames[i], l.Hard, l.Soft, l.SoftSeconds)
	}
	s.Text = strings.Join(parts, " ")
	return s, nil
}
