package geo_test

import (
	"fmt"
	"math/rand"
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
	"sigrun/storage/geohash"
)

func bulks(words ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	return b.String()
}

var _ = nodetest.Describe("GEOSEARCH", func(s *nodetest.Server) {
	// An L around the east and the south of a square of four degrees.
	corner := strings.Fields("6 14 10 14 10 12 12 12 12 16 10 16 10 18 6 18")
	ell := append([]string{"BYPOLYGON", "8"}, corner...)

	It("finds what lies in a polygon, also one that is not convex", func() {
		t, c := GinkgoTB(), testkit.MustDial(GinkgoTB(), s.Addr)
		c.Want(t, ":4\r\n", "GEOADD", "k", "7", "15", "west", "11", "13", "arm", "11", "17", "notch", "20", "20", "far")
		c.Want(t, bulks("west", "arm"), append([]string{"GEOSEARCH", "k", "ASC"}, ell...)...)
		c.Want(t, bulks("arm", "west"), append([]string{"GEOSEARCH", "k", "DESC"}, ell...)...)
		c.Want(t, bulks("west"), append([]string{"GEOSEARCH", "k", "COUNT", "1"}, ell...)...)
		c.Want(t, "*0\r\n", append([]string{"GEOSEARCH", "none"}, ell...)...)
		c.Want(t, ":2\r\n", append([]string{"GEOSEARCHSTORE", "{k}d", "k"}, ell...)...)
		c.Want(t, ":2\r\n", "ZCARD", "{k}d")
	})

	It("counts distances from the middle of the corners", func() {
		t, c := GinkgoTB(), testkit.MustDial(GinkgoTB(), s.Addr)
		c.Want(t, ":1\r\n", "GEOADD", "k", "0", "0", "middle")
		c.Want(t, "*1\r\n*2\r\n$6\r\nmiddle\r\n$6\r\n0.3300\r\n", "GEOSEARCH", "k", "BYPOLYGON", "4", "-1", "-1", "-1", "1", "1", "1", "1", "-1", "WITHDIST")
	})

	It("refuses polygons that are none", func() {
		t, c := GinkgoTB(), testkit.MustDial(GinkgoTB(), s.Addr)
		few := "-ERR GEOSEARCH BYPOLYGON must have at least 3 vertices\r\n"
		c.Want(t, few, "GEOSEARCH", "k", "BYPOLYGON", "2", "1", "1", "2", "2")
		c.Want(t, few, "GEOSEARCH", "k", "BYPOLYGON", "4", "1", "1", "2", "2", "3", "3")
		c.Want(t, few, "GEOSEARCH", "k", "BYPOLYGON", "-1", "1", "1", "2", "2", "3", "3")
		c.Want(t, "-ERR invalid number of vertices\r\n", "GEOSEARCH", "k", "BYPOLYGON", "x", "1", "1", "2", "2", "3", "3")
		c.Want(t, "-ERR invalid longitude,latitude pair 181.000000,1.000000\r\n", "GEOSEARCH", "k", "BYPOLYGON", "3", "181", "1", "2", "2", "3", "3")
		for _, with := range [][]string{{"FROMLONLAT", "1", "1"}, {"FROMMEMBER", "m"}, {"BYRADIUS", "1", "km"}, ell} {
			c.Want(t, "-ERR syntax error\r\n", append(append([]string{"GEOSEARCH", "k"}, ell...), with...)...)
		}
		c.Want(t, "-ERR syntax error\r\n", append([]string{"GEOSEARCH", "k", "FROMLONLAT", "1", "1"}, ell...)...)
		c.Want(t, "-ERR COUNT must be > 0\r\n", append(append([]string{"GEOSEARCH", "k"}, ell...), "COUNT", "0")...)
	})
})

var _ = nodetest.Describe("GEOSEARCH", func(s *nodetest.Server) {
	It("finds in a circle what is within its radius", func() {
		t, c := GinkgoTB(), testkit.MustDial(GinkgoTB(), s.Addr)
		r := rand.New(rand.NewSource(1))
		points := map[string]geohash.Point{}
		for i := range 2000 {
			name, p := strconv.Itoa(i), geohash.Point{Lon: r.Float64()*360 - 180, Lat: r.Float64()*140 - 70}
			points[name] = geohash.Decode(float64(geohash.Encode(p)))
			c.Want(t, ":1\r\n", "GEOADD", "k", fmt.Sprint(p.Lon), fmt.Sprint(p.Lat), name)
		}
		for range 60 {
			center := geohash.Point{Lon: r.Float64()*360 - 180, Lat: r.Float64()*140 - 70}
			radius := r.Intn(3_000_000)
			reply, err := testkit.Parse(testkit.Must(c.Do("GEOSEARCH", "k", "FROMLONLAT", fmt.Sprint(center.Lon), fmt.Sprint(center.Lat), "BYRADIUS", strconv.Itoa(radius), "m"))(t))
			if err != nil {
				t.Fatal(err)
			}
			found := map[string]bool{}
			for _, e := range reply.Elems {
				found[e.Text] = true
			}
			for name, p := range points {
				if within := geohash.Distance(center, p) <= float64(radius); within != found[name] {
					t.Errorf("%s at %v is %.0f m from %v, found within %d m: %v", name, p, geohash.Distance(center, p), center, radius, found[name])
				}
			}
		}
	})
})

var _ = nodetest.Describe("GEOADD", func(s *nodetest.Server) {
	It("serves who waits for the sorted set", func() {
		t, c, waiting := GinkgoTB(), testkit.MustDial(GinkgoTB(), s.Addr), testkit.MustDial(GinkgoTB(), s.Addr)
		waiting.Blocks(t, "BZPOPMIN", "{k}a", "{k}b", "0")
		c.Want(t, ":1\r\n", "GEOADD", "{k}src", "1", "2", "m")
		c.Want(t, ":1\r\n", "GEOSEARCHSTORE", "{k}b", "{k}src", "FROMLONLAT", "1", "2", "BYRADIUS", "1", "km")
		reply, err := waiting.Read()
		if err != nil || string(reply) != "*3\r\n$4\r\n{k}b\r\n$1\r\nm\r\n$16\r\n3378080408407459\r\n" {
			t.Errorf("%q %v", reply, err)
		}
	})
})

var _ = nodetest.Describe("GEORADIUS", func(s *nodetest.Server) {
	It("stores where the last of STORE and STOREDIST says, and tells both keys", func() {
		t, c := GinkgoTB(), testkit.MustDial(GinkgoTB(), s.Addr)
		c.Want(t, bulks("{k}g", "{k}a", "{k}b"), "COMMAND", "GETKEYS", "GEORADIUS", "{k}g", "1", "1", "1", "m", "STORE", "{k}a", "STOREDIST", "{k}b")
		c.Want(t, bulks("{k}g", "{k}b", "{k}a"), "COMMAND", "GETKEYS", "GEORADIUSBYMEMBER", "{k}g", "m", "1", "m", "STOREDIST", "{k}a", "STORE", "{k}b")
		c.Want(t, bulks("{k}g"), "COMMAND", "GETKEYS", "GEORADIUS", "{k}g", "1", "1", "1", "m", "STORE")
		c.Want(t, ":1\r\n", "GEOADD", "{k}g", "1", "1", "m")
		c.Want(t, ":1\r\n", "GEORADIUS", "{k}g", "1", "1", "1", "km", "STORE", "{k}a", "STOREDIST", "{k}b")
		c.Want(t, ":1\r\n", "EXISTS", "{k}a", "{k}b")
		c.Want(t, ":1\r\n", "ZCARD", "{k}b")
		c.Want(t, ":1\r\n", "GEORADIUSBYMEMBER", "{k}g", "m", "1", "km", "STOREDIST", "{k}b", "STORE", "{k}a")
		c.Want(t, ":1\r\n", "ZCARD", "{k}a")
	})
})

var _ = nodetest.Describe("STOREDIST", func(s *nodetest.Server) {
	It("stores distances to their last place", func() {
		c := testkit.MustDial(GinkgoTB(), s.Addr)
		c.Want(GinkgoTB(), ":1\r\n", "GEOADD", "{k}g", "13.361389", "38.115556", "P")
		c.Want(GinkgoTB(), ":1\r\n", "GEOSEARCHSTORE", "{k}d", "{k}g", "FROMLONLAT", "15", "37", "BYRADIUS", "200", "km", "STOREDIST")
		c.Want(GinkgoTB(), "$18\r\n190.44242984775784\r\n", "ZSCORE", "{k}d", "P")
	})
})
