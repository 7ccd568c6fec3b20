// Package conn implements the commands that touch no key and yet stand in transactions
// and scripts: SELECT, PUBLISH and SPUBLISH.
package conn

import (
	"sigrun/protocol/command"
	"sigrun/shards/exec"
)

// Rows are the commands of this family.
func Rows() []exec.Row {
	return []exec.Row{
		{Run: selectDB, Spec: command.Spec{Name: "SELECT", Arity: 2, Flags: command.Loading | command.Stale | command.Fast, ACL: command.CatConnection,
			Databases: func([][]byte) [2]int { return [2]int{1} }, Selects: true,
			Group: "connection", Since: "1.0.0", Summary: "Chooses the database of the connection.", Complexity: "O(1)"}},
		{Run: publish, Spec: command.Spec{Name: "PUBLISH", Arity: 3, Flags: command.PubSub | command.Loading | command.Stale | command.Fast | command.MayReplicate,
			Channels: command.OneChannel, Group: "pubsub", Since: "2.0.0", Summary: "Sends a message to a channel.",
			Complexity: "O(N+M) where N is the number of subscribers and M the number of patterns that anybody listens to"}},
		{Run: spublish, Spec: command.Spec{Name: "SPUBLISH", Arity: 3, Flags: command.PubSub | command.Loading | command.Stale | command.Fast | command.MayReplicate,
			Channels: command.OneChannel, Group: "pubsub", Since: "7.0.0", Keys: command.OneKey(command.KeyNotKey), Summary: "Sends a message to a channel that belongs to a slot.",
			Complexity: "O(N) where N is the number of subscribers"}},
	}
}

// selectDB implements SELECT index.
func selectDB(c *exec.Ctx) error {
	n, err := c.Numbered(c.Args[1])
	if err != nil {
		return err
	}
	c.Client.DB = n
	c.Out.OK()
	return nil
}

// publish implements PUBLISH channel message.
func publish(c *exec.Ctx) error {
	return published(c, c.Engine().Publisher.Publish)
}

// spublish implements SPUBLISH channel message.
func spublish(c *exec.Ctx) error {
	return published(c, c.Engine().Publisher.PublishSharded)
}

func published(c *exec.Ctx, by func(loop int, channel, payload []byte) int) error {
	c.Tells()
	c.Out.Int(int64(by(c.Loop(), c.Args[1], c.Args[2])))
	if c.Recording() && !c.InCluster() { // there a message goes from node to node
		c.Replicate()
	}
	return nil
}
