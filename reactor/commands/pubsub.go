package commands

import (
	"strings"

	"sigrun/internal/sim"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/reactor/session"
)

// pubsubRows are the commands of subscribers. PUBLISH is a command of the shards, so
// that transactions and scripts have it too.
func pubsubRows() []session.Row {
	flags := command.PubSub | command.NoScript | command.Loading | command.Stale
	row := func(run session.Handler, name string, arity int, f command.Flag, since, summary, complexity string) session.Row {
		return session.Row{Run: run, Spec: command.Spec{Name: name, Arity: arity, Flags: f,
			Place: command.OnSession, Group: "pubsub", Since: since, Summary: summary, Complexity: complexity}}
	}
	reaching := func(r session.Row, c command.Channels) session.Row {
		r.Spec.Channels = c
		return r
	}
	listening := flags | command.Listening
	asking := flags &^ command.NoScript
	return []session.Row{
		reaching(row(subscribe, "SUBSCRIBE", -2, listening, "2.0.0", "Listens to channels.", "O(N) where N is the number of channels"), command.ListOfChannels),
		row(unsubscribe, "UNSUBSCRIBE", -1, listening, "2.0.0", "Stops listening to channels.", "O(N) where N is the number of channels"),
		reaching(row(psubscribe, "PSUBSCRIBE", -2, listening, "2.0.0", "Listens to the channels that match patterns.", "O(N) where N is the number of patterns"), command.PatternsOfChannels),
		row(punsubscribe, "PUNSUBSCRIBE", -1, listening, "2.0.0", "Stops listening to patterns.", "O(N) where N is the number of patterns"),
		row(channels, "PUBSUB|CHANNELS", -2, asking, "2.8.0", "Lists the channels that somebody listens to.", "O(N) where N is the number of channels"),
		row(subscribers, "PUBSUB|NUMSUB", -2, asking, "2.8.0", "Counts the subscribers of channels.", "O(N) where N is the number of channels asked for"),
		row(patterns, "PUBSUB|NUMPAT", 2, asking, "2.8.0", "Counts the different patterns that are listened to.", "O(1)"),
		row(pubsubHelp, "PUBSUB|HELP", 2, command.Loading|command.Stale, "6.2.0", "Describes the subcommands.", "O(1)"),
	}
}

// confirm writes one answer of the SUBSCRIBE family; a nil name is null.
func confirm(s *session.Session, out *resp.Writer, kind string, name []byte) {
	s.Out.Pushing()
	out.Push(3)
	out.BulkString(kind)
	if name == nil {
		out.Null()
	} else {
		out.Bulk(name)
	}
	out.Int(int64(s.Subs.Count()))
}

// subscribe implements SUBSCRIBE channel [channel ...].
func subscribe(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	for _, name := range cmd.Args[1:] {
		s.Subs.Subscribe(string(name))
		confirm(s, out, "subscribe", name)
	}
	return nil
}

// psubscribe implements PSUBSCRIBE pattern [pattern ...].
func psubscribe(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	for _, name := range cmd.Args[1:] {
		s.Subs.PSubscribe(string(name))
		confirm(s, out, "psubscribe", name)
	}
	return nil
}

// unsubscribe implements UNSUBSCRIBE [channel ...].
func unsubscribe(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	leave(s, cmd, out, "unsubscribe", s.Subs.Channels, s.Subs.Unsubscribe)
	return nil
}

// punsubscribe implements PUNSUBSCRIBE [pattern ...].
func punsubscribe(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	leave(s, cmd, out, "punsubscribe", s.Subs.Patterns, s.Subs.PUnsubscribe)
	return nil
}

// leave ends the subscriptions that are named, or all of the set.
func leave(s *session.Session, cmd *call.Command, out *resp.Writer, kind string, set map[string]struct{}, end func(string)) {
	names := cmd.Args[1:]
	if len(names) == 0 {
		for name := range sim.Walk(set, strings.Compare) {
			names = append(names, []byte(name))
		}
		if len(names) == 0 {
			confirm(s, out, kind, nil)
			return
		}
	}
	for _, name := range names {
		end(string(name))
		confirm(s, out, kind, name)
	}
}

// channels implements PUBSUB CHANNELS [pattern].
func channels(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	var pattern []byte
	switch len(cmd.Args) {
	case 2:
	case 3:
		pattern = cmd.Args[2]
	default:
		return resp.UnknownSubcommandArity(cmd.Spec.Parent().Name, cmd.Args[1])
	}
	l := s.Loop()
	names := l.Local.Hub().Channels(l.ID, pattern)
	out.Array(len(names))
	for _, name := range names {
		out.BulkString(name)
	}
	return nil
}

// subscribers implements PUBSUB NUMSUB [channel ...].
func subscribers(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	l := s.Loop()
	out.Array(2 * (len(cmd.Args) - 2))
	for _, name := range cmd.Args[2:] {
		out.Bulk(name)
		out.Int(int64(l.Local.Hub().Subscribers(l.ID, name)))
	}
	return nil
}

// patterns implements PUBSUB NUMPAT.
func patterns(s *session.Session, _ *call.Command, out *resp.Writer) error {
	out.Int(int64(s.Loop().Local.Hub().Patterns()))
	return nil
}

func pubsubHelp(_ *session.Session, _ *call.Command, out *resp.Writer) error {
	out.Help("PUBSUB",
		"CHANNELS [<pattern>]", "    Channels that somebody listens to, all or those that match.",
		"NUMPAT", "    Number of different patterns that are listened to.",
		"NUMSUB [<channel> ...]", "    Number of subscribers of each channel, patterns not counted.")
	return nil
}
