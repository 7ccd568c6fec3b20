package certs

import (
	"crypto/tls"
	"errors"
	"slices"
	"strings"
)

// versions sets which protocols are spoken: words such as TLSv1.2, all that are safe if there are none.
func (m *Material) versions(c *tls.Config, words string) error {
	all := []struct {
		name string
		id   uint16
	}{{"tlsv1", tls.VersionTLS10}, {"tlsv1.1", tls.VersionTLS11}, {"tlsv1.2", tls.VersionTLS12}, {"tlsv1.3", tls.VersionTLS13}}
	c.MinVersion, c.MaxVersion = tls.VersionTLS12, tls.VersionTLS13
	if words == "" {
		return nil
	}
	var wanted [4]bool
	for _, w := range strings.Split(words, " ") {
		known := false
		for i, v := range all {
			if strings.EqualFold(w, v.name) {
				wanted[i], known = true, true
			}
		}
		if !known {
			return errors.New("Invalid tls-protocols specified. Use a combination of 'TLSv1', 'TLSv1.1', 'TLSv1.2' and 'TLSv1.3'.")
		}
	}
	last := 3
	for !wanted[last] {
		last--
	}
	first := last
	for first > 0 && wanted[first-1] {
		first--
	}
	if slices.Contains(wanted[:first], true) {
		m.remark("tls-protocols: there is no version between two others that can be left out; %s to %s are spoken", all[first].name, all[last].name)
	}
	c.MinVersion, c.MaxVersion = all[first].id, all[last].id
	return nil
}

// suite is a cipher up to TLS 1.2: its name and what else OpenSSL calls it by, alone or together with others.
type suite struct {
	name string
	id   uint16
	tags string
}

var suites = []suite{
	{"ECDHE-ECDSA-AES256-GCM-SHA384", tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, "ECDHE EECDH kECDHE ECDSA aECDSA AES AES256 AESGCM SHA384"},
	{"ECDHE-RSA-AES256-GCM-SHA384", tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, "ECDHE EECDH kECDHE aRSA AES AES256 AESGCM SHA384"},
	{"ECDHE-ECDSA-CHACHA20-POLY1305", tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, "ECDHE EECDH kECDHE ECDSA aECDSA CHACHA20"},
	{"ECDHE-RSA-CHACHA20-POLY1305", tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, "ECDHE EECDH kECDHE aRSA CHACHA20"},
	{"ECDHE-ECDSA-AES128-GCM-SHA256", tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, "ECDHE EECDH kECDHE ECDSA aECDSA AES AES128 AESGCM SHA256"},
	{"ECDHE-RSA-AES128-GCM-SHA256", tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, "ECDHE EECDH kECDHE aRSA AES AES128 AESGCM SHA256"},
	{"ECDHE-ECDSA-AES128-SHA256", tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, "ECDHE EECDH kECDHE ECDSA aECDSA AES AES128 SHA256"},
	{"ECDHE-RSA-AES128-SHA256", tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, "ECDHE EECDH kECDHE aRSA AES AES128 SHA256"},
	{"ECDHE-ECDSA-AES256-SHA", tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, "ECDHE EECDH kECDHE ECDSA aECDSA AES AES256 SHA SHA1"},
	{"ECDHE-RSA-AES256-SHA", tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, "ECDHE EECDH kECDHE aRSA AES AES256 SHA SHA1"},
	{"ECDHE-ECDSA-AES128-SHA", tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, "ECDHE EECDH kECDHE ECDSA aECDSA AES AES128 SHA SHA1"},
	{"ECDHE-RSA-AES128-SHA", tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, "ECDHE EECDH kECDHE aRSA AES AES128 SHA SHA1"},
	{"AES256-GCM-SHA384", tls.TLS_RSA_WITH_AES_256_GCM_SHA384, "RSA kRSA aRSA AES AES256 AESGCM SHA384"},
	{"AES128-GCM-SHA256", tls.TLS_RSA_WITH_AES_128_GCM_SHA256, "RSA kRSA aRSA AES AES128 AESGCM SHA256"},
	{"AES128-SHA256", tls.TLS_RSA_WITH_AES_128_CBC_SHA256, "RSA kRSA aRSA AES AES128 SHA256"},
	{"AES256-SHA", tls.TLS_RSA_WITH_AES_256_CBC_SHA, "RSA kRSA aRSA AES AES256 SHA SHA1"},
	{"AES128-SHA", tls.TLS_RSA_WITH_AES_128_CBC_SHA, "RSA kRSA aRSA AES AES128 SHA SHA1"},
}

// is reports whether a word of a list means the cipher: a name, or several joined by +.
func (s suite) is(word string) bool {
	for _, part := range strings.Split(word, "+") {
		switch part {
		case "ALL", "DEFAULT", "HIGH", "COMPLEMENTOFDEFAULT", "TLSv1.2", s.name:
		default:
			if !slices.Contains(strings.Fields(s.tags), part) {
				return false
			}
		}
	}
	return true
}

// absent are words that OpenSSL knows for ciphers which nobody has here. That they are taken out is what everybody writes.
const absent = "aNULL eNULL NULL EXPORT EXP LOW MEDIUM MD5 RC4 3DES DES PSK SRP CAMELLIA SEED IDEA ARIA DSS DH DHE EDH kDHE kEDH aDSS ADH AECDH KRB5 AESCCM"

var tls13Suites = []string{"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256"}

// ciphers sets which ciphers are spoken: a list as OpenSSL reads it.
func (m *Material) ciphers(c *tls.Config, s Settings) error {
	if s.Ciphers != "" {
		ids := m.choose(s.Ciphers)
		if len(ids) == 0 {
			return errors.New("Failed to configure ciphers: there is none that is known here among " + s.Ciphers)
		}
		c.CipherSuites = ids
	}
	if s.Suites != "" {
		for _, name := range strings.Split(s.Suites, ":") {
			if !slices.Contains(tls13Suites, name) {
				return errors.New("Failed to configure ciphersuites: " + s.Suites)
			}
		}
		m.remark("tls-ciphersuites has no effect: TLS 1.3 is spoken with TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384 and TLS_CHACHA20_POLY1305_SHA256, whichever suits both best")
	}
	if s.ServerOrder {
		m.remark("tls-prefer-server-ciphers has no effect: of the ciphers that both have, the safest and fastest for both is taken")
	}
	return nil
}

// choose reads a list of ciphers. Only which of them are in it matters.
func (m *Material) choose(list string) []uint16 {
	in, never := make([]bool, len(suites)), make([]bool, len(suites))
	for _, word := range strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(": ,;", r) }) {
		sign := word[0]
		if sign == '@' || sign == '+' { // the order, and levels of safety
			continue
		}
		name := strings.TrimLeft(word, "!-")
		known := slices.Contains(strings.Fields(absent), name)
		for i, one := range suites {
			if !one.is(name) {
				continue
			}
			known = true
			switch sign {
			case '!':
				in[i], never[i] = false, true
			case '-':
				in[i] = false
			default:
				in[i] = !never[i]
			}
		}
		if !known {
			m.remark("tls-ciphers: %s is not known here, and is left out", name)
		}
	}
	var ids []uint16
	for i, one := range suites {
		if in[i] {
			ids = append(ids, one.id)
		}
	}
	return ids
}
