package list_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestLists(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "list commands")
}
