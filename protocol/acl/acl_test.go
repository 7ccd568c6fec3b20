package acl

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"sigrun/internal/glob"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
)

// table is a few commands as their rows might be.
func table() *command.Table {
	rw := command.KeyRW | command.KeyAccess | command.KeyUpdate
	return command.NewTable(
		&command.Spec{Name: "GET", Arity: 2, Flags: command.ReadOnly | command.Fast, ACL: command.CatString, Keys: command.OneKey(command.KeyRO | command.KeyAccess)},
		&command.Spec{Name: "SET", Arity: -3, Flags: command.Write, ACL: command.CatString, Keys: command.OneKey(command.KeyOW | command.KeyUpdate)},
		&command.Spec{Name: "STRLEN", Arity: 2, Flags: command.ReadOnly | command.Fast, ACL: command.CatString, Keys: command.OneKey(command.KeyRO)},
		&command.Spec{Name: "MGET", Arity: -2, Flags: command.ReadOnly, ACL: command.CatString, Keys: []command.KeySpec{{First: 1, Last: -1, Flags: command.KeyRO | command.KeyAccess}}},
		&command.Spec{Name: "COPY", Arity: -3, Flags: command.Write, ACL: command.CatKeyspace, Databases: func([][]byte) [2]int { return [2]int{4} },
			Keys: []command.KeySpec{{First: 1, Flags: command.KeyRO | command.KeyAccess}, {First: 2, Flags: command.KeyOW | command.KeyUpdate}}},
		&command.Spec{Name: "GETSET", Arity: 3, Flags: command.Write, ACL: command.CatString, Keys: command.OneKey(rw)},
		&command.Spec{Name: "UNION", Arity: -3, Flags: command.Write, ACL: command.CatSet, Keys: []command.KeySpec{{First: 1, Flags: command.KeyOW | command.KeyUpdate},
			{First: 3, NumAt: 2, Flags: command.KeyRO | command.KeyAccess}}},
		&command.Spec{Name: "SELECT", Arity: 2, Flags: command.Fast, ACL: command.CatConnection, Selects: true, Databases: func([][]byte) [2]int { return [2]int{1} }},
		&command.Spec{Name: "FLUSHALL", Arity: -1, Flags: command.Write, ACL: command.CatKeyspace | command.CatDangerous, AllDatabases: true},
		&command.Spec{Name: "PUBLISH", Arity: 3, Flags: command.PubSub | command.Fast, Channels: command.OneChannel},
		&command.Spec{Name: "SUBSCRIBE", Arity: -2, Flags: command.PubSub, Channels: command.ListOfChannels},
		&command.Spec{Name: "PSUBSCRIBE", Arity: -2, Flags: command.PubSub, Channels: command.PatternsOfChannels},
		&command.Spec{Name: "AUTH", Arity: -2, Flags: command.NoAuth | command.Fast, ACL: command.CatConnection},
		&command.Spec{Name: "CONFIG", Arity: -2, Subs: []*command.Spec{{Name: "GET", Arity: -3, Flags: command.Admin}, {Name: "SET", Arity: -4, Flags: command.Admin}}},
		&command.Spec{Name: "DEBUG", Arity: -2, Flags: command.Admin, Subs: []*command.Spec{{Name: "SLEEP", Arity: 3, Flags: command.Admin | command.Inner},
			{Name: "OBJECT", Arity: -3, Flags: command.Admin | command.Inner}}},
	)
}

var names = table()

func users() *Users {
	return NewUsers(&Rules{Commands: NewCommands(names), Databases: 4, AllChannels: func() bool { return false }})
}

// made is a user of some rules.
func made(t testing.TB, rules string) *User {
	t.Helper()
	c, err := users().Set("bob", strings.Fields(rules))
	if err != nil {
		t.Fatalf("%s: %v", rules, err)
	}
	return c.After
}

func line(text string) (*command.Spec, [][]byte) {
	var args [][]byte
	for _, w := range strings.Fields(text) {
		args = append(args, []byte(w))
	}
	return names.Lookup(args[0]).Narrowed(args), args
}

// TestCheck: rules, a command, and what comes of it: the reason and the argument.
func TestCheck(t *testing.T) {
	for _, c := range []struct {
		rules, line string
		db          int
		want        Denial
	}{
		{"", "GET a", 0, Denial{Command, 0}},
		{"", "AUTH a", 0, Denial{}},
		{"+get", "GET a", 0, Denial{Key, 1}},
		{"+get ~a", "GET a", 0, Denial{}},
		{"+get ~a", "GET b", 0, Denial{Key, 1}},
		{"+@string -get ~*", "GET b", 0, Denial{Command, 0}},
		{"+@string -get ~*", "SET a b", 0, Denial{}},
		{"+@all %R~a %W~b", "COPY a b", 0, Denial{}},
		{"+@all %R~a %W~b", "COPY b a", 0, Denial{Key, 1}},
		{"+@all %R~a %W~b", "COPY a a", 0, Denial{Key, 2}},
		{"+@all %R~a %W~a", "GETSET a b", 0, Denial{}},
		{"+@all (%R~a) (%W~a)", "GETSET a b", 0, Denial{Key, 1}},
		{"+@all (+@all %R~a) (+@all %W~a)", "GETSET a b", 0, Denial{Key, 1}},
		{"+@all %W~a", "STRLEN a", 0, Denial{}},
		{"+@all ~a ~b", "MGET a b c", 0, Denial{Key, 3}},
		{"+get ~a (+mget ~x*)", "MGET x1 x2", 0, Denial{}},
		{"+get ~a (+mget ~x*)", "MGET x1 a", 0, Denial{Key, 2}},
		{"+@all ~x*", "UNION y 0", 0, Denial{}}, // fails by itself
		{"+@all ~x*", "UNION x 1 y", 0, Denial{Key, 3}},
		{"+@all", "PUBLISH a b", 0, Denial{Channel, 1}},
		{"+@all &a*", "PUBLISH ab b", 0, Denial{}},
		{"+@all &a*", "SUBSCRIBE ab b", 0, Denial{Channel, 2}},
		{"+@all &a*", "PSUBSCRIBE ab", 0, Denial{Channel, 1}},
		{"+@all &a*", "PSUBSCRIBE a*", 0, Denial{}},
		{"+@all allchannels", "PSUBSCRIBE *", 0, Denial{}},
		{"+config|get", "CONFIG GET a", 0, Denial{}},
		{"+config|get", "CONFIG SET a b", 0, Denial{Command, 0}},
		{"+config -config|set", "CONFIG SET a b", 0, Denial{Command, 0}},
		{"+debug|sleep", "DEBUG SLEEP 1", 0, Denial{}},
		{"+debug|sleep", "DEBUG OBJECT a", 0, Denial{Command, 0}},
		{"+debug", "DEBUG OBJECT a", 0, Denial{}},
		{"+select|1", "SELECT 1", 0, Denial{}},
		{"+select|1", "SELECT 2", 0, Denial{Command, 0}},
		{"+@all ~* db=1", "GET a", 0, Denial{Database, 0}},
		{"+@all ~* db=1", "GET a", 1, Denial{}},
		{"+@all ~* db=1", "PUBLISH a b", 0, Denial{Channel, 1}},
		{"+@all ~* db=1", "SELECT 1", 0, Denial{}},
		{"+@all ~* db=1", "SELECT 2", 0, Denial{Database, 1}},
		{"+@all ~* db=1", "SELECT 9", 0, Denial{}}, // there is none
		{"+@all ~* db=1", "COPY a b DB 2", 1, Denial{Database, 4}},
		{"+@all ~* db=1", "COPY a b DB 1", 1, Denial{}},
		{"+@all ~* db=1", "COPY a b DB 1", 0, Denial{Database, 0}},
		{"+@all ~* db=1", "FLUSHALL", 1, Denial{Database, 0}},
		{"+@all ~* db=0,1,2,3", "FLUSHALL", 1, Denial{}},
		{"+@all ~* resetdbs", "GET a", 0, Denial{Database, 0}},
	} {
		u := made(t, c.rules)
		cmd, args := line(c.line)
		if got := u.Check(cmd, args, c.db); got != c.want {
			t.Errorf("%s: %s in %d: %v %d, want %v %d", c.rules, c.line, c.db, got.Reason, got.At, c.want.Reason, c.want.At)
		}
		if u.Permits(cmd, args, c.db) != (c.want.Reason == None) {
			t.Errorf("%s: %s: Permits says otherwise", c.rules, c.line)
		}
	}
}

// TestDescribe: rules, and how they are shown.
func TestDescribe(t *testing.T) {
	const nothing = " resetchannels alldbs -@all"
	for rules, want := range map[string]string{
		"":                                      "off sanitize-payload" + nothing,
		"on nopass skip-sanitize-payload":       "on nopass skip-sanitize-payload" + nothing,
		"~a ~b %R~c %W~c %RW~d %wr~e":           "off sanitize-payload ~a ~b ~c ~d ~e" + nothing,
		"%R~a %W~b %R ~":                        "off sanitize-payload %R~a %W~b ~" + nothing,
		"allkeys &x &y &x":                      "off sanitize-payload ~* resetchannels &x &y alldbs -@all",
		"+get +config +config|get -CONFIG|SET":  "off sanitize-payload" + nothing + " +get +config +config|get -config|set",
		"+config|get +config":                   "off sanitize-payload" + nothing + " +config",
		"+@String -@string +@string":            "off sanitize-payload" + nothing + " +@string",
		"+get -@all +set":                       "off sanitize-payload" + nothing + " +set",
		"+@all -get -set":                       "off sanitize-payload resetchannels alldbs +@all -get -set",
		"+select|1 +select|0 +SELECT|A":         "off sanitize-payload" + nothing + " +select|1 +select|0 +select|a",
		"+select|1 -select":                     "off sanitize-payload" + nothing + " -select",
		"db=3,1,2,1":                            "off sanitize-payload resetchannels db=1,2,3 -@all",
		"db=1 resetdbs":                         "off sanitize-payload resetchannels resetdbs -@all",
		"on (~a +get) (%R~b -@all db=1)":        "on sanitize-payload" + nothing + " (~a resetchannels alldbs -@all +get) (%R~b resetchannels db=1 -@all)",
		"( ~a +get ) clearselectors (+get)":     "off sanitize-payload" + nothing + " (resetchannels alldbs -@all +get)",
		"on >a ~a &a +@all (+get) db=1 reset":   "off sanitize-payload" + nothing,
		"#" + strings.Repeat("ab", 32) + " off": "off sanitize-payload #" + strings.Repeat("ab", 32) + nothing,
		"nopass >a <a":                          "off sanitize-payload" + nothing,
	} {
		if got := made(t, rules).Line(); got != "user bob "+want {
			t.Errorf("%s: %s", rules, got)
		}
	}
}

// TestBadRules: what is refused, and in which words.
func TestBadRules(t *testing.T) {
	for rules, want := range map[string]error{
		"+nosuch": errUnknown, "-nosuch": errUnknown, "+@nosuch": errUnknown, "+": errUnknown, "+@": errUnknown, "+config|nosuch": errUnknown,
		"-select|1": errUnknown, "+nosuch|a": errUnknown, "+config|get|x": errNested, "+select|": errSyntax, "foo": errSyntax, "%~a": errSyntax,
		"%RR~a": errSyntax, "%X~a": errSyntax, "%": errSyntax, "allkeys ~a": errAllKeys, "~* %R~a": errAllKeys, "allchannels &a": errAllHeard,
		"<a": errNoSuch, "!" + strings.Repeat("ab", 32): errNoSuch, "#ab": errHash, "#" + strings.Repeat("AB", 32): errHash,
		"db=": errSyntax, "db=1,": errSyntax, "db=,1": errSyntax, "db=1,,2": errSyntax, "db=x": errSyntax, "db=-1": errDatabase, "db=2147483648": errDatabase,
		"(+nosuch)": errUnknown, "(~a (+get))": errSyntax, "(on)": errSyntax,
	} {
		_, err := users().Set("bob", strings.Fields(rules))
		if err == nil || !strings.HasSuffix(err.Error(), ": "+want.Error()) {
			t.Errorf("%s: %v", rules, err)
		}
	}
	if _, err := users().Set("bob", []string{"on", "(+get", "~a"}); err == nil || err.Error() != "Unmatched parenthesis in acl selector starting at '(+get'." {
		t.Error(err)
	}
	if _, err := users().Set("b b", nil); err == nil {
		t.Error("a name with a blank")
	}
}

func TestAll(t *testing.T) {
	for rules, want := range map[string]bool{"+@all ~* &*": true, "+@all ~* &* db=0,1,2,3": true, "+@all ~* &* db=0,1,2": false, "+@all ~*": false,
		"+@all ~* &* -get": false, "+@all ~* &* -get +get": false, "+@all &* %RW~*": false, "(+@all ~* &*)": true} {
		if made(t, rules).All() != want {
			t.Error(rules)
		}
	}
}

func TestPasswords(t *testing.T) {
	u := users()
	for _, c := range []struct {
		rules, password string
		want            bool
	}{
		{"on >a >b", "a", true}, {"on >a >b", "b", true}, {"on >a >b", "c", false}, {"on >a >b <a", "a", false}, {"on", "", false}, {"on nopass", "x", true},
		{"off >a", "a", false}, {"off nopass", "a", false}, {"on nopass >a", "b", false}, {"on >a nopass", "b", true},
	} {
		if _, err := u.Set("bob", append([]string{"reset"}, strings.Fields(c.rules)...)); err != nil {
			t.Fatal(err)
		}
		if got := u.Authenticate([]byte("bob"), []byte(c.password)) != nil; got != c.want {
			t.Errorf("%s: %q: %v", c.rules, c.password, got)
		}
	}
	if u.Authenticate([]byte("nobody"), []byte("a")) != nil || u.Authenticate([]byte(Standard), nil) == nil {
		t.Error("the wrong ones get in")
	}
	u.SetPassword("secret")
	if u.Authenticate([]byte(Standard), []byte("x")) != nil || u.Authenticate([]byte(Standard), []byte("secret")) == nil || u.Default().User().Open() {
		t.Error("requirepass")
	}
}

func TestAccounts(t *testing.T) {
	u := users()
	first, _ := u.Set("bob", []string{"on", "+@all", "~*", "&*"})
	if first.Account.ID != 1 || first.Before != nil || first.Account.Restricted() != nil {
		t.Errorf("%+v", first)
	}
	second, _ := u.Set("bob", []string{"-@all", "resetchannels", "&a"})
	if second.Account != first.Account || first.Account.Restricted() == nil || !second.Silences() {
		t.Errorf("%+v", second)
	}
	if third, _ := u.Set("bob", []string{"&b"}); third.Silences() {
		t.Error("who may listen to more need not be looked at")
	}
	if _, err := u.Delete([][]byte{[]byte("bob"), []byte(Standard)}); err == nil || u.Named([]byte("bob")) == nil {
		t.Error("the default user was removed, or others with it")
	}
	gone, err := u.Delete([][]byte{[]byte("bob"), []byte("nobody"), []byte("bob")})
	if err != nil || len(gone) != 1 || !first.Account.Gone() || u.Named([]byte("bob")) != nil {
		t.Error(gone, err)
	}
	cmd, args := line("GET a")
	if first.Account.Restricted().Permits(cmd, args, 0) {
		t.Error("who is gone may do something")
	}
	if again, _ := u.Set("bob", nil); again.Account == first.Account || again.Account.ID != 2 {
		t.Errorf("%+v", again)
	}
}

func TestFile(t *testing.T) {
	u := users()
	old, _ := u.Set("alice", []string{"on"})
	kept, _ := u.Set("bob", []string{"on", "allchannels"})
	text := "user bob on &a +get\n\n  user carl off (+set ~x)\r\n"
	changes, gone, err := u.Load(text, "users.acl")
	if err != nil || len(gone) != 1 || gone[0] != old.Account || len(changes) != 3 || changes[0].Account != kept.Account || !changes[0].Silences() {
		t.Fatal(changes, gone, err)
	}
	if got, want := u.Text(), "user bob on sanitize-payload resetchannels &a alldbs -@all +get\n"+
		"user carl off sanitize-payload resetchannels alldbs -@all (~x resetchannels alldbs -@all +set)\n"+
		"user default on nopass sanitize-payload ~* &* alldbs +@all\n"; got != want {
		t.Errorf("%s", got)
	}
	before := u.Text()
	bad := "usr x\nuser\nuser bob +nosuch +nosuch2 foo bar\nuser bob on\nuser a\tb on\nuser dora (+get\n"
	_, _, err = u.Load(bad, "users.acl")
	const want = "users.acl:1 should start with user keyword followed by the username. users.acl:2 should start with user keyword followed by the username. " +
		"users.acl:3: Error in applying operation '+nosuch': Unknown command or category name in ACL. users.acl:3: Error in applying operation '+nosuch2': " +
		"Unknown command or category name in ACL. users.acl:3: Syntax error. WARNING: Duplicate user 'bob' found on line 4. " +
		"'users.acl:5: username 'a\tb' contains invalid characters. users.acl:6: Unmatched parenthesis in selector definition." +
		"WARNING: ACL errors detected, no change to the previously active ACL rules was performed"
	if err == nil || err.Error() != want || u.Text() != before {
		t.Errorf("%v", err)
	}
}

func TestLog(t *testing.T) {
	most := int64(3)
	l := &Log{Most: func() int64 { return most }}
	u := made(t, "+get ~a")
	note := func(line_ string, d Denial, in Context, now int64) {
		cmd, args := line(line_)
		l.Tally(d.Reason)
		l.Note(NewEntry(u, d, cmd, args, in, now))
	}
	note("SET a b", Denial{Command, 0}, TopLevel, 1000)
	note("SET b b", Denial{Command, 0}, TopLevel, 60_000)
	note("SET b b", Denial{Command, 0}, InMulti, 60_000)
	note("GET b", Denial{Key, 1}, TopLevel, 60_001)
	note("SET b b", Denial{Command, 0}, TopLevel, 120_000)
	note("SET b b", Denial{Command, 0}, TopLevel, 190_000)
	all := l.Newest(10)
	if len(all) != 3 || all[0].Count != 1 || all[0].ID != 3 || all[1].Count != 3 || all[1].ID != 0 || all[1].Created != 1000 || all[2].Object != "b" {
		t.Errorf("%+v", all)
	}
	if l.Total(Command) != 5 || l.Total(Key) != 1 || len(l.Newest(1)) != 1 || len(l.Newest(-1)) != 0 {
		t.Error("counts")
	}
	most = 0
	note("GET b", Denial{Key, 1}, TopLevel, 60_001)
	if len(l.Newest(10)) != 0 {
		t.Error("there is to be no log")
	}
	most = 3
	l.Clear()
	note("GET "+strings.Repeat("x", 5000), Denial{Key, 1}, TopLevel, 1)
	if len(l.Newest(1)[0].Object) != longestObject {
		t.Error("a long name is kept")
	}
}

// TestCollected: what one call is refused is bounded, whatever it does.
func TestCollected(t *testing.T) {
	var all []Entry
	for i := range 1000 {
		all = Collect(all, Entry{Count: 1, Object: strings.Repeat("x", i%300)})
	}
	if len(all) != mostCollected || all[len(all)-1].Count != 1 || len(all[len(all)-1].Object) != 999%300 {
		t.Errorf("%d", len(all))
	}
}

// TestCheckingAllocatesNothing: whatever the kind of the pattern, allowed or not.
func TestCheckingAllocatesNothing(t *testing.T) {
	u := made(t, "+get +mget +config|get +select|1 ~user:*:name ~session:[0-9a-f]*x ~key:* (+set %W~a*b*c) (+publish &news:*) db=1,2")
	for _, text := range []string{"GET key:1", "GET session:ax", "GET nothing", "MGET key:1 user:1:name", "SET abc x", "PUBLISH news:1 x", "CONFIG SET a b", "SELECT 1", "COPY a b DB 2"} {
		cmd, args := line(text)
		if n := testing.AllocsPerRun(100, func() { u.Check(cmd, args, 1) }); n != 0 {
			t.Errorf("%s: %v allocations", text, n)
		}
	}
	all := users()
	if n := testing.AllocsPerRun(100, func() { all.Named([]byte("bob")) }); n != 0 {
		t.Errorf("looking up: %v allocations", n)
	}
}

// FuzzPatterns: a compiled pattern is the pattern.
func FuzzPatterns(f *testing.F) {
	for _, p := range []string{"", "*", "a*", "*a", "a*b", "a**b", `a\*b*`, "a[bc]d", "[a", "a?", `a\`, `\\*`, "aaaaaaaaaaaa*bbbb", "a*b*", "**", "?*"} {
		for _, n := range []string{"", "a", "ab", "axb", "a*b", "aaaaaaaaaaaaxbbbb", "a\x00", "aaaaaaaa"} {
			f.Add(p, n)
		}
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		p := compile(text, reads)
		if got, want := p.matches([]byte(name), leadOf([]byte(name))), glob.Match([]byte(text), []byte(name), false); got != want {
			t.Fatalf("%q of %q: %v", text, name, got)
		}
	})
}

// FuzzRules: rules that are taken, written down and read again are the same; none brings anything down.
func FuzzRules(f *testing.F) {
	for _, rules := range []string{"on >a ~a &b +get", "(+@all -get %R~x) db=1,2", "+config|get +select|1 -@string", "allkeys reset +@all -debug", "#ab <x ! (", `("~a b" ~c)`,
		"+debug|sleep +config -config|set", "db= db=+1 db=99999999999 %RW~ %W", "nopass resetpass alldbs resetdbs resetkeys resetchannels clearselectors"} {
		f.Add(rules, "SET key value")
	}
	f.Fuzz(func(t *testing.T, rules, text string) {
		u := users()
		c, err := u.Set("bob", strings.Split(rules, " "))
		if err != nil {
			return
		}
		other := users()
		if _, _, err := other.Load(u.Text(), ""); err != nil {
			t.Fatalf("%q: %s: %v", rules, u.Text(), err)
		}
		again := other.Named([]byte("bob")).User()
		shown := c.After.Line()
		if again.Line() != shown {
			t.Fatalf("%q is shown as %q, and read again as %q", rules, shown, again.Line())
		}
		fields, ok := resp.SplitArgs([]byte(u.Lines()[0]), nil)
		if !ok {
			t.Fatalf("%q", u.Lines()[0])
		}
		var directive []string
		for _, f := range fields[1:] {
			directive = append(directive, string(f))
		}
		if third, bad, err := users().Begin("bob", directive); err != nil || third.Line() != shown {
			t.Fatalf("%q is written as %q, and read again as %v %s %v", rules, u.Lines()[0], third, bad, err)
		}
		words := strings.Fields(text)
		if len(words) == 0 || names.Lookup([]byte(words[0])) == nil {
			return
		}
		cmd, args := line(text)
		for db := range 5 {
			if one, two := c.After.Check(cmd, args, db), again.Check(cmd, args, db); one != two {
				t.Fatalf("%q and %q: %s: %v %v", rules, shown, text, one, two)
			}
		}
	})
}

// TestLogIsBounded: nobody fills it with long names.
func TestLogIsBounded(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	l := Log{Most: func() int64 { return 10 }}
	l.Note(Entry{Object: long, User: long, Client: long})
	if e := l.Newest(1)[0]; len(e.Object)+len(e.User)+len(e.Client) > 8<<10 {
		t.Error(len(e.Object), len(e.User), len(e.Client))
	}
}

// TestMisusedRulesAreTold: those that allow a first argument, not those that allow subcommands.
func TestMisusedRulesAreTold(t *testing.T) {
	var told []string
	u := NewUsers(&Rules{Commands: NewCommands(names), Databases: 4, AllChannels: func() bool { return false }, Misused: func(rule string) { told = append(told, rule) }})
	if _, err := u.Set("bob", strings.Fields("+get +select|0 +config|get")); err != nil {
		t.Fatal(err)
	}
	if strings.Join(told, " ") != "+select|0" {
		t.Error(told)
	}
}

// Users come and go without a copy of all others each time.
func TestManyUsersCostWhatTheyAre(t *testing.T) {
	const many = 5000
	u := users()
	var text strings.Builder
	text.WriteString("user default on nopass ~* &* +@all\n")
	all := make([][]byte, many)
	for i := range many {
		all[i] = fmt.Appendf(nil, "u%d", i)
		fmt.Fprintf(&text, "user %s on nopass ~a +get\n", all[i])
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, _, err := u.Load(text.String(), "file"); err != nil {
		t.Fatal(err)
	}
	if gone, err := u.Delete(all[:many/2]); err != nil || len(gone) != many/2 {
		t.Fatal(len(gone), err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > many*20_000 {
		t.Errorf("%d users took %d bytes each", many, n/many)
	}
	if left := u.All(); len(left) != many/2+1 || left[0].Name != "default" || u.Named(all[0]) != nil || u.Named(all[many-1]) == nil {
		t.Errorf("%d users are left", len(left))
	}
}
