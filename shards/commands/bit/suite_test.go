package bit_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestBits(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "commands on bits")
}
