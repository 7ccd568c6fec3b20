package db

import (
	"sigrun/internal/offheap"
	"sigrun/storage/kvstore"
)

// ExpireScan looks for entries that are due at now (Unix milliseconds), from
// where it stopped last time, and hands them to due, which may delete the entry
// it is given and nothing else. It visits only slots that have keys which
// expire, and reads only entries which do. It stops when it has looked at
// budget pages and entries, or all round once; that number is returned.
func (p *Part) ExpireScan(now int64, budget int, due func(Entry)) (scanned int) {
	start, page, wrapped := p.dueSlot, p.duePage, false
	for scanned < budget && p.Volatile() > 0 {
		n, ok := p.tally.Next(p.store, kvstore.Volatile, p.dueSlot)
		if !ok {
			if wrapped {
				break
			}
			p.dueSlot, p.duePage, wrapped = 0, 0, true
			continue
		}
		if int(n) != p.dueSlot {
			p.dueSlot, p.duePage = int(n), 0
		}
		if wrapped && (p.dueSlot > start || p.dueSlot == start && p.duePage >= page) {
			break
		}
		if p.duePage >= p.store.Table(n).Pages() {
			p.dueSlot, p.duePage = int(n)+1, 0
			continue
		}
		scanned += p.expirePage(n, p.duePage, now, due)
		p.duePage++
	}
	return scanned
}

// expirePage does one page. What is due is noted first: deleting changes pages.
func (p *Part) expirePage(n uint16, page int, now int64, due func(Entry)) (scanned int) {
	var found [128]Entry // more wait for the next round
	count := 0
	scanned = 1
	p.store.Table(n).Page(page, func(r offheap.Ref, ttl bool) {
		if !ttl {
			return
		}
		scanned++
		if e := Entry(r); count < len(found) && e.ExpireAt() <= now {
			found[count] = e
			count++
		}
	})
	for _, e := range found[:count] {
		due(e)
	}
	return scanned
}
