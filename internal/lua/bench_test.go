package lua

import "testing"

type noHost struct{}

func (noHost) Call([][]byte) ([]byte, error)          { return []byte(":1\r\n"), nil }
func (noHost) Log(int, string)                        {}
func (noHost) SetResp(int)                            {}
func (noHost) Allowed([][]byte) (allowed, known bool) { return true, true }

type sink struct{ n int64 }

func (s *sink) Int(n int64)             { s.n = n }
func (s *sink) Bulk([]byte)             {}
func (s *sink) Simple(string)           {}
func (s *sink) Failure(string, bool)    {}
func (s *sink) Null()                   {}
func (s *sink) Bool(bool)               {}
func (s *sink) Double(float64)          {}
func (s *sink) BigNumber(string)        {}
func (s *sink) Verbatim(string, string) {}
func (s *sink) Array(int)               {}
func (s *sink) Map(int)                 {}
func (s *sink) Set(int)                 {}

func benchmark(b *testing.B, body string) {
	p, err := Compile(body)
	if err != nil {
		b.Fatal(err)
	}
	s := NewState(Identity{})
	defer s.Close()
	out := &sink{}
	b.ReportAllocs()
	for b.Loop() {
		s.Ready()
		if err := s.Run(p, noHost{}, nil, nil, out); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoop(b *testing.B) { benchmark(b, "local s=0 for i=1,100000 do s=s+i end return s") }
func BenchmarkJoin(b *testing.B) {
	benchmark(b, "local s for i=1,10000 do s='key:'..i end return 1")
}
func BenchmarkEmpty(b *testing.B) { benchmark(b, "return 1") }
func BenchmarkCall(b *testing.B)  { benchmark(b, "return redis.call('incr','x')") }
