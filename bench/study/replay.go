package study

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"sigrun/bench/client"
	"sigrun/bench/result"
	"sigrun/bench/workload"
)

// Bounds of what is read.
const (
	mostLine = 1 << 20
	mostLog  = 20000000 // entries
	// mostRead is how many bytes a recording has, and mostStamp how many seconds are believed: 2^33 are until the year 2242.
	mostRead  = 4 << 30
	mostStamp = 1 << 33
)

// readLog reads what MONITOR has shown, or commands, one a line, which follow each other at once.
func readLog(path string, speed float64) (*client.Log, *result.Recording, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	sum := sha256.New()
	l := &logReader{Log: newLog(speed), clients: map[string]int{}, classes: map[string]int{}}
	left := &io.LimitedReader{R: f, N: mostRead}
	in := bufio.NewScanner(io.TeeReader(left, sum))
	in.Buffer(nil, mostLine)
	line := 0
	for in.Scan() {
		line++
		if err := l.take(in.Text()); err != nil {
			return nil, nil, &workload.Error{Name: path, Line: line, Reason: err.Error()}
		}
	}
	if err := in.Err(); err != nil {
		return nil, nil, &workload.Error{Name: path, Line: line + 1, Reason: err.Error()}
	}
	if left.N == 0 {
		return nil, nil, fmt.Errorf("%s is too large: %d bytes or more", path, int64(mostRead))
	}
	if len(l.Entries) == 0 {
		return nil, nil, fmt.Errorf("%s holds no commands", path)
	}
	return l.Log, &result.Recording{Bytes: mostRead - left.N, Sum: hex.EncodeToString(sum.Sum(nil))}, nil
}

func newLog(speed float64) *client.Log { return &client.Log{Speed: speed} }

type logReader struct {
	*client.Log
	clients, classes map[string]int
	first            float64
	last             int64
}

// take takes a line: 1339518083.107412 [0 127.0.0.1:60866] "keys" "*", or keys *.
func (l *logReader) take(line string) error {
	line = strings.TrimSpace(strings.TrimPrefix(line, "+"))
	if line == "" || line == "OK" {
		return nil
	}
	at, who, rest, db := l.last, "", line, -1
	if stamp, behind, ok := strings.Cut(line, " ["); ok && strings.IndexByte(stamp, ' ') < 0 {
		t, err := strconv.ParseFloat(stamp, 64)
		if err != nil || !(t >= 0 && t < mostStamp) {
			return fmt.Errorf("%.40q is no time", stamp)
		}
		if who, rest, ok = strings.Cut(behind, "] "); !ok {
			return fmt.Errorf("want: TIME [DB CLIENT] \"COMMAND\" \"ARGUMENT\"")
		}
		if len(l.Entries) == 0 {
			l.first = t
		}
		at = max(int64((t-l.first)*1e9), l.last)
		word, _, _ := strings.Cut(who, " ")
		if db, err = strconv.Atoi(word); err != nil || db < 0 {
			return fmt.Errorf("%.40q is no number of a database", word)
		}
	}
	args, err := workload.Words(rest)
	if err != nil || len(args) == 0 {
		return err
	}
	if strings.HasSuffix(who, " lua") {
		return nil // the script that sent it is there itself
	}
	_, from, _ := strings.Cut(who, " ") // the same client, whichever database it was in
	return l.add(client.Entry{At: at, Client: number(l.clients, from), DB: db, Class: l.class(args[0]), Args: args})
}

func (l *logReader) add(e client.Entry) error {
	if len(l.Entries) >= mostLog {
		return fmt.Errorf("more than %d commands", mostLog)
	}
	l.last = e.At
	l.Entries = append(l.Entries, e)
	return nil
}

// mostClasses keeps what is counted apart within bounds: a log may hold anything.
const mostClasses = 64

func (l *logReader) class(word string) int {
	name := strings.ToLower(word)
	if len(name) > 32 || len(l.classes) >= mostClasses && l.classes[name] == 0 {
		name = "others"
	}
	n := number(l.classes, name)
	if n == len(l.Classes) {
		l.Classes = append(l.Classes, name)
	}
	return n
}

// number is the number of a name, by the order in which names have come.
func number(names map[string]int, name string) int {
	n, ok := names[name]
	if !ok {
		n = len(names)
		names[name] = n
	}
	return n
}
