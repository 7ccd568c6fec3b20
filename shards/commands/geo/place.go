package geo

import (
	"math"
	"strconv"

	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	earth "sigrun/storage/geohash"
)

// geopos implements GEOPOS key [member [member ...]].
func geopos(c *exec.Ctx) error {
	return eachPlace(c, func(p earth.Point, there bool) {
		if !there {
			c.Out.NullArray()
			return
		}
		replyPoint(c, p)
	})
}

// geohash implements GEOHASH key [member [member ...]].
func geohash(c *exec.Ctx) error {
	return eachPlace(c, func(p earth.Point, there bool) {
		if !there {
			c.Out.Null()
			return
		}
		text := earth.Text(p)
		c.Out.Bulk(text[:])
	})
}

// eachPlace replies something for every member named.
func eachPlace(c *exec.Ctx, reply func(p earth.Point, there bool)) error {
	var t typed.ZSet
	err := t.Read(c, 1)
	if err != nil {
		return err
	}
	c.Out.Array(len(c.Args) - 2)
	for _, name := range c.Args[2:] {
		reply(placeOf(&t, name))
	}
	return nil
}

// placeOf is where a member is.
func placeOf(t *typed.ZSet, name []byte) (p earth.Point, there bool) {
	if t.Set == nil {
		return p, false
	}
	f := t.Set.Find(t.Allocator, name)
	if !f.Exists() {
		return p, false
	}
	return earth.Decode(f.Score), true
}

// replyPoint replies longitude and latitude.
func replyPoint(c *exec.Ctx, p earth.Point) {
	c.Out.Array(2)
	replyDegrees(c, p.Lon)
	replyDegrees(c, p.Lat)
}

// replyDegrees replies a number with up to 17 digits behind the point.
func replyDegrees(c *exec.Ctx, d float64) {
	var room [48]byte
	text := num.AppendHuman(room[:0], d)
	if c.Out.Proto != 3 {
		c.Out.Bulk(text)
		return
	}
	c.Out.B = append(c.Out.B, ',')
	c.Out.B = append(c.Out.B, text...)
	c.Out.B = append(c.Out.B, '\r', '\n')
}

// replyDistance replies a number with four digits behind the point.
func replyDistance(c *exec.Ctx, d float64) {
	var room [48]byte
	c.Out.Bulk(strconv.AppendFloat(room[:0], d, 'f', 4, 64))
}

// geodist implements GEODIST key member1 member2 [M|KM|FT|MI].
func geodist(c *exec.Ctx) error {
	unit := 1.0
	switch {
	case len(c.Args) == 5:
		var err error
		if unit, err = parseUnit(c.Args[4]); err != nil {
			return err
		}
	case len(c.Args) > 5:
		return resp.ErrSyntax
	}
	var t typed.ZSet
	err := t.Read(c, 1)
	if err != nil {
		return err
	}
	from, known := placeOf(&t, c.Args[2])
	to, there := placeOf(&t, c.Args[3])
	if !known || !there {
		c.Out.Null()
		return nil
	}
	replyDistance(c, earth.Distance(from, to)/unit)
	return nil
}

// parseUnit is the meters of a unit.
func parseUnit(word []byte) (float64, error) {
	switch {
	case exec.Is(word, "M"):
		return 1, nil
	case exec.Is(word, "KM"):
		return 1000, nil
	case exec.Is(word, "FT"):
		return 0.3048, nil
	case exec.Is(word, "MI"):
		return 1609.34, nil
	}
	return 0, errUnit
}

// parsePoint reads a longitude and a latitude.
func parsePoint(lon, lat []byte) (p earth.Point, err error) {
	var ok, fits bool
	p.Lon, ok = num.ParseDouble(lon)
	p.Lat, fits = num.ParseDouble(lat)
	if !ok || !fits {
		return p, resp.ErrNotFloat
	}
	if !p.Valid() {
		return p, resp.Errorf("ERR invalid longitude,latitude pair %s,%s", sixDigits(p.Lon), sixDigits(p.Lat))
	}
	return p, nil
}

func sixDigits(d float64) string {
	if math.IsInf(d, 0) {
		return string(num.AppendDouble(nil, d))
	}
	return strconv.FormatFloat(d, 'f', 6, 64)
}
