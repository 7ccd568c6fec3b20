package commands

import (
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/reactor/admission"
	"sigrun/reactor/session"
)

// clientRows are the subcommands of CLIENT that concern the asking connection alone;
// those about others are control's.
func clientRows() []session.Row {
	flags := command.NoScript | command.Loading | command.Stale | command.Personal
	row := func(run session.Handler, name string, arity int, f command.Flag, since, summary string, tips ...string) session.Row {
		return session.Row{Run: run, Spec: command.Spec{Name: "CLIENT|" + name, Arity: arity, Flags: f, ACL: command.CatConnection,
			Place: command.OnSession, Group: "connection", Since: since, Summary: summary, Complexity: "O(1)", Tips: tips}}
	}
	everywhere := []string{"request_policy:all_nodes", "response_policy:all_succeeded"}
	return []session.Row{
		{Run: monitor, Spec: command.Spec{Name: "MONITOR", Arity: 1, Flags: flags&^command.Personal | command.Admin, Place: command.OnSession,
			Group: "server", Since: "1.0.0", Summary: "Shows every command that the server gets, as it comes."}},
		row(clientID, "ID", 2, flags, "5.0.0", "Returns the number of the connection."),
		row(clientGetName, "GETNAME", 2, flags, "2.6.9", "Returns the name of the connection."),
		row(clientSetName, "SETNAME", 3, flags, "2.6.9", "Names the connection.", everywhere...),
		row(clientSetInfo, "SETINFO", 4, flags, "7.2.0", "Tells the client library's name or version.", everywhere...),
		row(clientInfo, "INFO", 2, flags, "6.2.0", "Describes the connection.", "nondeterministic_output"),
		row(clientReply, "REPLY", 3, flags|command.NoMulti, "3.2.0", "Turns replies on or off."),
		row(clientNoEvict, "NO-EVICT", 3, flags|command.Admin, "7.0.0", "Exempts the connection from the eviction of clients."),
		row(clientNoTouch, "NO-TOUCH", 3, flags, "7.2.0", "Keeps the connection's commands from counting as accesses to keys."),
		row(clientCapa, "CAPA", -3, flags, "8.0.0", "Tells what the client can handle."),
		row(clientImportSource, "IMPORT-SOURCE", 3, flags, "8.1.0", "Marks the connection as one that imports data."),
		row(clientTracking, "TRACKING", -3, flags, "6.0.0", "Has the connection be told when keys that it has read are changed."),
		row(clientCaching, "CACHING", 3, flags, "6.0.0", "Has the keys of the next command be tracked, or not."),
		row(clientGetRedir, "GETREDIR", 2, flags, "6.0.0", "Returns the connection that gets the invalidation messages of this one."),
		row(clientTrackingInfo, "TRACKINGINFO", 2, flags, "6.2.0", "Tells about client side caching of the connection."),
		row(clientHelp, "HELP", 2, command.Loading|command.Stale|command.Personal, "5.0.0", "Describes the subcommands."),
	}
}

// monitor implements MONITOR.
func monitor(s *session.Session, _ *call.Command, out *resp.Writer) error {
	if s.NoBlock {
		return resp.Errorf("ERR MONITOR isn't allowed for DENY BLOCKING client")
	}
	if s.Flags&admission.Monitor == 0 { // whoever reads already is not answered again
		s.Subs.Monitor()
		out.OK()
	}
	return nil
}

// clientID implements CLIENT ID.
func clientID(s *session.Session, _ *call.Command, out *resp.Writer) error {
	out.Int(int64(s.ID))
	return nil
}

// clientGetName implements CLIENT GETNAME.
func clientGetName(s *session.Session, _ *call.Command, out *resp.Writer) error {
	if s.Name == "" {
		out.Null()
	} else {
		out.BulkString(s.Name)
	}
	return nil
}

// clientSetName implements CLIENT SETNAME name.
func clientSetName(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	if !printable(cmd.Args[2]) {
		return resp.ErrClientName
	}
	s.Name = string(cmd.Args[2])
	s.Grew()
	out.OK()
	return nil
}

// clientSetInfo implements CLIENT SETINFO LIB-NAME|LIB-VER value.
func clientSetInfo(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	attr, value := cmd.Args[2], cmd.Args[3]
	field := &s.Info.LibName
	switch {
	case is(attr, "LIB-NAME"):
	case is(attr, "LIB-VER"):
		field = &s.Info.LibVersion
	default:
		return resp.Errorf("ERR Unrecognized option '%s'", attr)
	}
	if !printable(value) {
		return resp.Errorf("ERR %s cannot contain spaces, newlines or special characters.", attr)
	}
	*field = string(value)
	s.Grew()
	out.OK()
	return nil
}

// clientInfo implements CLIENT INFO.
func clientInfo(s *session.Session, _ *call.Command, out *resp.Writer) error {
	out.Verbatim("txt", string(s.Describe().Line(nil, s.Loop().Clock.Millis()))+"\n")
	return nil
}

// clientReply implements CLIENT REPLY ON|OFF|SKIP.
func clientReply(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	switch {
	case is(cmd.Args[2], "ON"):
		s.Flags &^= admission.ReplyOff | admission.ReplySkip
		out.OK()
	case is(cmd.Args[2], "OFF"):
		s.Flags |= admission.ReplyOff
	case is(cmd.Args[2], "SKIP"):
		if s.Flags&admission.ReplyOff == 0 {
			s.Flags |= admission.ReplySkipNext
		}
	default:
		return resp.ErrSyntax
	}
	return nil
}

// clientNoEvict implements CLIENT NO-EVICT ON|OFF.
func clientNoEvict(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	err := toggle(&s.Info.NoEvict, cmd.Args[2], out)
	s.Weigh()
	s.Loop().Relieve()
	return err
}

// clientNoTouch implements CLIENT NO-TOUCH ON|OFF.
func clientNoTouch(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	return toggle(&s.NoTouch, cmd.Args[2], out)
}

// clientCapa implements CLIENT CAPA capability [capability ...]; unknown ones are passed
// over.
func clientCapa(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	for _, capa := range cmd.Args[2:] {
		if is(capa, "REDIRECT") {
			s.Info.Redirects = true
		}
	}
	out.OK()
	return nil
}

// clientImportSource implements CLIENT IMPORT-SOURCE ON|OFF. It has to be allowed by
// import-mode.
func clientImportSource(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	if !is(cmd.Args[2], "OFF") && !s.Loop().Node.ImportMode() {
		return resp.Errorf("ERR Server is not in import mode")
	}
	return toggle(&s.Imports, cmd.Args[2], out)
}

func toggle(state *bool, word []byte, out *resp.Writer) error {
	switch {
	case is(word, "ON"):
		*state = true
	case is(word, "OFF"):
		*state = false
	default:
		return resp.ErrSyntax
	}
	out.OK()
	return nil
}

func clientHelp(_ *session.Session, _ *call.Command, out *resp.Writer) error {
	out.Help("CLIENT",
		"CACHING (YES|NO)", "    Track the keys of the next command (with OPTIN), or do not (with OPTOUT).",
		"CAPA <capability> [<capability> ...]", "    Tell what the client can handle: redirect.",
		"GETNAME", "    Name of this connection.",
		"GETREDIR", "    Number of the connection that gets this one's invalidation messages.",
		"ID", "    Number of this connection.",
		"IMPORT-SOURCE (ON|OFF)", "    Mark this connection as one that imports data.",
		"INFO", "    This connection as CLIENT LIST shows it.",
		"KILL <ip:port>", "    Close the connection from ip:port.",
		"KILL <filter> <value> [<filter> <value> ...]", "    Close the connections that pass all filters, those of LIST. SKIPME is YES by default.",
		"LIST [<filter> <value> ...]", "    Connections, a line for each. Filters:",
		"    ID <id> [<id> ...]; TYPE (NORMAL|MASTER|REPLICA|PUBSUB); ADDR, LADDR <ip:port>; IP <ip>; USER, NAME,",
		"    LIB-NAME, LIB-VER <text>; DB <index>; FLAGS, CAPA <letters>; each also with NOT- before it;",
		"    SKIPME (YES|NO); MAXAGE, IDLE <seconds>, at least.",
		"NO-EVICT (ON|OFF)", "    Exempt this connection from the eviction of clients.",
		"NO-TOUCH (ON|OFF)", "    Do not count this connection's commands as accesses.",
		"PAUSE <milliseconds> [WRITE|ALL]", "    Hold commands back for a time.",
		"REPLY (ON|OFF|SKIP)", "    Turn this connection's replies on or off.",
		"SETINFO <option> <value>", "    LIB-NAME or LIB-VER of the client library.",
		"SETNAME <name>", "    Name this connection.",
		"TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> ...] [OPTIN] [OPTOUT] [NOLOOP]",
		"    Tell this connection, or another one, when keys that it has read are changed.",
		"TRACKINGINFO", "    Client side caching of this connection.",
		"UNBLOCK <id> [TIMEOUT|ERROR]", "    End the wait of a blocked connection.",
		"UNPAUSE", "    End a pause.")
	return nil
}
