package certs

import (
	"crypto/x509"
	"encoding/asn1"
	"strings"
)

// Field is the part of a client's certificate that names its user; the numbers are those of the parameter's values.
type Field int

const (
	FieldOff Field = iota
	FieldCN
	FieldURI
)

var oidCommonName = asn1.ObjectIdentifier{2, 5, 4, 3}

// Users are the names of users that a certificate may stand for, in their order.
func Users(c *x509.Certificate, f Field) (names []string) {
	switch f {
	case FieldCN:
		for _, part := range c.Subject.Names {
			if name, ok := part.Value.(string); ok && part.Type.Equal(oidCommonName) {
				names = append(names, name)
				break
			}
		}
	case FieldURI:
		for _, u := range c.URIs {
			names = append(names, u.String())
		}
	}
	for _, name := range names {
		if name == "" || strings.ContainsRune(name, 0) {
			return nil
		}
	}
	return names
}
