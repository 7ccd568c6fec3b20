package node

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"sigrun/internal/certs"
	"sigrun/internal/clock"
	"sigrun/internal/config"
	"sigrun/internal/metrics"
	"sigrun/internal/sim"
	"sigrun/protocol/acl"
	"sigrun/reactor/session"
)

// secrets is what the node knows of TLS: certificates and what comes of them. It is replaced as a whole, or stays.
type secrets struct {
	n        *Node
	material atomic.Pointer[certs.Material] // nil: no connection can come in by TLS
	auth     *config.Value
	reading  sim.Mutex // held while files are read: by CONFIG SET and by who looks whether they have changed
	print    certs.Print
	reloader background
}

// errSettings is the answer to CONFIG SET; the log says more.
var errSettings = errors.New("Unable to update TLS configuration. Check server logs.")

// begin makes changes of the parameters take effect.
func (t *secrets) begin(n *Node) {
	t.n, t.auth = n, n.value("tls-auth-clients")
	for _, name := range []string{"tls-cert-file", "tls-key-file", "tls-key-file-pass", "tls-client-cert-file", "tls-client-key-file",
		"tls-client-key-file-pass", "tls-dh-params-file", "tls-ca-cert-file", "tls-ca-cert-dir", "tls-protocols", "tls-ciphers", "tls-ciphersuites",
		"tls-prefer-server-ciphers", "tls-session-caching", "tls-session-cache-size", "tls-session-cache-timeout", "tls-cluster", "tls-replication"} {
		n.Config.OnChange(name, func(*config.Value) error { return t.changed() })
	}
	n.Config.OnChange("tls-port", func(*config.Value) error {
		if t.material.Load() == nil {
			if err := t.changed(); err != nil {
				return err
			}
		}
		if err := n.reopen(errors.New("Unable to listen on this port. Check server logs."), true); err != nil {
			return err
		}
		return t.changed()
	})
	n.Config.OnChange("tls-auto-reload-interval", func(v *config.Value) error {
		t.watch(v)
		return nil
	})
	t.watch(n.value("tls-auto-reload-interval"))
}

// wanted reports whether anybody is to speak TLS.
func (t *secrets) wanted() bool {
	n := t.n
	return n.value("tls-port").Int64() != 0 || n.value("tls-cluster").Bool() || n.value("tls-replication").Bool() || !n.nowhere(n.configured(), true)
}

// changed follows CONFIG SET.
func (t *secrets) changed() error {
	if !t.wanted() {
		t.material.Store(nil)
		return nil
	}
	if err := t.configure(); err != nil {
		t.n.Log.Warn(err.Error())
		return errSettings
	}
	return nil
}

// configure reads what the configuration names. If anything is wrong with it, all stays as it was.
func (t *secrets) configure() error {
	t.reading.Lock()
	defer t.reading.Unlock()
	s := t.settings()
	return t.load(s, s.Print())
}

func (t *secrets) load(s certs.Settings, print certs.Print) error {
	m, err := certs.Load(s)
	if err != nil {
		return err
	}
	before := t.material.Swap(m)
	t.print = print
	if before == nil || strings.Join(before.Remarks, "") != strings.Join(m.Remarks, "") {
		for _, remark := range m.Remarks {
			t.n.Log.Warn("TLS: " + remark)
		}
	}
	return nil
}

func (t *secrets) settings() certs.Settings {
	text := func(name string) string { return t.n.value(name).String() }
	file := func(name string) string { return t.n.Config.Path(text(name)) }
	return certs.Settings{
		Cert: file("tls-cert-file"), Key: file("tls-key-file"), Pass: text("tls-key-file-pass"),
		ClientCert: file("tls-client-cert-file"), ClientKey: file("tls-client-key-file"), ClientPass: text("tls-client-key-file-pass"),
		CAFile: file("tls-ca-cert-file"), CADir: file("tls-ca-cert-dir"), DH: file("tls-dh-params-file"),
		NeedsCA:   certs.Auth(t.auth.Int64()) != certs.AuthNo || t.n.value("tls-cluster").Bool() || t.n.value("tls-replication").Bool(),
		Protocols: text("tls-protocols"), Ciphers: text("tls-ciphers"), Suites: text("tls-ciphersuites"),
		ServerOrder: t.n.value("tls-prefer-server-ciphers").Bool(), Resume: t.n.value("tls-session-caching").Bool(),
		ResumeWithin: time.Duration(t.n.value("tls-session-cache-timeout").Int64()) * time.Second}
}

// config is for the next handshake.
func (t *secrets) config() *tls.Config {
	m := t.material.Load()
	if m == nil {
		return nil
	}
	return m.Config(certs.Auth(t.auth.Int64()))
}

// watch looks for changed files every so often, beside everything else.
func (t *secrets) watch(interval *config.Value) {
	t.reloader.end()
	t.reloader = background{}
	if s := interval.Int64(); s > 0 {
		t.reloader.start("looks for certificates", time.Duration(s)*time.Second, t.reload)
	}
}

// reload reads files that have changed. Those that are in use stay when the new ones are of no use.
func (t *secrets) reload() {
	t.reading.Lock()
	defer t.reading.Unlock()
	if t.material.Load() == nil {
		return
	}
	s := t.settings()
	print := s.Print()
	if print == t.print {
		t.n.Log.Debug("TLS materials unchanged: nothing is read again")
		return
	}
	t.n.Log.Info("TLS materials have changed and are read again")
	if err := t.load(s, print); err != nil {
		t.n.Log.Warn("They are of no use, and what was in use stays: " + err.Error())
		return
	}
	t.n.Log.Info("TLS materials reloaded successfully")
}

// certified lets a client in as the user that its certificate names, the first one who may come in. Where there is none, the client stays
// who it is.
func (t *secrets) certified(s *session.Session, cert *x509.Certificate) {
	n := t.n
	names := certs.Users(cert, certs.Field(n.value("tls-auth-clients-user").Int64()))
	for _, name := range names {
		if a := n.users.Named([]byte(name)); a != nil && a.User().On && s.Login(n.users, a) {
			return
		}
	}
	if len(names) > 0 {
		n.denials.Tally(acl.Certificate)
		s.Denied = append(s.Denied, acl.NewLogin([]byte(names[0]), nil, acl.Certificate, acl.TopLevel, n.clock.Millis()))
	}
}

// figures are what INFO tells of certificates.
func (t *secrets) figures(now clock.Clock) (rows []metrics.Row) {
	for _, one := range []struct {
		name string
		of   func(m *certs.Material) certs.Info
	}{
		{"tls_server_cert", func(m *certs.Material) certs.Info { return m.Server }},
		{"tls_client_cert", func(m *certs.Material) certs.Info { return m.Client }},
		{"tls_ca_cert", func(m *certs.Material) certs.Info { return m.CA }},
	} {
		info := func() certs.Info {
			if m := t.material.Load(); m != nil {
				return one.of(m)
			}
			return certs.Info{}
		}
		rows = append(rows, metrics.Words(one.name+"_serial", func() string {
			if serial := info().Serial; serial != "" {
				return serial
			}
			return "none"
		}), metrics.Level(one.name+"_expires_in_seconds", func() int64 { return max(info().Expires-now.Millis()/1000, 0) }))
	}
	return rows
}

// unshaken logs that a peer's handshake failed: who has a wrong certificate would not know otherwise.
func (s *secrets) unshaken(nc net.Conn, err error) {
	s.n.Log.Warn(fmt.Sprintf("Error accepting a client connection: %s (addr=%s laddr=%s)", err, nc.RemoteAddr(), nc.LocalAddr()))
}
