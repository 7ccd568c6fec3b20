package clock

import (
	"testing"
	"time"
)

// A pacer that begins to rest before it has heard of the end of the last rest may end this one itself.
func TestStirWaitsForNobody(t *testing.T) {
	p, done := NewPulse(New()), make(chan struct{})
	go func() {
		defer close(done)
		for range 3 {
			p.Rest()
			p.Stir()
		}
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("Stir waits for the pacer")
	}
	<-p.Stirred()
}
