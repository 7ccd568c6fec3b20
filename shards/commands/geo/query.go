package geo

import (
	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
	"sigrun/shards/typed"
	earth "sigrun/storage/geohash"
)

// query is what the commands of the family of GEOSEARCH ask for.
type query struct {
	words  [][]byte // that are not read yet
	source typed.ZSet

	search  bool // GEOSEARCH or GEOSEARCHSTORE
	fixed   bool // the command can store nothing
	store   int  // argument of the key to store in, 0: none
	byScore bool // store distances

	center  earth.Point
	named   bool // FROMMEMBER
	placed  bool // FROMLONLAT
	shape   byte // 'r'adius, 'b'ox, 'p'olygon
	width   float64
	height  float64
	radius  float64
	corners []earth.Point
	unit    float64

	distances, hashes, points bool
	count                     int64
	any                       bool
	order                     int // -1 the farthest first, 1 the nearest
}

// options reads the words that are left.
func (q *query) options(c *exec.Ctx) error {
	for len(q.words) > 0 {
		known := q.flag(q.words[0])
		if !known {
			var err error
			if known, err = q.valued(c); err != nil {
				return err
			}
		}
		if !known {
			return resp.ErrSyntax
		}
	}
	return q.check(c)
}

// take removes n words.
func (q *query) take(n int) { q.words = q.words[n:] }

// flag reads an option without a value.
func (q *query) flag(w []byte) bool {
	switch {
	case exec.Is(w, "WITHDIST"):
		q.distances = true
	case exec.Is(w, "WITHHASH"):
		q.hashes = true
	case exec.Is(w, "WITHCOORD"):
		q.points = true
	case exec.Is(w, "ANY"):
		q.any = true
	case exec.Is(w, "ASC"):
		q.order = 1
	case exec.Is(w, "DESC"):
		q.order = -1
	case exec.Is(w, "STOREDIST") && q.search && q.store != 0:
		q.byScore = true
	default:
		return false
	}
	q.take(1)
	return true
}

// valued reads an option with its value.
func (q *query) valued(c *exec.Ctx) (known bool, err error) {
	w, left := q.words[0], len(q.words)-1
	at := len(c.Args) - left // of the value
	switch {
	case exec.Is(w, "COUNT") && left >= 1:
		return true, q.readCount()
	case exec.Is(w, "STORE") && left >= 1 && !q.search && !q.fixed:
		q.store, q.byScore = at, false
		q.take(2)
		return true, nil
	case exec.Is(w, "STOREDIST") && left >= 1 && !q.search && !q.fixed:
		q.store, q.byScore = at, true
		q.take(2)
		return true, nil
	case !q.search:
		return false, nil
	}
	if known, err = q.from(w, left); known || err != nil {
		return known, err
	}
	return q.by(w, left)
}

func (q *query) readCount() error {
	n, ok := num.ParseInt(q.words[1])
	switch {
	case !ok:
		return resp.ErrNotInteger
	case n <= 0:
		return errCount
	}
	q.count = n
	q.take(2)
	return nil
}

// from reads where the center is.
func (q *query) from(w []byte, left int) (known bool, err error) {
	switch {
	case exec.Is(w, "FROMMEMBER") && left >= 1 && !q.placed && q.shape != 'p':
		if err := q.fromMember(q.words[1]); err != nil {
			return true, err
		}
		q.named = true
		q.take(2)
		return true, nil
	case exec.Is(w, "FROMLONLAT") && left >= 2 && !q.named && q.shape != 'p':
		q.placed = true
		q.center, err = parsePoint(q.words[1], q.words[2])
		q.take(3)
		return true, err
	}
	return false, nil
}

// fromMember makes the place of a member the center; without a set there is none.
func (q *query) fromMember(name []byte) error {
	if q.source.Set == nil {
		return nil
	}
	p, there := placeOf(&q.source, name)
	if !there {
		return resp.Errorf("ERR member %s does not exist", resp.CText(name))
	}
	q.center = p
	return nil
}

// by reads the area.
func (q *query) by(w []byte, left int) (known bool, err error) {
	free := func(shape byte) bool { return q.shape == 0 || q.shape == shape && shape != 'p' }
	switch {
	case exec.Is(w, "BYRADIUS") && left >= 2 && free('r'):
		q.take(1)
		return true, q.readRadius()
	case exec.Is(w, "BYBOX") && left >= 3 && free('b'):
		return true, q.readBox()
	case exec.Is(w, "BYPOLYGON") && left >= 2 && free('p') && !q.named && !q.placed:
		return true, q.readPolygon()
	}
	return false, nil
}

// readRadius reads a length and a unit.
func (q *query) readRadius() (err error) {
	var ok bool
	if q.radius, ok = num.ParseDouble(q.words[0]); !ok {
		return errRadius
	}
	if q.radius < 0 {
		return errNegative
	}
	q.shape = 'r'
	q.unit, err = parseUnit(q.words[1])
	q.take(2)
	return err
}

func (q *query) readBox() (err error) {
	var ok, fits bool
	q.width, ok = num.ParseDouble(q.words[1])
	q.height, fits = num.ParseDouble(q.words[2])
	switch {
	case !ok:
		return errWidth
	case !fits:
		return errHeight
	case q.width < 0 || q.height < 0:
		return errBox
	}
	q.shape = 'b'
	q.unit, err = parseUnit(q.words[3])
	q.take(4)
	return err
}

func (q *query) readPolygon() error {
	n, ok := num.ParseInt(q.words[1])
	if !ok || n != int64(int32(n)) {
		return errVertices
	}
	if n < 3 || int64(len(q.words)-2)/2 < n {
		return errPolygon
	}
	q.corners = make([]earth.Point, n)
	for i := range q.corners {
		var err error
		if q.corners[i], err = parsePoint(q.words[2+2*i], q.words[3+2*i]); err != nil {
			return err
		}
	}
	q.shape, q.unit = 'p', 1
	q.take(2 + 2*int(n))
	return nil
}

// check looks at what options are not possible together.
func (q *query) check(c *exec.Ctx) error {
	switch {
	case q.store != 0 && (q.distances || q.hashes || q.points):
		what := "STORE option in GEORADIUS"
		if q.search {
			what = "GEOSEARCHSTORE"
		}
		return resp.Errorf("ERR %s is not compatible with WITHDIST, WITHHASH and WITHCOORD options", what)
	case q.search && !q.named && !q.placed && q.shape != 'p':
		return resp.Errorf("ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for %s", c.Args[0])
	case q.search && q.shape == 0:
		return resp.Errorf("ERR exactly one of BYRADIUS, BYBOX and BYPOLYGON can be specified for %s", c.Args[0])
	case q.any && q.count == 0:
		return errAny
	}
	return nil
}

// area is what is searched.
func (q *query) area() earth.Shape {
	switch q.shape {
	case 'b':
		return earth.Box(q.center, q.width*q.unit, q.height*q.unit)
	case 'p':
		return earth.Polygon(q.corners)
	}
	return earth.Circle(q.center, q.radius*q.unit)
}
