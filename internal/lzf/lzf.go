// Package lzf compresses and decompresses byte strings in the format of LZF, the one that RDB files and compressed list nodes
// use. It keeps nothing of what it is given and allocates nothing; anybody may call it, and has a Compressor of his own for many strings.
//
// A compressed string is a sequence of two kinds of instructions:
//
//	000LLLLL  bytes…                 put out the L+1 bytes that follow
//	LLLooooo [LLLLLLLL] oooooooo     put out again L+2 bytes (3 to 264) that were put out o+1 bytes ago (1 to 8192);
//	                                 L = 7 says that a byte stands in between that is added to it
//
// What is put out again may overlap with what is being put out, which is how a run of equal bytes gets short. Nothing says where
// the string ends or how long it was: the caller knows both.
package lzf

import "errors"

const (
	maxLiterals = 1 << 5
	maxDistance = 1 << 13
	minMatch    = 3
	maxMatch    = 7 + 255 + 2
)

// ErrCorrupt says that a string is no LZF, or decompresses to another length than the expected one.
var ErrCorrupt = errors.New("lzf: corrupt input")

// MaxDecompressed is how much n compressed bytes can hold at most: who allocates by a claimed length asks first.
func MaxDecompressed(n int) int { return n * (maxMatch / minMatch) }
