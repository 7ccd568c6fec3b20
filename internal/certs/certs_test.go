package certs

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sigrun/internal/testkit"
)

// Keys are read in every form in which OpenSSL writes them, and only by their password.
func TestKeys(t *testing.T) {
	openssl := testkit.Installed(t, "openssl")
	dir := t.TempDir()
	run := func(args ...string) {
		t.Helper()
		if out, err := exec.Command(openssl, args...).CombinedOutput(); err != nil {
			t.Fatalf("openssl %v: %v\n%s", args, err, out)
		}
	}
	plain := filepath.Join(dir, "plain")
	for _, kind := range []struct {
		name string
		make []string
		old  string // the command that writes the traditional form
	}{
		{"rsa", []string{"genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", plain}, "rsa"},
		{"ec", []string{"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", plain}, "ec"},
		{"ed25519", []string{"genpkey", "-algorithm", "ED25519", "-out", plain}, ""},
	} {
		run(kind.make...)
		want, err := readKey(plain, "")
		if err != nil {
			t.Fatal(err)
		}
		forms := map[string][]string{
			"aes256":      {"pkcs8", "-topk8", "-v2", "aes256", "-passout", "pass:secret"},
			"aes128 sha1": {"pkcs8", "-topk8", "-v2", "aes128", "-v2prf", "hmacWithSHA1", "-passout", "pass:secret"},
			"aes192 512":  {"pkcs8", "-topk8", "-v2", "aes192", "-v2prf", "hmacWithSHA512", "-passout", "pass:secret"},
			"3des":        {"pkcs8", "-topk8", "-v2", "des3", "-passout", "pass:secret"},
		}
		if kind.old != "" {
			forms["old"] = []string{kind.old, "-aes256", "-passout", "pass:secret"}
		}
		for name, args := range forms {
			file := filepath.Join(dir, "key")
			run(append(args, "-in", plain, "-out", file)...)
			if got, err := readKey(file, "secret"); err != nil || !got.(interface {
				Equal(k crypto.PrivateKey) bool
			}).Equal(want) {
				t.Errorf("%s %s: %v", kind.name, name, err)
			}
			for _, pass := range []string{"", "other"} {
				if _, err := readKey(file, pass); err == nil {
					t.Errorf("%s %s is read with the password %q", kind.name, name, pass)
				}
			}
		}
	}
}

// FuzzKey has files hold anything.
func FuzzKey(f *testing.F) {
	f.Add([]byte("0\x00"), "secret")
	f.Fuzz(func(t *testing.T, b []byte, pass string) {
		if key, err := plainKey(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: b}, pass); err == nil {
			_, _ = parseKey(key)
		}
	})
}

func TestCiphers(t *testing.T) {
	for list, want := range map[string]struct {
		has, hasNot []uint16
		remarks     int
	}{
		"DEFAULT":                                     {has: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}},
		"DEFAULT:-AES128-SHA256":                      {[]uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}, []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA256}, 0},
		"!kRSA:ALL":                                   {[]uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}, []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256}, 0},
		"-ALL:AES128-SHA256":                          {[]uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA256}, []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}, 0},
		"HIGH:!aNULL:!MD5:@STRENGTH":                  {[]uint16{tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256}, nil, 0},
		"ECDHE+AESGCM AES256-SHA256,X":                {[]uint16{tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384}, []uint16{tls.TLS_RSA_WITH_AES_256_GCM_SHA384}, 2},
		"EECDH+CHACHA20:!ECDHE-RSA-CHACHA20-POLY1305": {[]uint16{tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256}, []uint16{tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256}, 0},
	} {
		var m Material
		got := m.choose(list)
		for _, id := range want.has {
			if !slices.Contains(got, id) {
				t.Errorf("%s: without %s", list, tls.CipherSuiteName(id))
			}
		}
		for _, id := range want.hasNot {
			if slices.Contains(got, id) {
				t.Errorf("%s: with %s", list, tls.CipherSuiteName(id))
			}
		}
		if len(m.Remarks) != want.remarks {
			t.Errorf("%s: %q", list, m.Remarks)
		}
	}
}

func TestVersions(t *testing.T) {
	for words, want := range map[string][2]uint16{"": {tls.VersionTLS12, tls.VersionTLS13}, "TLSv1.2": {tls.VersionTLS12, tls.VersionTLS12},
		"tlsv1 TLSv1.1 TLSv1.2": {tls.VersionTLS10, tls.VersionTLS12}, "TLSv1.3 TLSv1.1": {tls.VersionTLS13, tls.VersionTLS13}} {
		var m Material
		var c tls.Config
		if err := m.versions(&c, words); err != nil || [2]uint16{c.MinVersion, c.MaxVersion} != want {
			t.Errorf("%q: %x to %x, %v", words, c.MinVersion, c.MaxVersion, err)
		}
	}
}

// The authority that ends first is told of; a folder's files count as those of the file do.
func TestTrust(t *testing.T) {
	a, b := testkit.NewAuthority(t), testkit.NewAuthority(t)
	server := a.Issue("server")
	folder := t.TempDir()
	sooner := b.Issue("sooner", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(time.Hour) })
	data := append(read(t, b.File), read(t, sooner.Cert)...)
	if err := os.WriteFile(filepath.Join(folder, "both.pem"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "note"), []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := Settings{Cert: server.Cert, Key: server.Key, CAFile: a.File, CADir: folder, NeedsCA: true, Resume: true}
	m, err := Load(s)
	if err != nil || m.CA.Serial != "0A02" || m.Server.Serial != "0A02" || m.Client.Serial != "" {
		t.Fatalf("%+v, %v", m, err)
	}
	print := s.Print()
	if print != s.Print() {
		t.Error("what has not changed looks changed")
	}
	if err := os.WriteFile(filepath.Join(folder, "more"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if print == s.Print() {
		t.Error("a new file is not seen")
	}
}

// No password, and nothing that is in a file, stands in what is said of it.
func TestErrorsKeepSecrets(t *testing.T) {
	a := testkit.NewAuthority(t)
	one := a.Issue("one")
	for _, s := range []Settings{{Cert: one.Cert, Key: one.Cert, Pass: "hunter2"}, {Cert: one.Key, Key: one.Key, Pass: "hunter2"}} {
		_, err := Load(s)
		if err == nil || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "MIG") {
			t.Errorf("%v", err)
		}
	}
}

func read(t *testing.T, name string) []byte { return testkit.Must(os.ReadFile(name))(t) }

// Where no authority is named nobody is trusted, whoever the system trusts: nil would stand for those.
func TestNobodyIsTrustedByDefault(t *testing.T) {
	server := testkit.NewAuthority(t).Issue("server")
	m, err := Load(Settings{Cert: server.Cert, Key: server.Key})
	if err != nil {
		t.Fatal(err)
	}
	for _, auth := range []Auth{AuthNo, AuthYes, AuthOptional} {
		if pool := m.Config(auth).ClientCAs; pool == nil || !pool.Equal(x509.NewCertPool()) {
			t.Errorf("auth %d trusts %v", auth, pool)
		}
	}
}
