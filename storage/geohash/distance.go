package geohash

import "math"

const (
	earthRadius = 6372797.560856 // meters: the quadratic mean of WGS 84
	degree      = math.Pi / 180
)

// Distance is the length of the way between two points along a great circle, in meters.
func Distance(a, b Point) float64 {
	const nothing = 1e-15 // a few nanometers
	v := sin((b.Lon*degree - a.Lon*degree) / 2)
	if math.Abs(v) <= nothing {
		return along(a.Lat, b.Lat)
	}
	from, to := a.Lat*degree, b.Lat*degree
	u := sin((to - from) / 2)
	return 2 * earthRadius * asin(math.Sqrt(u*u+cos(from)*cos(to)*v*v))
}

// along is the distance between two latitudes.
func along(a, b float64) float64 { return earthRadius * math.Abs(b*degree-a*degree) }
