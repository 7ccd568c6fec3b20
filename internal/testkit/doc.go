// Package testkit holds what specs need to talk to servers and to judge them: a client that shows raw bytes, Debian's
// redis-server as the reference, a differential runner, and a recorder whose histories porcupine checks against a
// sequential model. Only tests import it. It knows servers by their address, so that the same code judges any of them.
//
// Everything random comes from a seed that a failure prints; TEST_SEED=n repeats it.
package testkit
