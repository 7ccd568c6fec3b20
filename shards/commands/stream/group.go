package stream

import (
	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	"sigrun/storage/stream"
)

// subcommandSyntax is the error of a container command for arguments that its subcommand
// does not take.
func subcommandSyntax(c *exec.Ctx, container string) error {
	return resp.UnknownSubcommandArity(container, c.Args[1])
}

// groupOptions are those of CREATE and SETID.
type groupOptions struct {
	make bool // MKSTREAM
	read int64
}

func parseGroupOptions(c *exec.Ctx, create bool) (o groupOptions, err error) {
	o.read = stream.Unknown
	for i := 5; i < len(c.Args); i++ {
		switch {
		case create && exec.Is(c.Args[i], "MKSTREAM"):
			o.make = true
		case exec.Is(c.Args[i], "ENTRIESREAD") && i+1 < len(c.Args):
			i++
			n, ok := num.ParseInt(c.Args[i])
			switch {
			case !ok:
				return o, resp.ErrNotInteger
			case n < 0 && n != stream.Unknown:
				return o, errEntriesRead
			}
			o.read = n
		default:
			return o, subcommandSyntax(c, "XGROUP")
		}
	}
	return o, nil
}

// groupKey looks up the stream of a command of XGROUP, which exists unless it is made.
func groupKey(c *exec.Ctx, make bool) (t typed.Stream, err error) {
	t, err = typed.WriteStream(c, 2)
	if err == nil && t.Stream == nil && !make {
		err = errNeedsKey
	}
	return t, err
}

// existing is groupKey with the group at argument 3, which exists.
func existing(c *exec.Ctx) (t typed.Stream, g *stream.Group, err error) {
	if t, err = groupKey(c, false); err != nil {
		return t, nil, err
	}
	if g = t.Stream.Group(c.Args[3]); g == nil {
		return t, nil, noGroupIn(c.Args[3], t.Key.Name)
	}
	return t, g, nil
}

// xgroupCreate implements XGROUP CREATE key group id|$ [MKSTREAM] [ENTRIESREAD n].
func xgroupCreate(c *exec.Ctx) error {
	o, err := parseGroupOptions(c, true)
	if err != nil {
		return err
	}
	t, err := groupKey(c, o.make)
	switch {
	case err != nil:
		return err
	case len(c.Args) > 8:
		return subcommandSyntax(c, "XGROUP")
	}
	id, err := groupID(c, t.Stream, parseID)
	if err != nil {
		return err
	}
	switch {
	case t.Stream == nil:
		t.Make(c)
		c.Touched(t.Key, "xgroup-create")
		c.Created(t.Key) // whoever reads it looks again, and waits on
	case t.Stream.Group(c.Args[3]) != nil:
		return errBusyGroup
	default:
		c.ChangedUnwatched(1)
		c.Notify(t.Key, "xgroup-create")
	}
	t.Stream.AddGroup(t.Allocator, c.Args[3], id, o.read)
	c.Out.OK()
	return nil
}

// groupID reads the ID at argument 4: $ is the last one.
func groupID(c *exec.Ctx, s *stream.Stream, parse func([]byte, uint64) (stream.ID, error)) (id stream.ID, err error) {
	if string(c.Args[4]) == "$" {
		if s != nil {
			id = s.LastID()
		}
		return id, nil
	}
	return parse(c.Args[4], 0)
}

// xgroupSetID implements XGROUP SETID key group id|$ [ENTRIESREAD n].
func xgroupSetID(c *exec.Ctx) error {
	o, err := parseGroupOptions(c, false)
	if err != nil {
		return err
	}
	t, g, err := existing(c)
	switch {
	case err != nil:
		return err
	case len(c.Args) > 7:
		return subcommandSyntax(c, "XGROUP")
	}
	id, err := groupID(c, t.Stream, parseAnyID)
	if err != nil {
		return err
	}
	stream.Changing(t.Stream, t.Allocator.Arena, g)
	g.Last, g.Read = id, o.read
	c.ChangedUnwatched(1)
	c.Notify(t.Key, "xgroup-setid")
	c.Out.OK()
	return nil
}

// xgroupDestroy implements XGROUP DESTROY key group. Who waits for the group's entries
// learns that it is gone.
func xgroupDestroy(c *exec.Ctx) error {
	t, err := groupKey(c, false)
	if err != nil {
		return err
	}
	g := t.Stream.Group(c.Args[3])
	if g == nil {
		c.Out.Int(0)
		return nil
	}
	t.Stream.RemoveGroup(t.Allocator, g)
	c.ChangedUnwatched(1)
	c.Notify(t.Key, "xgroup-destroy")
	c.Created(t.Key)
	c.Out.Int(1)
	return nil
}

// xgroupCreateConsumer implements XGROUP CREATECONSUMER key group consumer.
func xgroupCreateConsumer(c *exec.Ctx) error {
	t, g, err := existing(c)
	if err != nil {
		return err
	}
	if g.Consumer(c.Args[4]) != nil {
		c.Out.Int(0)
		return nil
	}
	t.Stream.AddConsumer(t.Allocator, g, c.Args[4], c.Now, -1)
	c.ChangedUnwatched(1)
	c.Notify(t.Key, "xgroup-createconsumer")
	c.Out.Int(1)
	return nil
}

// xgroupDelConsumer implements XGROUP DELCONSUMER key group consumer.
func xgroupDelConsumer(c *exec.Ctx) error {
	t, g, err := existing(c)
	if err != nil {
		return err
	}
	consumer := g.Consumer(c.Args[4])
	if consumer == nil {
		c.Out.Int(0)
		return nil
	}
	pending := consumer.Pending()
	if err := c.Lasts(pending); err != nil {
		return err
	}
	t.Stream.RemoveConsumer(t.Allocator, g, consumer)
	c.ChangedUnwatched(1)
	c.Notify(t.Key, "xgroup-delconsumer")
	c.Out.Int(int64(pending))
	return nil
}

// xgroupHelp implements XGROUP HELP.
func xgroupHelp(c *exec.Ctx) error {
	c.Out.Help("XGROUP",
		"CREATE <key> <groupname> <id|$> [MKSTREAM] [ENTRIESREAD <n>]",
		"    Make a group that reads what comes behind an ID. MKSTREAM makes the stream as",
		"    well; ENTRIESREAD says how many entries there were up to the ID.",
		"CREATECONSUMER <key> <groupname> <consumer>",
		"    Make a consumer in a group.",
		"DELCONSUMER <key> <groupname> <consumer>",
		"    Remove a consumer with all that it has pending.",
		"DESTROY <key> <groupname>",
		"    Remove a group.",
		"SETID <key> <groupname> <id|$> [ENTRIESREAD <n>]",
		"    Have a group go on behind another ID.")
	return nil
}
