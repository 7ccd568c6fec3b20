package geohash

import (
	"math"
	"math/rand/v2"
	"testing"
)

func anywhere(r *rand.Rand) Point {
	return Point{Lon: r.Float64()*360 - 180, Lat: r.Float64()*2*maxLat - maxLat}
}

// TestRoundTrip: a point comes back within half a smallest square, and its number with it.
func TestRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 10000 {
		p := anywhere(r)
		b := Encode(p)
		q := Decode(float64(b))
		if math.Abs(p.Lon-q.Lon) > 360.0/(1<<27) || math.Abs(p.Lat-q.Lat) > maxLat/(1<<26) || Encode(q) != b || b >= 1<<52 {
			t.Fatalf("%v became %v by %d", p, q, b)
		}
	}
}

// TestKnown: numbers and letters that others publish.
func TestKnown(t *testing.T) {
	for text, p := range map[string]Point{"ezs42e44yx0": {-5.6, 42.6}, "sqc8b49rny0": {13.361389, 38.115556}, "sqdtr74hyu0": {15.087269, 37.502669}} {
		if have := Text(Decode(float64(Encode(p)))); string(have[:]) != text {
			t.Errorf("%v is %s, not %s", p, have, text)
		}
	}
	if d := Distance(Point{13.36138933897018433, 38.11555639549629859}, Point{15.08726745843887329, 37.50266842333162032}); math.Abs(d-166274.1516) > 1e-4 {
		t.Errorf("from Palermo to Catania it is %.4f m", d)
	}
}

// TestBeside: who goes one square and back is where he was, also around the edges.
func TestBeside(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 10000 {
		step := 1 + uint(r.IntN(Steps))
		s := squareOf(anywhere(r), step, maxLat)
		columns, rows := r.IntN(3)-1, r.IntN(3)-1
		if back := s.beside(columns, rows).beside(-columns, -rows); back != s {
			t.Fatalf("%v by %d %d and back is %v", s, columns, rows, back)
		}
		x, y := s.split()
		if join(x, y, step) != s {
			t.Fatalf("%v taken apart and put together is %v", s, join(x, y, step))
		}
	}
}

// TestCellsCover: what an area holds lies in its cells, in one of them only.
func TestCellsCover(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 400 {
		center := Point{Lon: r.Float64()*300 - 150, Lat: r.Float64()*120 - 60}
		size := math.Exp(r.Float64()*12) * 10 // to 1600 km
		area := Circle(center, size)
		if r.IntN(2) == 0 {
			area = Box(center, size*(0.5+r.Float64()), size*(0.5+r.Float64()))
		}
		cells := area.Cells(nil)
		if len(cells) == 0 || len(cells) > 9 {
			t.Fatalf("%d cells", len(cells))
		}
		for range 300 {
			lat := size / earthRadius / degree
			p := Point{center.Lon + (2*r.Float64()-1)*lat/math.Cos(center.Lat*degree), center.Lat + (2*r.Float64()-1)*lat}
			if !p.Valid() {
				continue
			}
			score := float64(Encode(p))
			if _, within := area.Holds(Decode(score)); !within {
				continue
			}
			n := 0
			for _, c := range cells {
				if score >= c.Min && score < c.Max {
					n++
				}
			}
			if n != 1 {
				t.Fatalf("%v lies in %d cells of the area of %.0f m around %v", p, n, size, center)
			}
		}
	}
}

// TestPolygonIsBox: a polygon of four corners holds what lies between them.
func TestPolygonIsBox(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 200 {
		low := Point{r.Float64()*170 - 170, r.Float64()*80 - 80}
		high := Point{low.Lon + r.Float64()*100, low.Lat + r.Float64()*80}
		area := Polygon([]Point{low, {high.Lon, low.Lat}, high, {low.Lon, high.Lat}})
		for range 200 {
			p := anywhere(r)
			between := p.Lon > low.Lon && p.Lon < high.Lon && p.Lat > low.Lat && p.Lat < high.Lat
			if _, within := area.Holds(p); within != between {
				t.Fatalf("%v within %v and %v: %v", p, low, high, within)
			}
		}
	}
}

// FuzzDecode: any score is some point of the map, and any center and size have cells.
func FuzzDecode(f *testing.F) {
	f.Add(0.0, 1.0)
	f.Add(-1.0, 1e9)
	f.Add(math.Inf(1), 0.0)
	f.Add(4503599627370496.0, 5e7)
	f.Fuzz(func(t *testing.T, score, size float64) {
		if math.IsNaN(score) || math.IsNaN(size) || size < 0 {
			return
		}
		p := Decode(score)
		if !p.Valid() {
			t.Fatalf("%v is %v", score, p)
		}
		area := Circle(p, size)
		if n := len(area.Cells(nil)); n == 0 || n > 9 {
			t.Fatalf("%d cells", n)
		}
	})
}
