package clock

// counter is RDTSC, the time stamp counter.
func counter() uint64

// cpuid is the instruction of that name; ebx and ecx are not needed.
func cpuid(leaf uint32) (eax, edx uint32)

// invariantCounter reports whether the counter runs at one speed on all cores, whatever
// they do.
func invariantCounter() bool {
	const powerLeaf, invariant = 0x80000007, 1 << 8
	if most, _ := cpuid(0x80000000); most < powerLeaf {
		return false
	}
	_, edx := cpuid(powerLeaf)
	return edx&invariant != 0
}
