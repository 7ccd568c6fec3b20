package pubsub

import "sigrun/internal/metrics"

// Figures are what INFO tells of messages.
func (h *Hub) Figures() []metrics.Row {
	return []metrics.Row{
		metrics.Level("pubsub_channels", func() int { return h.Named(Global) }),
		metrics.Level("pubsub_patterns", h.Patterns),
		metrics.Level("pubsubshard_channels", func() int { return h.Named(Sharded) }),
		metrics.Total("messages_published", h.Published.Load),
	}
}
