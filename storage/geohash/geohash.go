// Package geohash places points of the earth on a line: what GEOADD makes scores of.
//
// The map is cut in two in each direction, 26 times; a point is the number of its square,
// 52 bits of longitude and latitude in turn, longitude first. Squares of fewer cuts are
// prefixes, so what lies in one is a range of scores, and a search looks through nine such
// ranges: the square of its center and those around it (Shape.Cells).
//
// The map ends where Web Mercator does, at 85.05 degrees. Numbers, formulas and the order
// of the squares are Valkey's, as clients see all three: positions to the last digit, and
// results in the order in which they were found. No state; any goroutine may call.
package geohash

import "math"

const (
	// Steps is how often the map is cut in each direction.
	Steps = 26

	minLon, maxLon = -180.0, 180.0
	minLat, maxLat = -85.05112878, 85.05112878

	// The whole earth, which the letters of Text stand for.
	poleLat = 90.0
)

// Point is a place on the earth, in degrees.
type Point struct{ Lon, Lat float64 }

// Valid reports whether the map has the point.
func (p Point) Valid() bool {
	return p.Lon >= minLon && p.Lon <= maxLon && p.Lat >= minLat && p.Lat <= maxLat
}

// Encode is the number of the smallest square around a point that is valid.
func Encode(p Point) uint64 { return squareOf(p, Steps, maxLat).bits }

// Decode is the middle of the square that a score stands for.
func Decode(score float64) Point {
	s := square{bits(score), Steps}
	low, high := s.corners()
	return Point{
		Lon: min(max((low.Lon+high.Lon)/2, minLon), maxLon),
		Lat: min(max((low.Lat+high.Lat)/2, minLat), maxLat),
	}
}

// bits is the number that a score is. One that GEOADD did not make is some number.
func bits(score float64) uint64 {
	if score < 0 {
		return uint64(int64(max(score, math.MinInt64)))
	}
	return uint64(min(score, 1<<63))
}

const letters = "0123456789bcdefghjkmnpqrstuvwxyz"

// TextLen is the length of a Text.
const TextLen = 11

// Text is the standard geohash of a point: five bits a letter, over all latitudes. There
// are but 52 bits, so the last letter says nothing.
func Text(p Point) (text [TextLen]byte) {
	b := squareOf(p, Steps, poleLat).bits
	for i := range text {
		text[i] = letters[0]
		if shift := 2*Steps - 5*(i+1); shift >= 0 {
			text[i] = letters[b>>shift&31]
		}
	}
	return text
}

// square is one of 4^step squares of the map.
type square struct {
	bits uint64
	step uint
}

// squareOf is the square around p on a map that ends at a latitude.
func squareOf(p Point, step uint, lat float64) square {
	parts := float64(uint64(1) << step)
	x := (p.Lon - minLon) / (maxLon - minLon) * parts
	y := (p.Lat + lat) / (lat + lat) * parts
	return join(uint32(x), uint32(y), step)
}

// join is the square at column x and row y.
func join(x, y uint32, step uint) square { return square{spread(x)<<1 | spread(y), step} }

// split is the column and the row of a square.
func (s square) split() (x, y uint32) { return gather(s.bits >> 1), gather(s.bits) }

// spread puts a zero before every bit.
func spread(v uint32) uint64 {
	b := uint64(v)
	b = (b | b<<16) & 0x0000FFFF0000FFFF
	b = (b | b<<8) & 0x00FF00FF00FF00FF
	b = (b | b<<4) & 0x0F0F0F0F0F0F0F0F
	b = (b | b<<2) & 0x3333333333333333
	return (b | b<<1) & 0x5555555555555555
}

// gather takes every second bit.
func gather(b uint64) uint32 {
	b &= 0x5555555555555555
	b = (b | b>>1) & 0x3333333333333333
	b = (b | b>>2) & 0x0F0F0F0F0F0F0F0F
	b = (b | b>>4) & 0x00FF00FF00FF00FF
	b = (b | b>>8) & 0x0000FFFF0000FFFF
	return uint32(b | b>>16)
}

// corners are the south-western and the north-eastern corner.
func (s square) corners() (low, high Point) {
	x, y := s.split()
	parts := float64(uint64(1) << s.step)
	at := func(n, from, size float64) float64 { return from + n/parts*size }
	low = Point{at(float64(x), minLon, maxLon-minLon), at(float64(y), minLat, maxLat-minLat)}
	high = Point{at(float64(x)+1, minLon, maxLon-minLon), at(float64(y)+1, minLat, maxLat-minLat)}
	return low, high
}

// beside is the square so many columns and rows away, around the edges of the map. A
// center on the very edge lies in a column or row beyond the last one: only going on from
// there leads back.
func (s square) beside(columns, rows int) square {
	x, y := s.split()
	mask := uint32(1)<<s.step - 1
	if columns != 0 {
		x = (x + uint32(columns)) & mask
	}
	if rows != 0 {
		y = (y + uint32(rows)) & mask
	}
	return join(x, y, s.step)
}
