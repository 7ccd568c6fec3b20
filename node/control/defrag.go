package control

// allocated is what data and heap use, in bytes; resident what they hold for it.
func (k *Control) allocated() uint64 { return uint64(k.dataBytes()) + k.figures.memory.HeapAlloc }

func (k *Control) resident() uint64 {
	m := &k.figures.memory
	return uint64(k.Region()) + m.HeapSys - m.HeapReleased
}

// holes is the memory of slabs that no object uses, in bytes: what compaction can give back.
func (k *Control) holes() uint64 {
	holes, _ := k.Engine.Holes()
	return uint64(holes)
}
