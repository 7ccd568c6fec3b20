package aof

import "sigrun/internal/config"

// Ready is why no set can be made or written on, as far as is seen by making its directory and a file there; nil: it can.
func (d *Dir) Ready() error {
	if err := d.make(); err != nil {
		return err
	}
	probe := d.path("temp-" + d.Name + ".probe")
	f, err := d.FS.Create(probe)
	if err == nil {
		_ = f.Close()
		err = d.FS.Remove(probe)
	}
	if err != nil {
		d.Log.Warn("Can't open the append-only file: " + config.Reason(err))
	}
	return err
}
