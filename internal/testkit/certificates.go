package testkit

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Authority issues certificates for a test.
type Authority struct {
	t    testing.TB
	Dir  string // where the files lie
	File string // its own certificate
	cert *x509.Certificate
	key  crypto.Signer
	last int64
}

// Certificate is one with its key: as files, and ready for use.
type Certificate struct {
	Cert, Key string
	TLS       tls.Certificate
}

// NewAuthority makes an authority with a folder of its own.
func NewAuthority(t testing.TB) *Authority {
	t.Helper()
	a := &Authority{t: t, Dir: t.TempDir()}
	own := a.Issue("Authority", func(c *x509.Certificate) {
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign
	})
	a.File, a.cert, a.key = own.Cert, own.TLS.Leaf, own.TLS.PrivateKey.(crypto.Signer)
	return a
}

// Issue makes a certificate for a name, changed as the functions say. Its files bear the name, too.
func (a *Authority) Issue(name string, change ...func(*x509.Certificate)) Certificate {
	a.t.Helper()
	key := Must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(a.t)
	a.last++
	c := &x509.Certificate{SerialNumber: big.NewInt(0xA00 + a.last), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(24 * time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	for _, fn := range change {
		fn(c)
	}
	by, with := a.cert, a.key
	if by == nil {
		by, with = c, key
	}
	der := Must(x509.CreateCertificate(rand.Reader, c, by, key.Public(), with))(a.t)
	made := Certificate{Cert: filepath.Join(a.Dir, name+".crt"), Key: filepath.Join(a.Dir, name+".key")}
	made.TLS = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: Must(x509.ParseCertificate(der))(a.t)}
	a.write(made.Cert, "CERTIFICATE", der)
	a.write(made.Key, "PRIVATE KEY", Must(x509.MarshalPKCS8PrivateKey(key))(a.t))
	return made
}

// URIs has a certificate name its owner by them.
func URIs(uris ...string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		for _, u := range uris {
			parsed, _ := url.Parse(u)
			c.URIs = append(c.URIs, parsed)
		}
	}
}

// From has a certificate be good for a day, from so long after now on.
func From(d time.Duration) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.NotBefore, c.NotAfter = time.Now().Add(d), time.Now().Add(d+24*time.Hour) }
}

func (a *Authority) write(name, kind string, der []byte) {
	if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.t.Fatal(err)
	}
}

// Client is the configuration of a client that trusts the authority and shows a certificate, or none.
func (a *Authority) Client(shown ...Certificate) *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	c := &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"}
	for _, one := range shown {
		c.Certificates = append(c.Certificates, one.TLS)
	}
	return c
}
