package testkit

import (
	"math/rand"
	"strconv"
)

// Places are the commands on geospatial indexes with all their options, among some on keys
// and sorted sets. Words of their own stand for
//
//	$G $A   a longitude, a latitude     $R   a length     $U   a unit
//	$P      a member
var Places = NewGrammar([]Rule{
	{12, Exact, "GEOADD k (NX|XX|CH) $G $A $P"}, {10, Exact, "GEOADD k $G $A $P $G $A $P $G $A $P"}, {3, Exact, "GEOADD k CH $G $A $P $G $A $P"},
	{6, Exact, "GEOPOS k $P $P"}, {4, Exact, "GEOHASH k $P $P"}, {6, Exact, "GEODIST k $P $P"}, {6, Exact, "GEODIST k $P $P $U"},
	{10, Exact, "GEORADIUS k $G $A $R $U (WITHCOORD|WITHDIST|WITHHASH|COUNT I|ASC|DESC|ANY)"}, {4, Exact, "GEORADIUS k $G $A $R $U (STORE k|ASC|COUNT I)"},
	{4, Exact, "GEORADIUS_RO k $G $A $R $U (WITHCOORD|WITHDIST|STORE k|COUNT I ANY)"}, {8, Exact, "GEORADIUSBYMEMBER k $P $R $U (WITHCOORD|WITHDIST|WITHHASH|COUNT I|ASC|DESC)"},
	{3, Exact, "GEORADIUSBYMEMBER k $P $R $U STORE k"}, {3, Exact, "GEORADIUSBYMEMBER_RO k $P $R $U (WITHCOORD|WITHDIST|COUNT I ANY|STORE k)"},
	{10, Exact, "GEOSEARCH k FROMLONLAT $G $A BYRADIUS $R $U (WITHCOORD|WITHDIST|WITHHASH|COUNT I|COUNT I ANY|ASC|DESC)"}, {8, Exact, "GEOSEARCH k FROMMEMBER $P BYBOX $R $R $U (WITHCOORD|WITHDIST|WITHHASH|COUNT I|COUNT I ANY|ASC|DESC)"},
	{8, Exact, "GEOSEARCH k BYBOX $R $R $U FROMLONLAT $G $A (ASC|DESC|WITHDIST|COUNT I)"}, {2, Exact, "GEOSEARCH k FROMLONLAT $G $A FROMMEMBER $P BYRADIUS $R $U (STORE k|STOREDIST)"},
	{5, Exact, "GEOSEARCHSTORE k k FROMMEMBER $P BYRADIUS $R $U (ASC|COUNT I|COUNT I ANY|WITHDIST)"}, {4, Exact, "GEOSEARCHSTORE k k FROMLONLAT $G $A BYBOX $R $R $U (ASC|COUNT I)"},
	{4, Exact, "ZRANGE k 0 -1 WITHSCORES"}, {2, Exact, "ZCARD k"}, {2, Exact, "ZREM k $P $P"}, {3, Exact, "DEL k"}, {1, Exact, "SET k V"}, {2, Exact, "RENAME k k"},
	{2, Exact, "MULTI"}, {4, Exact, "EXEC"}, {1, Exact, "WATCH k"},
})

func geoWord(r *rand.Rand, w string) string {
	one := func(of ...string) string { return of[r.Intn(len(of))] }
	degrees := func(limit float64) string {
		d := (2*r.Float64() - 1) * limit
		if r.Intn(2) == 0 { // near Sicily
			d = limit/8 + r.Float64()
		}
		return strconv.FormatFloat(d, 'f', r.Intn(14), 64)
	}
	switch w {
	case "$G":
		if r.Intn(12) == 0 {
			return one("180", "-180", "0", "-0", "181", "x", "179.9999", "-179.9999", "inf")
		}
		return degrees(180)
	case "$A":
		if r.Intn(12) == 0 {
			return one("85.05112878", "-85.05112878", "0", "86", "", "85", "-85")
		}
		return degrees(85)
	case "$R":
		return one("0", "1", "100", "-1", "x", "50000", "1e9", "0.5", "1234.5678", strconv.Itoa(r.Intn(1000)), strconv.Itoa(r.Intn(100000)), strconv.Itoa(r.Intn(10000000)))
	case "$U":
		return one("m", "km", "km", "KM", "ft", "mi", "Mi", "x")
	case "$P":
		return one("palermo", "catania", "edge", "12", "") + strconv.Itoa(r.Intn(1<<r.Intn(6)))
	}
	return w
}
