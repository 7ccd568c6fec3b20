package control

import (
	"cmp"
	"slices"
	"strings"

	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/protocol/slot"
)

// slotFigure is a figure of CLUSTER SLOT-STATS.
type slotFigure struct {
	name string
	of   func(c *Ctx, n uint16) uint64
}

// slotFigures are all of them; but for the first they are told when they are counted (cluster-slot-stats-enabled).
var slotFigures = []slotFigure{
	{"key-count", func(c *Ctx, n uint16) uint64 { return uint64(c.Engine.KeysIn(n)) }},
	{"cpu-usec", func(c *Ctx, n uint16) uint64 { return c.Engine.SlotUses.All[n].Nanos / 1000 }},
	{"network-bytes-in", func(c *Ctx, n uint16) uint64 { return c.Engine.SlotUses.All[n].In }},
	{"network-bytes-out", func(c *Ctx, n uint16) uint64 { return c.Engine.SlotUses.All[n].Out }},
}

// told are the figures that there are now.
func (c *Ctx) told() []slotFigure {
	if c.Engine.SlotUses.On.Load() {
		return slotFigures
	}
	return slotFigures[:1]
}

// clusterSlotStats implements CLUSTER SLOT-STATS SLOTSRANGE first last, and ORDERBY metric [LIMIT n] [ASC|DESC].
func clusterSlotStats(c *Ctx) error {
	switch {
	case is(c.Args[2], "SLOTSRANGE") && len(c.Args) == 5:
		return c.statsOfRange()
	case is(c.Args[2], "ORDERBY"):
		return c.statsInOrder()
	}
	return resp.UnknownSubcommandArity("CLUSTER", c.Args[1])
}

func (c *Ctx) statsOfRange() error {
	ends, err := listed(c.Args[3:5])
	if err != nil {
		return err
	}
	if ends[0] > ends[1] {
		return resp.Errorf("ERR Start slot number %d is greater than end slot number %d", ends[0], ends[1])
	}
	c.slotStats(c.ownSlots(ends[0], ends[1]))
	return nil
}

// ownSlots are those of a range that this node serves.
func (c *Ctx) ownSlots(first, last int) (all []uint16) {
	v := c.Cluster.View()
	for n := first; n <= last; n++ {
		if v.Owner[n] == v.Self {
			all = append(all, uint16(n))
		}
	}
	return all
}

func (c *Ctx) statsInOrder() error {
	i := slices.IndexFunc(c.told(), func(f slotFigure) bool { return strings.ToLower(string(c.Args[3])) == f.name })
	if i < 0 {
		return resp.Errorf("ERR Unrecognized sort metric for ORDERBY.")
	}
	figure := slotFigures[i]
	limit, ascending, err := orderOf(c.Args[4:])
	if err != nil {
		return err
	}
	all := c.ownSlots(0, slot.Count-1)
	value := make(map[uint16]uint64, len(all))
	for _, n := range all {
		value[n] = figure.of(c, n)
	}
	slices.SortStableFunc(all, func(a, b uint16) int {
		if ascending {
			return cmp.Compare(value[a], value[b])
		}
		return cmp.Compare(value[b], value[a])
	})
	c.slotStats(all[:min(limit, len(all))])
	return nil
}

// orderOf reads LIMIT and the direction.
func orderOf(args [][]byte) (limit int, ascending bool, err error) {
	limit = slot.Count
	var limits, directions int
	for i := 0; i < len(args); i++ {
		switch {
		case is(args[i], "LIMIT") && i+1 < len(args):
			n, ok := num.ParseInt(args[i+1])
			if !ok || n < 1 || n > slot.Count {
				return 0, false, resp.Errorf("ERR Limit has to lie in between 1 and %d (maximum number of slots).", slot.Count)
			}
			limit = int(n)
			limits++
			i++
		case is(args[i], "ASC") || is(args[i], "DESC"):
			ascending = is(args[i], "ASC")
			directions++
		default:
			return 0, false, resp.ErrSyntax
		}
		if limits > 1 || directions > 1 {
			return 0, false, resp.Errorf("ERR Multiple filters of the same type are disallowed.")
		}
	}
	return limit, ascending, nil
}

func (c *Ctx) slotStats(all []uint16) {
	figures := c.told()
	c.Out.Array(len(all))
	for _, n := range all {
		c.Out.Array(2)
		c.Out.Int(int64(n))
		c.Out.Map(len(figures))
		for _, f := range figures {
			c.Out.BulkString(f.name)
			c.Out.Int(int64(f.of(c, n)))
		}
	}
}
