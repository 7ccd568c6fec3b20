package commands

import (
	"strings"

	"sigrun/internal/sim"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/reactor/pubsub"
	"sigrun/reactor/session"
)

// pubsubRows are the commands of subscribers. PUBLISH and SPUBLISH are commands of the shards, so
// that transactions and scripts have them too.
func pubsubRows() []session.Row {
	flags := command.PubSub | command.NoScript | command.Loading | command.Stale
	row := func(run session.Handler, name string, arity int, f command.Flag, since, summary, complexity string) session.Row {
		return session.Row{Run: run, Spec: command.Spec{Name: name, Arity: arity, Flags: f,
			Place: command.OnSession, Group: "pubsub", Since: since, Summary: summary, Complexity: complexity}}
	}
	sharded := func(run session.Handler, name string, arity int, summary, complexity string) session.Row {
		r := row(run, name, arity, flags|command.Listening, "7.0.0", summary, complexity)
		r.Spec.Keys = []command.KeySpec{{First: 1, Last: -1, Flags: command.KeyNotKey}}
		return r
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
		reaching(sharded(ssubscribe, "SSUBSCRIBE", -2, "Listens to channels that belong to slots.", "O(N) where N is the number of channels"), command.ListOfChannels),
		sharded(sunsubscribe, "SUNSUBSCRIBE", -1, "Stops listening to channels that belong to slots.", "O(N) where N is the number of channels"),
		row(channels, "PUBSUB|CHANNELS", -2, asking, "2.8.0", "Lists the channels that somebody listens to.", "O(N) where N is the number of channels"),
		row(subscribers, "PUBSUB|NUMSUB", -2, asking, "2.8.0", "Counts the subscribers of channels.", "O(N) where N is the number of channels asked for"),
		row(patterns, "PUBSUB|NUMPAT", 2, asking, "2.8.0", "Counts the different patterns that are listened to.", "O(1)"),
		row(shardChannels, "PUBSUB|SHARDCHANNELS", -2, asking, "7.0.0", "Lists the channels of slots that somebody listens to.", "O(N) where N is the number of channels"),
		row(shardSubscribers, "PUBSUB|SHARDNUMSUB", -2, asking, "7.0.0", "Counts the subscribers of channels of slots.", "O(N) where N is the number of channels asked for"),
		row(pubsubHelp, "PUBSUB|HELP", 2, command.Loading|command.Stale, "6.2.0", "Describes the subcommands.", "O(1)"),
	}
}

// confirm writes one answer of the SUBSCRIBE family; a nil name is null.
func confirm(s *session.Session, out *resp.Writer, in pubsub.Space, kind string, name []byte) {
	s.Out.Pushing()
	out.Push(3)
	out.BulkString(kind)
	if name == nil {
		out.Null()
	} else {
		out.Bulk(name)
	}
	if s.Scripted {
		out.Int(0)
		return
	}
	out.Int(int64(s.Subs.Count(in)))
}

// notThere refuses to listen where each command has one reply: in scripts, and where slots are concerned in transactions, too.
func notThere(name string) *resp.Error {
	return resp.Errorf("ERR %s isn't allowed for a DENY BLOCKING client", name)
}

// subscribe implements SUBSCRIBE channel [channel ...].
func subscribe(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	if s.Scripted {
		return notThere("SUBSCRIBE")
	}
	for _, name := range cmd.Args[1:] {
		s.Subs.Subscribe(pubsub.Global, string(name))
		confirm(s, out, pubsub.Global, "subscribe", name)
	}
	return nil
}

// ssubscribe implements SSUBSCRIBE channel [channel ...].
func ssubscribe(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	if s.NoBlock {
		return notThere("SSUBSCRIBE")
	}
	for _, name := range cmd.Args[1:] {
		s.Subs.Subscribe(pubsub.Sharded, string(name))
		confirm(s, out, pubsub.Sharded, "ssubscribe", name)
	}
	return nil
}

// psubscribe implements PSUBSCRIBE pattern [pattern ...].
func psubscribe(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	if s.Scripted {
		return notThere("PSUBSCRIBE")
	}
	for _, name := range cmd.Args[1:] {
		s.Subs.PSubscribe(string(name))
		confirm(s, out, pubsub.Global, "psubscribe", name)
	}
	return nil
}

// unsubscribe implements UNSUBSCRIBE [channel ...].
func unsubscribe(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	leaveChannels(s, cmd, out, pubsub.Global, "unsubscribe")
	return nil
}

// sunsubscribe implements SUNSUBSCRIBE [channel ...].
func sunsubscribe(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	leaveChannels(s, cmd, out, pubsub.Sharded, "sunsubscribe")
	return nil
}

func leaveChannels(s *session.Session, cmd *call.Command, out *resp.Writer, in pubsub.Space, kind string) {
	leave(s, cmd, out, in, kind, s.Subs.Channels[in], func(name string) { s.Subs.Unsubscribe(in, name) })
}

// punsubscribe implements PUNSUBSCRIBE [pattern ...].
func punsubscribe(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	leave(s, cmd, out, pubsub.Global, "punsubscribe", s.Subs.Patterns, s.Subs.PUnsubscribe)
	return nil
}

// leave ends the subscriptions that are named, or all of the set. A script has none, whatever its client has.
func leave(s *session.Session, cmd *call.Command, out *resp.Writer, in pubsub.Space, kind string, set map[string]struct{}, end func(string)) {
	names := cmd.Args[1:]
	if s.Scripted {
		set, end = nil, func(string) {}
	}
	if len(names) == 0 {
		for name := range sim.Walk(set, strings.Compare) {
			names = append(names, []byte(name))
		}
		if len(names) == 0 {
			confirm(s, out, in, kind, nil)
			return
		}
	}
	for _, name := range names {
		end(string(name))
		confirm(s, out, in, kind, name)
	}
}

// channels implements PUBSUB CHANNELS [pattern].
func channels(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	return listChannels(s, cmd, out, pubsub.Global)
}

// shardChannels implements PUBSUB SHARDCHANNELS [pattern].
func shardChannels(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	return listChannels(s, cmd, out, pubsub.Sharded)
}

func listChannels(s *session.Session, cmd *call.Command, out *resp.Writer, in pubsub.Space) error {
	var pattern []byte
	switch len(cmd.Args) {
	case 2:
	case 3:
		pattern = cmd.Args[2]
	default:
		return resp.UnknownSubcommandArity(cmd.Spec.Parent().Name, cmd.Args[1])
	}
	l := s.Loop()
	names := l.Local.Hub().Channels(l.ID, in, pattern)
	out.Array(len(names))
	for _, name := range names {
		out.BulkString(name)
	}
	return nil
}

// subscribers implements PUBSUB NUMSUB [channel ...].
func subscribers(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	return countSubscribers(s, cmd, out, pubsub.Global)
}

// shardSubscribers implements PUBSUB SHARDNUMSUB [channel ...].
func shardSubscribers(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	return countSubscribers(s, cmd, out, pubsub.Sharded)
}

func countSubscribers(s *session.Session, cmd *call.Command, out *resp.Writer, in pubsub.Space) error {
	l := s.Loop()
	out.Array(2 * (len(cmd.Args) - 2))
	for _, name := range cmd.Args[2:] {
		out.Bulk(name)
		out.Int(int64(l.Local.Hub().Subscribers(l.ID, in, name)))
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
		"NUMSUB [<channel> ...]", "    Number of subscribers of each channel, patterns not counted.",
		"SHARDCHANNELS [<pattern>]", "    Channels of slots that somebody listens to, all or those that match.",
		"SHARDNUMSUB [<channel> ...]", "    Number of subscribers of each channel of a slot.")
	return nil
}
