package geohash

// Cell is a range of scores, those of the points in one square: Min is in it, Max is not.
type Cell struct{ Min, Max float64 }

func (s square) cell() Cell {
	shift := 2 * (Steps - s.step)
	return Cell{float64(s.bits << shift), float64((s.bits + 1) << shift)}
}

// halfEquator is how far a search may reach and still fit nine squares of a quarter of the
// map.
const halfEquator = 20037726.37

// cuts is how small squares may be for nine of them to cover a circle at a latitude.
func cuts(radius, lat float64) uint {
	if radius == 0 {
		return Steps
	}
	n := -1
	for ; radius < halfEquator; radius *= 2 {
		n++
	}
	if lat > 66 || lat < -66 { // meridians are close
		n--
	}
	if lat > 80 || lat < -80 {
		n--
	}
	return uint(min(max(n, 1), Steps))
}

// Squares around one, in the order in which they are looked through.
var around = [...]struct{ columns, rows int }{
	{0, 1}, {0, -1}, {1, 0}, {-1, 0}, {1, 1}, {-1, 1}, {1, -1}, {-1, -1},
}

// Cells are the ranges of scores in which points of the area can be, appended to dst.
// Points outside of it lie there, too.
func (s *Shape) Cells(dst []Cell) []Cell {
	center := s.Center
	center.Lat = min(max(center.Lat, minLat), maxLat) // that of a polygon may be a pole
	middle := squareOf(center, cuts(s.radius, center.Lat), maxLat)
	if middle.step > 1 && s.reachesBeyond(middle) {
		middle = squareOf(center, middle.step-1, maxLat)
	}
	dst = append(dst, middle.cell())
	low, high := middle.corners()
	var last square
	for _, d := range around {
		if middle.step >= 2 && (d.rows < 0 && low.Lat < s.low.Lat || d.rows > 0 && high.Lat > s.high.Lat ||
			d.columns < 0 && low.Lon < s.low.Lon || d.columns > 0 && high.Lon > s.high.Lon) {
			continue // the area does not reach there
		}
		next := middle.beside(d.columns, d.rows)
		if next == last { // on a map of few squares one has the same neighbor twice
			continue
		}
		last = next
		dst = append(dst, next.cell())
	}
	return dst
}

// reachesBeyond reports whether the area goes beyond the neighbors of a square.
func (s *Shape) reachesBeyond(middle square) bool {
	low, high := func(n square) Point { p, _ := n.corners(); return p }, func(n square) Point { _, p := n.corners(); return p }
	return high(middle.beside(0, 1)).Lat < s.high.Lat || low(middle.beside(0, -1)).Lat > s.low.Lat ||
		high(middle.beside(1, 0)).Lon < s.high.Lon || low(middle.beside(-1, 0)).Lon > s.low.Lon
}
