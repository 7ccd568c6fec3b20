package keys_test

import (
	"math/rand"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestDifferential gives random sequences to the reference and to this server.
func TestDifferential(t *testing.T) {
	reference := testkit.Redis(t)
	runs := 8
	if raceEnabled {
		runs = 2
	}
	nodetest.EachModeInTraffic(t, func(t *testing.T, addr string) {
		testkit.Differential(t, reference, addr, runs, 150, ofTheseFamilies)
		testkit.Differential(t, reference, addr, runs, 150, soup)
	})
}

// TestDifferentialRESP3 does the same with connections that now and then change the
// protocol.
func TestDifferentialRESP3(t *testing.T) {
	reference := testkit.Redis(t)
	addr := nodetest.Start(t)
	testkit.Differential(t, reference, addr, 10, 200, func(r *rand.Rand) testkit.Step {
		switch r.Intn(10) {
		case 0:
			return testkit.Step{Args: []string{"HELLO", strconv.Itoa(2 + r.Intn(2))}, How: testkit.Ignore, Conn: r.Intn(3)}
		case 1, 2, 3:
			return soup(r)
		}
		return ofTheseFamilies(r)
	})
}

// ofTheseFamilies are the steps of the core that this test is about: the commands on
// strings, keys and databases, lists for values that are none, and transactions.
func ofTheseFamilies(r *rand.Rand) testkit.Step {
	for {
		if s := testkit.CoreCommands(r); strings.Contains(families, " "+s.Args[0]+" ") {
			return s
		}
	}
}

const families = ` SET GET MGET MSET DEL EXISTS INCR EXPIRE PEXPIRE TTL PTTL RENAME COPY BITCOUNT LCS TYPE DBSIZE SCAN KEYS ` +
	`RANDOMKEY FLUSHALL SWAPDB ECHO LPUSH RPUSH LPOP RPOP LLEN LRANGE MULTI EXEC DISCARD WATCH UNWATCH `

// soup are commands with options and numbers thrown together, most of them wrong.
func soup(r *rand.Rand) testkit.Step {
	pick := func(words string) string {
		list := strings.Split(words, " ")
		return list[r.Intn(len(list))]
	}
	key := func() string { return pick("a b c d") }
	args := []string{pick("SET SET SET EXPIRE PEXPIRE EXPIREAT PEXPIREAT BITCOUNT LCS RENAMENX COPY MSET DECR PERSIST UNLINK " +
		"TOUCH EXPIRETIME PEXPIRETIME GET FLUSHDB SWAPDB LPUSH")}
	how := testkit.Exact
	switch args[0] {
	case "SET":
		args = append(args, key(), pick("v 1 -5 abcd"))
		for range r.Intn(4) {
			args = append(args, pick("NX XX GET KEEPTTL EX PX EXAT PXAT 1000 99999999999 99999999999999 x 0 -1 get nx ex"))
		}
		how = testkit.Near
		// A time that has passed: the reference stores the value and removes it later, Valkey 9 does not store it.
		if slices.Contains(args, "EXAT") || slices.Contains(args, "PXAT") {
			for i, word := range args[3:] {
				if word == "1000" || word == "99999999999" {
					args[3+i] = "99999999999999"
				}
			}
		}
	case "EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT":
		args = append(args, key(), pick("1000000 99999999999 9223372036854775807 -9223372036854775808 -1 x 1.5"))
		for range r.Intn(3) {
			args = append(args, pick("NX XX GT LT nx zz"))
		}
	case "BITCOUNT":
		if n := r.Intn(3); n > 0 {
			args = append(args, key(), pick("0 1 -1 -3 5 100 -100"), pick("0 1 -1 -2 30 100 -100"))
			args = append(args, strings.Fields(pick("BIT BYTE bit"))[:n-1]...)
		}
	case "LCS":
		args = append(args, key(), key())
		for range r.Intn(4) {
			args = append(args, pick("LEN IDX WITHMATCHLEN MINMATCHLEN 1 2 -1 x"))
		}
	case "COPY":
		args = append(args, key(), key())
		for range r.Intn(3) {
			args = append(args, pick("DB 0 1 REPLACE x -1 16"))
		}
	case "RENAMENX", "MSET", "LPUSH":
		args = append(args, key(), key())
	case "SWAPDB":
		args = append(args, pick("0 1 -1 16 x 99999999999"), pick("0 1 2 y"))
	case "FLUSHDB":
		args = append(args, pick("ASYNC SYNC sync nope"))
	case "EXPIRETIME", "PEXPIRETIME":
		args = append(args, key())
		how = testkit.Near
	default:
		args = append(args, key())
	}
	return testkit.Step{Args: args, How: how, Conn: r.Intn(2)}
}
