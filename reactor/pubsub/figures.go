package pubsub

import "sigrun/internal/metrics"

// Figures are what INFO tells of messages.
func (h *Hub) Figures() []metrics.Row {
	return append(metrics.Empty("pubsubshard_channels"),
		metrics.Level("pubsub_channels", func() int { return len(h.Channels(-1, nil)) }),
		metrics.Level("pubsub_patterns", h.Patterns),
		metrics.Total("messages_published", h.Published.Load))
}
