package hyperloglog_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestHyperLogLogs(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "HyperLogLog commands")
}
