package hll

import (
	"encoding/binary"
	"fmt"
	"math"
)

// SelfTest tries whether registers keep what is written to them, and whether estimates are
// as good as they should be, in both representations.
func SelfTest() error {
	if err := testRegisters(); err != nil {
		return err
	}
	return testEstimates(1_000_000)
}

func testRegisters() error {
	b, err := ToDense(nil, New(nil))
	if err != nil {
		return err
	}
	var want Union
	for i := range 10 * Registers {
		index, rank := i*7919%Registers, byte(i*31%64)
		raiseDense(b, index, rank)
		want[index] = max(want[index], rank)
	}
	for i := range Registers {
		if have := denseRegister(b, i); have != want[i] {
			return fmt.Errorf("register %d should be %d but is %d", i, want[i], have)
		}
	}
	return nil
}

// testEstimates counts numbers up to most and allows six times the standard error.
func testEstimates(most uint64) error {
	const maxSparse = 3000
	a := New(nil)
	b, err := ToDense(nil, a)
	if err != nil {
		return err
	}
	check := uint64(1)
	for n := uint64(1); n <= most; n++ {
		element := binary.LittleEndian.AppendUint64(nil, n^n<<33)
		if a, _, err = Add(a, element, maxSparse); err != nil {
			return err
		}
		raiseElement(b, element)
		if n != check {
			continue
		}
		check *= 10
		one, err := Count(a)
		if err != nil {
			return err
		}
		if two, _ := Count(b); one != two {
			return fmt.Errorf("dense and sparse disagree about %d elements: %d and %d", n, two, one)
		}
		allowed := math.Ceil(6 * 1.04 / math.Sqrt(Registers) * float64(n))
		if n == 10 {
			allowed = 1
		}
		if off := math.Abs(float64(one) - float64(n)); off > allowed {
			return fmt.Errorf("too high error: %d elements are estimated as %d", n, one)
		}
	}
	return nil
}

func raiseElement(b, element []byte) {
	index, rank := place(element)
	raiseDense(b, index, rank)
}
