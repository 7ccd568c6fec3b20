package nodetest

import (
	"testing"

	"sigrun/internal/testkit"
)

func TestStart(t *testing.T) {
	testkit.MustDial(t, Start(t, [2]string{"shards", "1"})).Want(t, "+PONG\r\n", "PING")
}
