package study

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"sigrun/bench/host"
	"sigrun/bench/workload"
)

// mostText is how many bytes a workload, events or certificates have.
const mostText = 16 << 20

// Workload reads a workload by its name, if it is ready-made, or from a file.
func Workload(name string) (*workload.Workload, error) {
	if workload.IsReady(name) {
		return workload.Load(name)
	}
	text, err := host.ReadFile(name, mostText)
	if errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(name, "./") {
		return workload.Load(name) // which says what there is
	}
	if err != nil {
		return nil, err
	}
	return workload.Parse(name, string(text))
}

// read reads the files that options name, each once: nothing of them is read while something is measured.
func (o *Options) read() error {
	for _, step := range []func() error{o.readEvents, o.readCertificates, o.readLog} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (o *Options) readCertificates() error {
	if o.ca != "" && o.roots == nil {
		pem, err := host.ReadFile(o.ca, mostText)
		if err != nil {
			return err
		}
		if o.roots = x509.NewCertPool(); !o.roots.AppendCertsFromPEM(pem) {
			return fmt.Errorf("%s holds no certificates", o.ca)
		}
	}
	if o.cert == "" || o.pair != nil {
		return nil
	}
	cert, err := host.ReadFile(o.cert, mostText)
	if err != nil {
		return err
	}
	key, err := host.ReadFile(o.key, mostText)
	if err != nil {
		return err
	}
	pair, err := tls.X509KeyPair(cert, key)
	o.pair = &pair
	return err
}

// tls is how to connect to a host of such a name.
func (o *Options) tls(name string) *tls.Config {
	if o.name != "" {
		name = o.name
	}
	c := &tls.Config{ServerName: name, RootCAs: o.roots, InsecureSkipVerify: o.insecure || o.anyName, ClientSessionCache: tls.NewLRUClientSessionCache(64)}
	if o.anyName {
		c.VerifyConnection = func(s tls.ConnectionState) error { return signed(s.PeerCertificates, o.roots) }
	}
	if o.pair != nil {
		c.Certificates = []tls.Certificate{*o.pair}
	}
	return c
}

// signed verifies certificates but for the name that they are for.
func signed(list []*x509.Certificate, roots *x509.CertPool) error {
	if len(list) == 0 {
		return errors.New("the server shows no certificate")
	}
	between := x509.NewCertPool()
	for _, c := range list[1:] {
		between.AddCert(c)
	}
	_, err := list[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between})
	return err
}

// endless is how long a recording may last by its own times, unless --duration says how much of it is to be repeated.
const endless = 24 * time.Hour

func (o *Options) readLog() (err error) {
	if o.replay == "" || o.log != nil {
		return nil
	}
	if o.log, o.recording, err = readLog(o.replay, o.speed); err != nil {
		return err
	}
	if r := o.recorded; r != nil && *r != *o.recording {
		return fmt.Errorf("%s is another recording than that of the result: %d bytes with SHA-256 %s, not %d with %s; --replay beside --again takes it all the same",
			o.replay, o.recording.Bytes, o.recording.Sum, r.Bytes, r.Sum)
	}
	if lasts := float64(o.log.Entries[len(o.log.Entries)-1].At) / o.speed; lasts > float64(endless) && !o.given("duration") {
		return fmt.Errorf("%s lasts for %.0f hours by its times: --duration says how much of it is to be repeated", o.replay, lasts/float64(time.Hour))
	}
	return nil
}
