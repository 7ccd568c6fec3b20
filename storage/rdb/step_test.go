package rdb

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestEachEntry(t *testing.T) {
	var got []string
	EachEntry(StreamID{5, 10}, node1, func(id StreamID, fields int) { got = append(got, fmt.Sprint(id, fields)) },
		func(field, value []byte) { got = append(got, fmt.Sprintf("%s=%s", field, value)) })
	if strings.Join(got, " ") != "{5 11} 2 g=2 h= {12 5} 1 f=3" {
		t.Error(got)
	}
}

// TestStepsAreNamed cuts a file at every byte and looks which steps are named.
func TestStepsAreNamed(t *testing.T) {
	var out bytes.Buffer
	w := NewWriter(&out, Form{Version: Version, Checksum: true})
	w.Header()
	w.Aux("a", "b")
	w.SelectDB(3)
	w.Sizes(1, 1)
	w.Function([]byte("f"))
	w.Expire(1)
	w.Key(TypeString, []byte("k"))
	w.String([]byte("v"))
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	var said []string
	for n := range out.Len() {
		_, d, err := scan(NewBytesReader(out.Bytes()[:n]), Options{})
		if !errors.Is(err, ErrShort) {
			t.Fatal(n, err)
		}
		if s := d.Step().String(); len(said) == 0 || said[len(said)-1] != s {
			said = append(said, s)
		}
	}
	want := "start read-type read-aux read-type read-len read-type read-len read-type read-functions read-type read-expire read-type read-key read-object-value read-type check-sum"
	if got := strings.Join(said, " "); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestUnknownTypeOfAFile(t *testing.T) {
	for _, b := range []string{"REDIS0011\x96", "REDIS0012\x96", "VALKEY080\x96", "VALKEY987\x96"} {
		d, err := NewDecoder(NewBytesReader([]byte(b)), Options{Relaxed: true})
		if err != nil {
			t.Fatal(err)
		}
		var it Item
		if err = d.Next(&it); !errors.Is(err, ErrType) || !errors.Is(err, ErrVersion) || it.Type != 150 || d.Step() != StepType {
			t.Error(b, err, it, d.Step())
		}
	}
}

func TestModuleDataIsPassedOver(t *testing.T) {
	w := NewWriter(nil, Form{Version: Version})
	w.Header()
	w.opcode(opModuleAux)
	for _, n := range []uint64{0, moduleUint, 1, moduleString} {
		w.Length(n)
	}
	w.String([]byte("x"))
	w.Length(moduleEnd)
	w.opcode(opEOF)
	w.Uint64(0)
	got, _, err := scan(NewBytesReader(w.buf), Options{SkipModules: true})
	if err != nil || len(got) != 1 || !strings.HasPrefix(got[0], fmt.Sprintf("%d AAAAAAAAA ", ModuleAux)) {
		t.Error(err, got)
	}
	if _, _, err = scan(NewBytesReader(w.buf), Options{}); !errors.Is(err, ErrModule) {
		t.Error(err)
	}
}
