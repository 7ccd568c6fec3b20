package exec

import (
	"sigrun/storage/image"
	"sigrun/storage/quicklist"
)

// Limits are how large values may grow in their small forms.
func (e *Engine) Limits() image.Limits {
	return image.Limits{List: e.Settings.listLimit(), Set: e.SetLimit(), ZSet: e.zsetLimits(), Hash: e.hashLimit()}
}

// listLimit bounds the nodes of lists.
func (s *Settings) listLimit() quicklist.Limit {
	m := quicklist.LimitOf(int(s.ListNodeLimit.Load()))
	m.Depth, m.Large = int(s.ListDepth.Load()), int(s.ListLarge.Load())
	return m
}
