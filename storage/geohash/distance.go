package geohash

import "math"

const (
	earthRadius = 6372797.560856 // meters: the quadratic mean of WGS 84
	degree      = math.Pi / 180
)

// Distance is the length of the way between two points along a great circle, in meters.
func Distance(a, b Point) float64 {
	v := math.Sin((b.Lon*degree - a.Lon*degree) / 2)
	if v == 0 {
		return along(a.Lat, b.Lat)
	}
	from, to := a.Lat*degree, b.Lat*degree
	u := math.Sin((to - from) / 2)
	return 2 * earthRadius * math.Asin(math.Sqrt(u*u+math.Cos(from)*math.Cos(to)*v*v))
}

// along is the distance between two latitudes.
func along(a, b float64) float64 { return earthRadius * math.Abs(b*degree-a*degree) }
