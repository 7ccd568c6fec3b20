package rdb

import (
	"encoding/binary"
	"errors"

	"sigrun/internal/crc64"
)

// A payload of DUMP is the type and value as in a file, and behind them
//
//	| version: 16 bits | checksum of all before: 64 |   little endian
const footer = 2 + 8

// Dump begins a payload with the type of its value. The Writer has no destination.
func (w *Writer) Dump(t Type) { w.opcode(byte(t)) }

// Seal ends a payload and returns it.
func (w *Writer) Seal() []byte {
	w.buf = binary.LittleEndian.AppendUint16(w.buf, uint16(w.form.Version))
	w.buf = binary.LittleEndian.AppendUint64(w.buf, crc64.Update(0, w.buf))
	return w.buf
}

// Check says what is wrong with the footer of a payload, if anything is.
func Check(payload []byte, o Options) error {
	if len(payload) < footer {
		return &Error{Class: ErrShort, Text: "DUMP payload is too short"}
	}
	at := len(payload) - footer
	version := int(binary.LittleEndian.Uint16(payload[at:]))
	if (version > Version || Foreign(version)) && !o.Relaxed {
		return &Error{Class: ErrVersion, Text: "DUMP payload version not supported"}
	}
	if !o.SkipChecksum && binary.LittleEndian.Uint64(payload[at+2:]) != crc64.Update(0, payload[:at+2]) {
		return &Error{Class: ErrChecksum, Text: "DUMP payload checksum is wrong"}
	}
	return nil
}

// Restore reads the value of a payload that Check has passed.
func (r *Reader) Restore(payload []byte, b Builder) error {
	r.ResetBytes(payload[:len(payload)-footer])
	if err := r.value(Type(r.byte()), b); err != nil {
		return err
	}
	if r.Rest() != 0 {
		r.corrupt("Extra bytes behind the value of a DUMP payload")
	}
	return r.err
}

// Libraries reads the code of the libraries of a payload of FUNCTION DUMP that Check has passed; it lives until each returns.
func (r *Reader) Libraries(payload []byte, each func(code []byte) error) error {
	r.ResetBytes(payload[:len(payload)-footer])
	for r.Rest() > 0 {
		switch r.byte() {
		case opFunction:
		case opFunctionPreGA:
			return errors.New("Pre-GA function format not supported")
		default:
			return errors.New("given type is not a function")
		}
		code := r.string(roomValue)
		if r.err != nil {
			return errors.New("failed loading the given functions payload")
		}
		if err := each(code); err != nil {
			return err
		}
	}
	return nil
}
