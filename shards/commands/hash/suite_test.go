package hash_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestHashes(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "hash commands")
}
