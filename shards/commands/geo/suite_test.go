package geo_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestGeo(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "commands on places")
}
