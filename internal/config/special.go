package config

import (
	"errors"
	"strconv"
	"strings"
)

// What reads the Custom parameters, but for client-output-buffer-limit.

// parseSave reads pairs of seconds and changes.
func parseSave(words []string, _ State) (State, error) {
	bad := errors.New("Invalid save parameters")
	if len(words) == 1 && words[0] == "" {
		words = nil
	}
	if len(words)%2 != 0 {
		return State{}, bad
	}
	for i, w := range words {
		n, err := strconv.ParseInt(w, 10, 64)
		if err != nil || n < 0 || i%2 == 0 && n < 1 {
			return State{}, bad
		}
	}
	return State{Text: strings.Join(words, " "), Words: append([]string(nil), words...)}, nil
}

// parseOOMValues reads the three scores.
func parseOOMValues(words []string, _ State) (State, error) {
	if len(words) != 3 {
		return State{}, errors.New("wrong number of arguments")
	}
	text := make([]string, len(words))
	for i, w := range words {
		n, err := strconv.ParseInt(w, 10, 64)
		if err != nil || n < -2000 || n > 2000 {
			return State{}, errors.New("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")
		}
		text[i] = strconv.FormatInt(n, 10)
	}
	return State{Text: strings.Join(text, " "), Words: text}, nil
}

// parseReplicaOf reads a host and a port, or "no one".
func parseReplicaOf(words []string, _ State) (State, error) {
	if len(words) != 2 {
		return State{}, errors.New("wrong number of arguments")
	}
	if strings.EqualFold(words[0], "no") && strings.EqualFold(words[1], "one") {
		return State{}, nil
	}
	port, err := strconv.ParseInt(words[1], 10, 64)
	if err != nil || port < 0 || port > 65535 {
		return State{}, errors.New("Invalid primary port")
	}
	return State{Text: words[0] + " " + strconv.FormatInt(port, 10), Words: []string{words[0], strconv.FormatInt(port, 10)}}, nil
}

// parseProcessLimit reads bytes, or auto, whose number is -1.
func parseProcessLimit(words []string, _ State) (State, error) {
	if len(words) == 1 && strings.EqualFold(words[0], "auto") {
		return State{Text: "auto", Num: -1}, nil
	}
	if len(words) == 1 {
		if n, err := ParseMemory(words[0]); err == nil && (n == 0 || n >= leastProcess) {
			return State{Text: strconv.FormatInt(n, 10), Num: n}, nil
		}
	}
	return State{}, errors.New("argument must be a memory value of 64mb at least, 0 or auto")
}

// leastProcess is what an empty process takes, and some room.
const leastProcess = 64 << 20
