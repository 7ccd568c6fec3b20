package commands

import (
	"slices"
	"strings"

	"sigrun/internal/num"
	"sigrun/protocol/call"
	"sigrun/protocol/resp"
	"sigrun/reactor/session"
)

// clientTracking implements CLIENT TRACKING ON|OFF [REDIRECT id] [BCAST] [PREFIX prefix ...] [OPTIN] [OPTOUT] [NOLOOP].
func clientTracking(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	o, prefixes, err := trackingOptions(s, cmd.Args[3:])
	if err != nil {
		return err
	}
	switch {
	case is(cmd.Args[2], "ON"):
		if err := mayTrack(&s.Keys, o, prefixes); err != nil {
			return err
		}
		s.Keys.Begin(o, prefixes)
	case is(cmd.Args[2], "OFF"):
		s.Keys.End()
	default:
		return resp.ErrSyntax
	}
	out.OK()
	return nil
}

func trackingOptions(s *session.Session, args [][]byte) (o session.TrackingOptions, prefixes []string, err error) {
	for i := 0; i < len(args); i++ {
		more := i+1 < len(args)
		switch {
		case is(args[i], "REDIRECT") && more:
			i++
			if o.Redirect != 0 {
				return o, nil, resp.Errorf("ERR A client can only redirect to a single other client")
			}
			id, ok := num.ParseInt(args[i])
			if !ok {
				return o, nil, resp.ErrNotInteger
			}
			if s.Loop().Known.Find(uint64(id)) == nil {
				return o, nil, resp.Errorf("ERR The client ID you want redirect to does not exist")
			}
			o.Redirect = uint64(id)
		case is(args[i], "BCAST"):
			o.Broadcast = true
		case is(args[i], "OPTIN"):
			o.OptIn = true
		case is(args[i], "OPTOUT"):
			o.OptOut = true
		case is(args[i], "NOLOOP"):
			o.NoLoop = true
		case is(args[i], "PREFIX") && more:
			i++
			prefixes = append(prefixes, string(args[i]))
		default:
			return o, nil, resp.ErrSyntax
		}
	}
	return o, prefixes, nil
}

// mayTrack checks options against each other, and against those that are in force.
func mayTrack(t *session.Tracking, o session.TrackingOptions, prefixes []string) error {
	const anew = "before disabling tracking for this client, and then re-enabling it with a different mode."
	switch {
	case !o.Broadcast && len(prefixes) > 0:
		return resp.Errorf("ERR PREFIX option requires BCAST mode to be enabled")
	case t.On && t.Broadcast != o.Broadcast:
		return resp.Errorf("ERR You can't switch BCAST mode on/off " + anew)
	case o.Broadcast && (o.OptIn || o.OptOut):
		return resp.Errorf("ERR OPTIN and OPTOUT are not compatible with BCAST")
	case o.OptIn && o.OptOut:
		return resp.Errorf("ERR You can't specify both OPTIN mode and OPTOUT mode")
	case o.OptIn && t.OptOut || o.OptOut && t.OptIn:
		return resp.Errorf("ERR You can't switch OPTIN/OPTOUT mode " + anew)
	}
	return apart(t.Prefixes, prefixes)
}

// apart checks that no key has two of a client's prefixes. Of those that overlap the first that is to be added is told of.
func apart(have, add []string) error {
	const must = "Prefixes for a single client must not overlap."
	at := firstThatOverlaps(have, add)
	if at < 0 {
		return nil
	}
	one := add[at]
	for _, other := range have {
		if overlap(one, other) {
			return resp.Errorf("ERR Prefix '%s' overlaps with an existing prefix '%s'. %s", one, other, must)
		}
	}
	for _, other := range add[at+1:] {
		if overlap(one, other) {
			return resp.Errorf("ERR Prefix '%s' overlaps with another provided prefix '%s'. %s", one, other, must)
		}
	}
	return nil
}

// firstThatOverlaps looks at all in their order, in which a prefix stands right before those that begin with it: there may be thousands.
func firstThatOverlaps(have, add []string) int {
	type one struct {
		text string
		at   int // in add; behind it: in have
	}
	all := make([]one, 0, len(have)+len(add))
	for i, p := range add {
		all = append(all, one{p, i})
	}
	for _, p := range have {
		all = append(all, one{p, len(add)})
	}
	slices.SortFunc(all, func(a, b one) int { return strings.Compare(a.text, b.text) })
	first := len(add)
	for i, from := 1, 0; i < len(all); i++ { // from is the shortest that all[i] may begin with
		if strings.HasPrefix(all[i].text, all[from].text) {
			first = min(first, all[i].at, all[from].at)
		} else {
			from = i
		}
	}
	if first == len(add) {
		return -1
	}
	return first
}

func overlap(a, b string) bool { return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) }

// clientCaching implements CLIENT CACHING YES|NO.
func clientCaching(s *session.Session, cmd *call.Command, out *resp.Writer) error {
	t := &s.Keys
	switch word := cmd.Args[2]; {
	case !t.On:
		return resp.Errorf("ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled")
	case is(word, "YES") && !t.OptIn:
		return resp.Errorf("ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.")
	case is(word, "NO") && !t.OptOut:
		return resp.Errorf("ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.")
	case !is(word, "YES") && !is(word, "NO"):
		return resp.ErrSyntax
	}
	t.Except()
	out.OK()
	return nil
}

// clientGetRedir implements CLIENT GETREDIR.
func clientGetRedir(s *session.Session, _ *call.Command, out *resp.Writer) error {
	out.Int(s.Keys.Redirection())
	return nil
}

// clientTrackingInfo implements CLIENT TRACKINGINFO.
func clientTrackingInfo(s *session.Session, _ *call.Command, out *resp.Writer) error {
	t := &s.Keys
	var flags []string
	for _, f := range [...]struct {
		on   bool
		name string
	}{{t.On, "on"}, {!t.On, "off"}, {t.Broadcast, "bcast"}, {t.OptIn, "optin"}, {t.OptIn && t.Caching, "caching-yes"},
		{t.OptOut, "optout"}, {t.OptOut && t.Caching, "caching-no"}, {t.NoLoop, "noloop"}, {t.Broken, "broken_redirect"}} {
		if f.on {
			flags = append(flags, f.name)
		}
	}
	out.Map(3)
	out.BulkString("flags")
	out.Set(len(flags))
	for _, name := range flags {
		out.BulkString(name)
	}
	out.BulkString("redirect")
	out.Int(t.Redirection())
	out.BulkString("prefixes")
	out.Array(len(t.Prefixes))
	for _, p := range t.Prefixes {
		out.BulkString(p)
	}
	return nil
}
