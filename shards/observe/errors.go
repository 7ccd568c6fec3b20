package observe

import (
	"sort"
	"strings"

	"sigrun/internal/sim"
)

// maxErrors bounds the different words that scripts may bring in.
const maxErrors = 128

// maxWord bounds their length, and where the word in front of an error ends.
const maxWord = 31

// overflow counts the words that were not let in.
const overflow = "ERRORSTATS_OVERFLOW"

// Errors counts error replies by their first word.
type Errors struct {
	mu     sim.Mutex
	counts map[string]uint64
	total  uint64
}

// Note counts an error reply; line is what follows the '-', ERR if no word stands in front. custom: a script made the
// word up, so it is let in only while there are few.
func (e *Errors) Note(line string, custom bool) {
	word, _, coded := strings.Cut(line[:min(len(line), maxWord)], " ")
	if !coded {
		word = "ERR"
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.counts == nil {
		e.counts = map[string]uint64{}
	}
	e.total++
	if _, known := e.counts[word]; !known {
		if custom && len(e.counts) >= maxErrors {
			word = overflow
		}
		word = strings.Clone(word)
	}
	e.counts[word]++
}

// Total is the number of error replies.
func (e *Errors) Total() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.total
}

// Each calls fn for every word, in the order of words.
func (e *Errors) Each(fn func(word string, count uint64)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	words := make([]string, 0, len(e.counts))
	for w := range e.counts { // in any order
		words = append(words, w)
	}
	sort.Strings(words)
	for _, w := range words {
		fn(w, e.counts[w])
	}
}

// Reset forgets everything.
func (e *Errors) Reset() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.counts, e.total = nil, 0
}
