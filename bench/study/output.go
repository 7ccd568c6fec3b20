package study

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"sigrun/bench/page"
	"sigrun/bench/result"
)

// Writable tells before a run whether its results can be kept.
func (o *Options) Writable() error {
	var taken []string
	for _, path := range []string{o.jsonFile, o.htmlFile, o.csvFile, o.hdrFile} {
		if path == "" {
			continue
		}
		if err := result.Writable(path); err != nil {
			return err
		}
		at, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		if slices.Contains(taken, at) && !strings.HasPrefix(at, "/dev/") {
			return fmt.Errorf("%s: two results cannot be in the same file", path)
		}
		taken = append(taken, at)
	}
	return nil
}

// Keep writes the files that were asked for; all that can be written are.
func (o *Options) Keep(r *result.Result) (err error) {
	keep := func(path string, make func() ([]byte, error)) {
		if path == "" {
			return
		}
		data, e := make()
		if e == nil {
			e = result.Write(path, data)
		}
		if e != nil && err == nil {
			err = e
		}
	}
	keep(o.jsonFile, r.Marshal)
	keep(o.csvFile, func() ([]byte, error) {
		var b bytes.Buffer
		e := r.CSV(&b)
		return b.Bytes(), e
	})
	keep(o.htmlFile, func() ([]byte, error) { return page.Run(r) })
	return err
}
