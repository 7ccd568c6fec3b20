package nodetest

import (
	"bytes"
	"errors"
	"io"

	"sigrun/internal/vfs"
	"sigrun/storage/aof"
)

// Mend cuts off what a loss of power has left of the last block of an append-only file in the folder /, as sigrun-check --fix does for who starts a server
// behind it. What is only missing stays so: a start cuts that off by itself.
func Mend(fs vfs.FS) error {
	const folder = "appendonlydir"
	d, err := aof.Open(aof.Place{FS: fs, Work: "/", Folder: folder, Name: "appendonly.aof"})
	if err != nil {
		return err
	}
	for files := d.Files(); len(files) > 0; files = files[:len(files)-1] {
		name := "/" + folder + "/" + files[len(files)-1].Name
		text, err := bytesOf(fs, name)
		if err != nil {
			return err
		}
		if len(text) > 0 { // else the one before it may be torn
			return mend(fs, name, text)
		}
	}
	return nil
}

func bytesOf(fs vfs.FS, name string) ([]byte, error) {
	f, err := fs.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(f)
}

func mend(fs vfs.FS, name string, text []byte) (err error) {
	if aof.IsSnapshot(text) { // which nobody appends to
		return nil
	}
	for r, b := aof.NewReader(bytes.NewReader(text), 0, int64(len(text))), (aof.Batch{}); err == nil; {
		err = r.Next(&b)
	}
	wrong := (*aof.Error)(nil)
	if !errors.As(err, &wrong) || !errors.Is(wrong, aof.ErrFormat) {
		return nil
	}
	f, err := fs.Append(name)
	if err == nil {
		err = errors.Join(f.Truncate(wrong.Valid), f.Close())
	}
	return err
}
