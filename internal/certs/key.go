package certs

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"hash"
	"strings"
)

var (
	errNoKey      = errors.New("no private key in it")
	errNoPassword = errors.New("it is encrypted, and there is no password")
	errPassword   = errors.New("it cannot be decrypted: the password is another, or the file is damaged")
)

// readKey reads the first private key of a file; pass decrypts it if it has to be.
func readKey(name, pass string) (crypto.PrivateKey, error) {
	data, err := readFile(name)
	if err != nil {
		return nil, err
	}
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			return nil, errNoKey
		}
		if strings.HasSuffix(block.Type, "PRIVATE KEY") {
			der, err := plainKey(block, pass)
			if err != nil {
				return nil, err
			}
			return parseKey(der)
		}
	}
}

// plainKey is a key without encryption.
func plainKey(block *pem.Block, pass string) (der []byte, err error) {
	traditional := block.Headers["DEK-Info"] != ""
	switch {
	case block.Type != "ENCRYPTED PRIVATE KEY" && !traditional:
		return block.Bytes, nil
	case pass == "":
		return nil, errNoPassword
	case traditional:
		//lint:ignore SA1019 that the form is weak does not keep files from having it
		if der, err = x509.DecryptPEMBlock(block, []byte(pass)); err != nil {
			return nil, errPassword
		}
		return der, nil
	}
	return decryptPKCS8(block.Bytes, []byte(pass))
}

// parseKey reads a key in any of the three forms in which they are written.
func parseKey(der []byte) (crypto.PrivateKey, error) {
	if k, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return k, nil
	}
	if k, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return k, nil
	}
	if k, err := x509.ParseECPrivateKey(der); err == nil {
		return k, nil
	}
	return nil, errors.New("no key of a known kind")
}

// matches reports whether a key is that of a certificate.
func matches(c *x509.Certificate, key crypto.PrivateKey) bool {
	signer, ok := key.(crypto.Signer)
	if !ok {
		return false
	}
	public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(c.PublicKey)
}

// What follows is PKCS #8 with PBES2 (RFC 8018), as OpenSSL writes encrypted keys; the standard library does not read it.

type encryptedKey struct {
	Algorithm pkix.AlgorithmIdentifier
	Data      []byte
}

type pbes2 struct {
	Derivation pkix.AlgorithmIdentifier
	Cipher     pkix.AlgorithmIdentifier
}

type derivation struct {
	Salt   []byte
	Rounds int
	Length int                      `asn1:"optional"`
	Hash   pkix.AlgorithmIdentifier `asn1:"optional"`
}

var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}

	hashes = map[string]func() hash.Hash{
		"":                    sha1.New,
		"1.2.840.113549.2.7":  sha1.New,
		"1.2.840.113549.2.8":  sha256.New224,
		"1.2.840.113549.2.9":  sha256.New,
		"1.2.840.113549.2.10": sha512.New384,
		"1.2.840.113549.2.11": sha512.New,
		"1.2.840.113549.2.12": sha512.New512_224,
		"1.2.840.113549.2.13": sha512.New512_256,
	}
	ciphers = map[string]struct {
		size int
		make func([]byte) (cipher.Block, error)
	}{
		"2.16.840.1.101.3.4.1.2":  {16, aes.NewCipher},
		"2.16.840.1.101.3.4.1.22": {24, aes.NewCipher},
		"2.16.840.1.101.3.4.1.42": {32, aes.NewCipher},
		"1.2.840.113549.3.7":      {24, des.NewTripleDESCipher},
	}
)

var (
	errForm   = errors.New("the encrypted key is not well-formed")
	errScheme = errors.New("it is encrypted in a way that is not known here: write it anew by `openssl pkcs8 -topk8 -v2 aes256`")
)

// mostRounds bounds what a file may ask for: some minutes.
const mostRounds = 1 << 28

// decryptPKCS8 decrypts a key.
func decryptPKCS8(der, pass []byte) ([]byte, error) {
	var k encryptedKey
	if rest, err := asn1.Unmarshal(der, &k); err != nil || len(rest) > 0 {
		return nil, errForm
	}
	if !k.Algorithm.Algorithm.Equal(oidPBES2) {
		return nil, errScheme
	}
	var p pbes2
	var d derivation
	var iv []byte
	if _, err := asn1.Unmarshal(k.Algorithm.Parameters.FullBytes, &p); err != nil {
		return nil, errForm
	}
	if !p.Derivation.Algorithm.Equal(oidPBKDF2) {
		return nil, errScheme
	}
	if _, err := asn1.Unmarshal(p.Derivation.Parameters.FullBytes, &d); err != nil {
		return nil, errForm
	}
	if _, err := asn1.Unmarshal(p.Cipher.Parameters.FullBytes, &iv); err != nil {
		return nil, errForm
	}
	h, c := hashes[d.Hash.Algorithm.String()], ciphers[p.Cipher.Algorithm.String()]
	if h == nil || c.make == nil {
		return nil, errScheme
	}
	if d.Rounds < 1 || d.Rounds > mostRounds {
		return nil, errForm
	}
	key, err := pbkdf2.Key(h, string(pass), d.Salt, d.Rounds, c.size)
	if err != nil {
		return nil, errForm
	}
	block, err := c.make(key)
	if err != nil {
		return nil, errForm
	}
	return decryptCBC(block, iv, k.Data)
}

// decryptCBC decrypts data and takes its padding away.
func decryptCBC(block cipher.Block, iv, data []byte) ([]byte, error) {
	size := block.BlockSize()
	if len(iv) != size || len(data) == 0 || len(data)%size != 0 {
		return nil, errForm
	}
	out := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(out, data)
	pad := int(out[len(out)-1])
	if pad == 0 || pad > size {
		return nil, errPassword
	}
	for _, b := range out[len(out)-pad:] {
		if int(b) != pad {
			return nil, errPassword
		}
	}
	return out[:len(out)-pad], nil
}
