package cluster

import "sigrun/internal/metrics"

// Figures are what INFO tells of the cluster; c is nil where the node is in none.
func (c *Cluster) Figures() []metrics.Row {
	return []metrics.Row{metrics.Level("cluster_enabled", func() int {
		if c != nil {
			return 1
		}
		return 0
	})}
}
