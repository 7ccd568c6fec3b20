package certs

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
)

// Print tells two states of the files apart: of what is in them, and of the folder what lies there.
type Print [sha256.Size]byte

// Print looks at the files that the settings name.
func (s Settings) Print() Print {
	h := sha256.New()
	for _, name := range []string{s.Cert, s.Key, s.ClientCert, s.ClientKey, s.CAFile} {
		data, err := readFile(name)
		fmt.Fprintf(h, "%s %d %v\n", name, len(data), err != nil && name != "")
		_, _ = h.Write(data)
	}
	if s.CADir != "" {
		if st, err := os.Stat(s.CADir); err == nil {
			fmt.Fprintln(h, st.ModTime().UnixNano())
		}
		entries, err := os.ReadDir(s.CADir)
		fmt.Fprintln(h, len(entries), err != nil)
		for _, e := range entries {
			if st, err := os.Stat(filepath.Join(s.CADir, e.Name())); err == nil {
				fmt.Fprintln(h, e.Name(), st.Size(), st.ModTime().UnixNano())
			}
		}
	}
	return Print(h.Sum(nil))
}
