package load

import (
	"fmt"
	"strconv"
)

// Collection is data of one type, for measuring what it takes: small values by the
// million, or one large value.
type Collection struct {
	Name  string
	Count int                      // commands
	Add   func(p *Pipeline, n int) // appends command n
}

// Collections are the data of the table of memory by type, 1/divide of it.
func Collections(divide int) []Collection {
	const million = 1000000
	of := func(name string, count int, add func(p *Pipeline, n int)) Collection {
		count /= divide
		return Collection{fmt.Sprintf(name, float64(count)/million), count, add}
	}
	return []Collection{
		of("%g M hashes of 5 fields", million, func(p *Pipeline, n int) {
			p.Add("HSET", Key(n), "name", "user"+strconv.Itoa(n), "mail", "u"+strconv.Itoa(n)+"@example.com", "age", strconv.Itoa(n%90),
				"city", "somewhere", "visits", strconv.Itoa(n))
		}),
		of("%g M sets of 5 members", million, func(p *Pipeline, n int) {
			p.Add("SADD", Key(n), "red", "green", "member"+strconv.Itoa(n), strconv.Itoa(n), "last")
		}),
		of("a sorted set of %g M members", 5*million, func(p *Pipeline, n int) {
			p.Add("ZADD", "scores", strconv.Itoa(n*7919%(5*million)), Key(n))
		}),
		of("a hash of %g M fields", 5*million, addField),
		of("a list of %g M elements", 10*million, func(p *Pipeline, n int) { p.Add("RPUSH", "list", "element:"+strconv.Itoa(n)) }),
		of("a stream of %g M entries", 2*million, func(p *Pipeline, n int) {
			p.Add("XADD", "stream", strconv.Itoa(n+1)+"-1", "sensor", strconv.Itoa(n%100), "value", strconv.Itoa(n))
		}),
	}
}

func addField(p *Pipeline, n int) { p.Add("HSET", "fields", Key(n), "value:"+strconv.Itoa(n)) }

// Fields is a hash of count fields, and its fields with a time of expiry each.
func Fields(count int) (bare, expiring Collection) {
	const farMillis = 4102444800000 // in 2100; they are spread over a day
	return Collection{"fields", count, addField}, Collection{"expiring fields", count, func(p *Pipeline, n int) {
		addField(p, n)
		p.Add("HPEXPIREAT", "fields", strconv.Itoa(farMillis+n*7919%86400000), "FIELDS", "1", Key(n))
	}}
}

// Build sends all commands of c in their order.
func (c Collection) Build(addr string) error {
	const batch = 256
	return Run(addr, 1, func(_, turn int) *Pipeline {
		at := turn * batch
		if at >= c.Count {
			return nil
		}
		p := &Pipeline{}
		for end := min(at+batch, c.Count); at < end; at++ {
			c.Add(p, at)
		}
		return p
	})
}
