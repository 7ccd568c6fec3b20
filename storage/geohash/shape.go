package geohash

import "math"

// Shape is an area to search: a circle, a box or a polygon. Lengths are meters.
type Shape struct {
	Center Point // distances are counted from here
	kind   kind
	radius float64 // of the circle, or of one around the shape
	width  float64
	height float64
	points []Point
	low    Point // corners of a box around the shape
	high   Point
}

type kind uint8

const (
	circle kind = iota
	box
	polygon
)

// Circle is the area around a point.
func Circle(center Point, radius float64) Shape {
	s := Shape{Center: center, kind: circle, radius: radius}
	s.enclose(radius, radius)
	return s
}

// Box is the area between two meridians and two parallels, width and height apart; the
// center is in the middle.
func Box(center Point, width, height float64) Shape {
	s := Shape{Center: center, kind: box, width: width, height: height}
	s.radius = math.Sqrt(width/2*(width/2) + height/2*(height/2))
	s.enclose(width/2, height/2)
	return s
}

// enclose finds the box around a shape that reaches so far east and north of its center.
// Meridians come closer towards the poles: the side nearer to one counts.
func (s *Shape) enclose(east, north float64) {
	lat := north / earthRadius / degree
	nearer := s.Center.Lat + lat
	if s.Center.Lat < 0 {
		nearer = s.Center.Lat - lat
	}
	lon := east / earthRadius / math.Cos(nearer*degree) / degree
	s.low = Point{s.Center.Lon - lon, s.Center.Lat - lat}
	s.high = Point{s.Center.Lon + lon, s.Center.Lat + lat}
}

// Polygon is the area that lines between points enclose, on the map. A place that the
// lines go around an even number of times is outside. The center is that of the points in
// space, back on the surface.
func Polygon(points []Point) Shape {
	s := Shape{kind: polygon, points: points, low: points[0], high: points[0]}
	var x, y, z float64
	for _, p := range points {
		s.low = Point{min(s.low.Lon, p.Lon), min(s.low.Lat, p.Lat)}
		s.high = Point{max(s.high.Lon, p.Lon), max(s.high.Lat, p.Lat)}
		lon, lat := p.Lon*degree, p.Lat*degree
		x += earthRadius * math.Cos(lat) * math.Cos(lon)
		y += earthRadius * math.Cos(lat) * math.Sin(lon)
		z += earthRadius * math.Sin(lat)
	}
	n := float64(len(points))
	x, y, z = x/n, y/n, z/n
	s.Center = Point{math.Atan2(y, x) / degree, math.Atan2(z, math.Sqrt(x*x+y*y)) / degree}
	for _, corner := range []Point{s.low, s.high, {s.low.Lon, s.high.Lat}, {s.high.Lon, s.low.Lat}} {
		s.radius = max(s.radius, Distance(s.Center, corner))
	}
	return s
}

// Holds reports whether a point lies in the area, and how far it is from the center.
func (s *Shape) Holds(p Point) (distance float64, within bool) {
	switch s.kind {
	case circle:
		distance = Distance(s.Center, p)
		return distance, distance <= s.radius
	case box:
		if along(p.Lat, s.Center.Lat) > s.height/2 || Distance(p, Point{s.Center.Lon, p.Lat}) > s.width/2 {
			return 0, false
		}
	case polygon:
		if !s.around(p) {
			return 0, false
		}
	}
	return Distance(s.Center, p), true
}

// around reports whether the way from p straight east crosses an odd number of lines.
func (s *Shape) around(p Point) (inside bool) {
	from := s.points[len(s.points)-1]
	for _, to := range s.points {
		if (to.Lat > p.Lat) != (from.Lat > p.Lat) &&
			p.Lon < (from.Lon-to.Lon)*(p.Lat-to.Lat)/(from.Lat-to.Lat)+to.Lon {
			inside = !inside
		}
		from = to
	}
	return inside
}
