// Package resp speaks the wire protocol: RESP2 and RESP3 with inline commands,
// as a Valkey 9 speaks it, byte for byte in replies and in error texts.
//
//	       bytes of a connection
//	               |
//	+--------------v---------------+
//	| Scan: one whole command at   |   args point into the read buffer
//	| the front of the buffer      |-------------------------------+
//	+--------------+---------------+                               |
//	               | the rest is not whole                         v
//	+--------------v---------------+                           [][]byte
//	| Assembler: ONE command, fed  |   args point into memory      ^
//	| piece by piece               |-------------------------------+
//	+------------------------------+   of the Assembler
//
//	Writer: an append-only reply buffer; the same calls give RESP2 or RESP3
//
// Scan and Assembler accept the same language: however a stream is cut, the
// commands and the errors that come out are the same, which a fuzz target
// proves. Where Valkey's answer depends on how its reads happened to fall (a
// line longer than 64 KiB, a zero byte inside a line), this package decides by
// the bytes alone: the line is too long; a zero byte is a byte.
//
// Nothing here knows commands, sessions or sockets. Everything may be called
// from any goroutine, a Writer or an Assembler from one at a time.
package resp
