package config

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// user reads a user directive. There is one user, default, who may do everything: the lines that say so, as CONFIG REWRITE
// of a Valkey leaves them behind, are taken, and every other one is refused, since nobody would keep its promise.
func (r *Registry) user(words []string) error {
	refused := func(why string) error {
		return fmt.Errorf("Error in user declaration '%s': %s", words[0], why)
	}
	if words[0] != "default" {
		return refused("this version lacks ACL, there is only the user default")
	}
	var may [3]bool // run commands, on keys, on channels
	on := false
	for _, w := range words[1:] {
		switch w = lowerRule(w); {
		case w == "on":
			on = true
		case w == "nopass":
			r.hash = ""
		case w == "sanitize-payload", w == "skip-sanitize-payload":
		case w == "+@all", w == "allcommands":
			may[0] = true
		case w == "~*", w == "allkeys":
			may[1] = true
		case w == "&*", w == "allchannels":
			may[2] = true
		case w[:min(1, len(w))] == ">":
			sum := sha256.Sum256([]byte(w[1:]))
			r.hash = hex.EncodeToString(sum[:])
			if err := r.directive([]string{"requirepass", w[1:]}); err != nil {
				return err
			}
		case w[:min(1, len(w))] == "#" && len(w) == 65:
			r.hash = w[1:]
		default:
			return refused("this version lacks ACL and does not know '" + w + "'")
		}
	}
	if !on || may != [3]bool{true, true, true} {
		return refused("this version lacks ACL, so that the user default must be on and may run +@all on ~* and &*")
	}
	return nil
}

// lowerRule makes a rule small, but not what it holds.
func lowerRule(w string) string {
	if strings.HasPrefix(w, ">") {
		return w
	}
	return strings.ToLower(w)
}

// checkUser holds a password that the default user was declared with, of which only a hash is known, against requirepass.
func (r *Registry) checkUser() error {
	pass := r.byName["requirepass"].String()
	if sum := sha256.Sum256([]byte(pass)); r.hash != "" && (pass == "" || hex.EncodeToString(sum[:]) != r.hash) {
		return errors.New("Error in user declaration 'default': the password has to be given as requirepass, too, and be the same")
	}
	return nil
}
