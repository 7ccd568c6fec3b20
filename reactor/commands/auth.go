package commands

import (
	"strings"

	"sigrun/internal/num"
	"sigrun/protocol/acl"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/reactor/admission"
	"sigrun/reactor/session"
)

// handshakeRows are the commands with which a connection introduces itself.
func handshakeRows() []session.Row {
	flags := command.NoScript | command.Loading | command.Stale | command.Fast | command.NoAuth | command.AllowBusy
	const always = command.Undelayed | command.Listening
	row := func(run session.Handler, name string, arity int, more command.Flag, since, summary, complexity string) session.Row {
		return session.Row{Run: run, Spec: command.Spec{Name: name, Arity: arity, Flags: flags | more, ACL: command.CatConnection,
			Place: command.OnSession, Group: "connection", Since: since, Summary: summary, Complexity: complexity}}
	}
	rows := []session.Row{
		row(hello, "HELLO", -1, 0, "6.0.0", "Agrees on a protocol version and may authenticate and name the connection.", "O(1)"),
		row(auth, "AUTH", -2, 0, "1.0.0", "Authenticates the connection.", "O(N) where N is the number of passwords of the user"),
		row(quit, "QUIT", -1, always, "1.0.0", "Closes the connection.", "O(1)"),
		row(reset, "RESET", 1, always, "6.2.0", "Puts the connection back into the state of a new one.", "O(1)"),
	}
	rows = append(rows, session.Row{Run: whoAmI, Spec: command.Spec{Name: "ACL|WHOAMI", Arity: 2, Flags: command.NoScript | command.Loading | command.Stale,
		Place: command.OnSession, Group: "server", Since: "6.0.0", Summary: "Returns the name of the connection's user.", Complexity: "O(1)"}})
	rows[0].Spec.Secrets, rows[1].Spec.Secrets = helloSecrets, authSecrets
	return rows
}

// authenticate makes the session one of a user whose password this is.
func authenticate(s *session.Session, cmd *call.Command, user, password []byte) error {
	users := s.Loop().Users
	a := users.Authenticate(user, password)
	if a == nil || !s.Login(users, a) {
		s.LoginFailed(cmd, user)
		return resp.ErrWrongPass
	}
	return nil
}

// authSecrets are all arguments of AUTH.
func authSecrets(args [][]byte, _ func(string) bool) (at []int) {
	for i := range args[1:] {
		at = append(at, i+1)
	}
	return at
}

// helloSecrets are a user and his password, and whatever stands where neither is expected: somebody may have left out the version, the user's name
// or the word before them.
func helloSecrets(args [][]byte, _ func(string) bool) (at []int) {
	i := 1
	if len(args) > 1 {
		if _, versioned := num.ParseInt(args[1]); versioned {
			i = 2
		}
	}
	for secret := 0; i < len(args); i++ {
		switch {
		case secret > 0:
			at = append(at, i)
			secret--
		case is(args[i], "AUTH"):
			secret = 2
		case is(args[i], "SETNAME"):
			i++
		default:
			secret = len(args)
			at = append(at, i)
		}
	}
	return at
}

// auth implements AUTH [username] password.
func auth(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	user, password := []byte(acl.Standard), cmd.Args[1]
	switch len(cmd.Args) {
	case 2:
		if s.Loop().Users.Default().User().NoPass {
			return resp.ErrNoPassword
		}
	case 3:
		user, password = cmd.Args[1], cmd.Args[2]
	default:
		return resp.ErrSyntax
	}
	if err := authenticate(s, cmd, user, password); err != nil {
		return err
	}
	out.OK()
	return nil
}

// greeting is what HELLO asks for.
type greeting struct {
	proto          int64 // 0: as it is
	user, password []byte
	name           []byte
}

// hello implements HELLO [protover [AUTH username password] [SETNAME name]].
func hello(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	g, err := parseHello(cmd.Args)
	if err != nil {
		return err
	}
	if g.user != nil {
		if err := authenticate(s, cmd, g.user, g.password); err != nil {
			return err
		}
	}
	if !s.Info.LoggedIn {
		return resp.ErrHelloAuth
	}
	if g.name != nil {
		s.Name = string(g.name)
		s.Grew()
	}
	if g.proto != 0 {
		s.Proto = uint8(g.proto)
	}
	out.Proto = s.Proto
	introduce(s, out)
	return nil
}

func parseHello(args [][]byte) (g greeting, err error) {
	if len(args) < 2 {
		return g, nil
	}
	var ok bool
	if g.proto, ok = num.ParseInt(args[1]); !ok {
		return g, resp.ErrProtoInt
	}
	if g.proto < 2 || g.proto > 3 {
		return g, resp.ErrNoProto
	}
	for i := 2; i < len(args); i++ {
		left := len(args) - 1 - i
		switch {
		case is(args[i], "AUTH") && left >= 2:
			g.user, g.password = args[i+1], args[i+2]
			i += 2
		case is(args[i], "SETNAME") && left >= 1:
			if !printable(args[i+1]) {
				return g, resp.ErrClientName
			}
			g.name = args[i+1]
			i++
		default:
			return g, resp.Errorf("ERR Syntax error in HELLO option '%s'", args[i])
		}
	}
	return g, nil
}

// introduce writes what HELLO answers.
func introduce(s *session.Session, out *resp.Writer) {
	zone := s.Loop().Node.Zone()
	if zone == "" {
		out.Map(7)
	} else {
		out.Map(8)
	}
	out.BulkString("server")
	name, version := s.Loop().Node.Name()
	out.BulkString(strings.ToLower(name))
	out.BulkString("version")
	out.BulkString(version)
	out.BulkString("proto")
	out.Int(int64(s.Proto))
	out.BulkString("id")
	out.Int(int64(s.ID))
	out.BulkString("mode")
	if s.Loop().Clustered {
		out.BulkString("cluster")
	} else {
		out.BulkString("standalone")
	}
	out.BulkString("role")
	out.BulkString("master")
	out.BulkString("modules")
	out.Array(0)
	if zone != "" {
		out.BulkString("availability_zone")
		out.BulkString(zone)
	}
}

// whoAmI implements ACL WHOAMI.
func whoAmI(s *session.Session, _ *call.Command, out *resp.Writer) error {
	out.BulkString(s.Account.Name)
	return nil
}

// quit implements QUIT.
func quit(s *session.Session, _ *call.Command, out *resp.Writer) error {
	out.OK()
	s.Flags |= admission.CloseAfterReply
	return nil
}

// reset implements RESET.
func reset(s *session.Session, _ *call.Command, out *resp.Writer) error {
	s.Reset()
	out.Proto = 2
	out.Simple("RESET")
	return nil
}

// is compares a word of a client with a keyword, given in upper case.
func is(arg []byte, keyword string) bool {
	if len(arg) != len(keyword) {
		return false
	}
	for i := range arg {
		c := arg[i]
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c != keyword[i] {
			return false
		}
	}
	return true
}

// printable reports whether a name may stand in CLIENT LIST.
func printable(name []byte) bool {
	for _, c := range name {
		if c < '!' || c > '~' {
			return false
		}
	}
	return true
}
