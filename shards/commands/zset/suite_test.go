package zset_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestSortedSets(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "commands on sorted sets")
}
