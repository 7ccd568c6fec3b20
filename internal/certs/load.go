// Package certs makes what crypto/tls needs out of what a configuration says: files of certificates and keys, passwords, names of
// protocols and ciphers as OpenSSL writes them. It knows no connection and no server. Whatever crypto/tls has not is told as a
// remark, and what cannot be used as an error, which names the file and never what is in it.
package certs

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Settings are the parameters of a configuration.
type Settings struct {
	Cert, Key, Pass                   string // files of the server, and the password of its key
	ClientCert, ClientKey, ClientPass string // the same for connections that the server makes; empty: none of their own
	CAFile, CADir                     string // whom to trust
	DH                                string // read, and of no use to crypto/tls
	NeedsCA                           bool   // somebody's certificate is going to be checked
	Protocols, Ciphers, Suites        string
	ServerOrder                       bool // the server's order of ciphers counts
	Resume                            bool // sessions may be resumed
	ResumeWithin                      time.Duration
}

// Info is what may be told of a certificate.
type Info struct {
	Serial  string // hexadecimal; empty: there is no certificate
	Expires int64  // unix s
}

// Material is a configuration that can be used.
type Material struct {
	Server, Client, CA Info     // of Client and CA only if there are any
	Remarks            []string // what was asked for and will not happen
	configs            [3]*tls.Config
	outgoing           *tls.Config
}

// Auth says whether clients have to show a certificate; the numbers are those of the parameter's values.
type Auth int

const (
	AuthNo Auth = iota
	AuthYes
	AuthOptional
)

// Config is for connections that come in. It is the same one for all of them, as their tickets have to be.
func (m *Material) Config(a Auth) *tls.Config { return m.configs[a] }

// Outgoing is for connections that the server makes. The other side has to show a certificate of somebody who is trusted, whatever its name.
func (m *Material) Outgoing() *tls.Config { return m.outgoing }

// outwards makes the configuration of connections that the server makes itself.
func outwards(base *tls.Config, shown tls.Certificate, trusted *x509.CertPool) *tls.Config {
	c := base.Clone()
	c.Certificates, c.InsecureSkipVerify = []tls.Certificate{shown}, true // names are not looked at, all else is:
	c.VerifyConnection = func(state tls.ConnectionState) error {
		o := x509.VerifyOptions{Roots: trusted, Intermediates: x509.NewCertPool(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
		for _, between := range state.PeerCertificates[1:] {
			o.Intermediates.AddCert(between)
		}
		_, err := state.PeerCertificates[0].Verify(o)
		return err
	}
	return c
}

// Load reads and checks everything.
func Load(s Settings) (*Material, error) {
	m := &Material{}
	switch {
	case s.Cert == "":
		return nil, errors.New("No tls-cert-file configured!")
	case s.Key == "":
		return nil, errors.New("No tls-key-file configured!")
	case s.NeedsCA && s.CAFile == "" && s.CADir == "":
		return nil, errors.New("Either tls-ca-cert-file or tls-ca-cert-dir is needed: certificates of others are to be checked (tls-auth-clients, tls-cluster, tls-replication).")
	}
	server, err := identity("Server", s.Cert, s.Key, s.Pass)
	if err != nil {
		return nil, err
	}
	m.Server = infoOf(server.Leaf)
	client := server
	if s.ClientCert != "" && s.ClientKey != "" {
		if client, err = identity("Client", s.ClientCert, s.ClientKey, s.ClientPass); err != nil {
			return nil, err
		}
		m.Client = infoOf(client.Leaf)
	}
	pool, err := m.trust(s)
	if err != nil {
		return nil, err
	}
	base := &tls.Config{Certificates: []tls.Certificate{server}, ClientCAs: pool, SessionTicketsDisabled: !s.Resume,
		DynamicRecordSizingDisabled: true} // or the first records of a connection carry 1.2 KB each
	if err := m.versions(base, s.Protocols); err != nil {
		return nil, err
	}
	if err := m.ciphers(base, s); err != nil {
		return nil, err
	}
	if s.DH != "" {
		if _, err := readFile(s.DH); err != nil {
			return nil, fmt.Errorf("Failed to load %s: %s", s.DH, reason(err))
		}
		m.remark("tls-dh-params-file has no effect: no cipher here uses such parameters")
	}
	m.outgoing = outwards(base, client, pool)
	for auth, kind := range [...]tls.ClientAuthType{AuthNo: tls.NoClientCert, AuthYes: tls.RequireAndVerifyClientCert, AuthOptional: tls.VerifyClientCertIfGiven} {
		c := base.Clone()
		c.ClientAuth = kind
		if s.Resume {
			expire(c, s.ResumeWithin)
		}
		m.configs[auth] = c
	}
	return m, nil
}

func (m *Material) remark(format string, args ...any) {
	m.Remarks = append(m.Remarks, fmt.Sprintf(format, args...))
}

// identity reads a certificate, with those that vouch for it, and its key.
func identity(whose, certFile, keyFile, pass string) (c tls.Certificate, err error) {
	chain, err := readCerts(certFile)
	if err != nil {
		return c, fmt.Errorf("Failed to load certificate: %s: %s", certFile, reason(err))
	}
	if !valid(chain[0]) {
		return c, errors.New(whose + " TLS certificate is invalid: it has expired, or its time has not come. Aborting TLS configuration.")
	}
	key, err := readKey(keyFile, pass)
	if err != nil {
		return c, fmt.Errorf("Failed to load private key: %s: %s", keyFile, reason(err))
	}
	for _, one := range chain {
		c.Certificate = append(c.Certificate, one.Raw)
	}
	c.Leaf, c.PrivateKey = chain[0], key
	if !matches(chain[0], key) {
		return c, fmt.Errorf("Failed to load private key: %s: it is not that of the certificate", keyFile)
	}
	return c, nil
}

// trust reads the certificates by which those of others are checked.
func (m *Material) trust(s Settings) (*x509.CertPool, error) {
	if s.CAFile == "" && s.CADir == "" {
		return x509.NewCertPool(), nil // nobody's: without one the system's would do
	}
	var trusted []*x509.Certificate
	if s.CAFile != "" {
		list, err := readCerts(s.CAFile)
		if err != nil {
			return nil, fmt.Errorf("Failed to configure CA certificate(s) file: %s: %s", s.CAFile, reason(err))
		}
		trusted = list
	}
	if s.CADir != "" {
		list, err := readFolder(s.CADir)
		if err != nil {
			return nil, fmt.Errorf("Failed to open CA certificate directory: %s: %s", s.CADir, reason(err))
		}
		trusted = append(trusted, list...)
	}
	pool := x509.NewCertPool()
	for _, c := range trusted {
		if !valid(c) {
			return nil, errors.New("One or more loaded CA certificates are invalid: they have expired, or their time has not come. Aborting TLS configuration.")
		}
		pool.AddCert(c)
		if one := infoOf(c); m.CA.Serial == "" || one.Expires < m.CA.Expires {
			m.CA = one
		}
	}
	return pool, nil
}

var errNoCert = errors.New("no certificate in it")

// readCerts reads all certificates of a file.
func readCerts(name string) (list []*x509.Certificate, err error) {
	data, err := readFile(name)
	if err != nil {
		return nil, err
	}
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" && block.Type != "TRUSTED CERTIFICATE" && block.Type != "X509 CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	if len(list) == 0 {
		return nil, errNoCert
	}
	return list, nil
}

// readFolder reads the certificates in the files of a folder; what is none is passed over.
func readFolder(name string) (list []*x509.Certificate, err error) {
	entries, err := os.ReadDir(name)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		path := filepath.Join(name, e.Name())
		if st, err := os.Stat(path); err != nil || !st.Mode().IsRegular() {
			continue
		}
		if some, err := readCerts(path); err == nil {
			list = append(list, some...)
		}
	}
	return list, nil
}

func valid(c *x509.Certificate) bool {
	now := time.Now()
	return !now.Before(c.NotBefore) && !now.After(c.NotAfter)
}

func infoOf(c *x509.Certificate) Info {
	serial := fmt.Sprintf("%X", c.SerialNumber)
	if len(serial)%2 != 0 {
		serial = "0" + serial
	}
	return Info{Serial: serial, Expires: c.NotAfter.Unix()}
}

// reason is an error without the name of the file, which stands beside it.
func reason(err error) string {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}
