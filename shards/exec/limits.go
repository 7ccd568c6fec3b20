package exec

import (
	"sigrun/storage/image"
	"sigrun/storage/quicklist"
)

// Limits are how large values may grow in their small forms.
func (e *Engine) Limits() image.Limits {
	list := quicklist.LimitOf(int(e.Settings.ListNodeLimit.Load()))
	list.Large = int(e.Settings.ListLarge.Load())
	return image.Limits{List: list, Set: e.SetLimit(), ZSet: e.zsetLimits()}
}
