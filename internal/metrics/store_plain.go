//go:build !race

package metrics

func store(p *uint64, v uint64) { *p = v }
