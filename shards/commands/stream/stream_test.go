package stream_test

import (
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

var _ = nodetest.Describe("streams", func(s *nodetest.Server) {
	It("tell of consumers who were given nothing yet, and of the lag of groups", func() {
		t, c := GinkgoTB(), s.First()
		do(t, c, ok, "XGROUP CREATE s g $ MKSTREAM")
		do(t, c, none, "XREADGROUP GROUP g c STREAMS s >")
		Expect(s.Do("XINFO", "CONSUMERS", "s", "g")).To(HaveSuffix(bulk("inactive") + ":-1\r\n"))
		for i := range 5 {
			id := fmt.Sprintf("1-%d", i+1)
			do(t, c, bulk(id), "XADD s "+id+" f v")
		}
		do(t, c, got("s", "1-1 v", "1-2 v"), "XREADGROUP GROUP g c COUNT 2 STREAMS s >")
		Expect(s.Do("XINFO", "CONSUMERS", "s", "g")).NotTo(ContainSubstring(":-1\r\n"))
		Expect(s.Do("XINFO", "GROUPS", "s")).To(HaveSuffix(bulk("entries-read") + ":2\r\n" + bulk("lag") + ":3\r\n"))
		do(t, c, ":1\r\n", "XDEL s 1-4")
		Expect(s.Do("XINFO", "GROUPS", "s")).To(HaveSuffix(bulk("lag") + "$-1\r\n"))
		do(t, c, "*2\r\n*2\r\n"+bulk("1-3")+"*2\r\n"+bulk("f")+bulk("v")+"*2\r\n"+bulk("1-5")+"*2\r\n"+bulk("f")+bulk("v"), "XRANGE s (1-2 +")
		do(t, c, got("s", "1-3 v", "1-5 v"), "XREADGROUP GROUP g c STREAMS s >")
		Expect(s.Do("XINFO", "GROUPS", "s")).To(HaveSuffix(bulk("lag") + ":0\r\n"))
	})

	It("tell how much a group has read as soon as that is known again", func() {
		t, c := GinkgoTB(), s.First()
		reads := func(read, lag string) {
			GinkgoHelper()
			Expect(s.Do("XINFO", "GROUPS", "s")).To(HaveSuffix(bulk("entries-read") + read + "\r\n" + bulk("lag") + lag + "\r\n"))
		}
		for i := range 6 {
			s.Do("XADD", "s", fmt.Sprintf("%d-1", i+1), "f", "v")
		}
		do(t, c, ok, "XGROUP CREATE s g 0")
		reads("$-1", ":6")
		s.Do("XREADGROUP", "GROUP", "g", "c", "COUNT", "3", "STREAMS", "s", ">")
		reads(":3", ":3")
		do(t, c, ":1\r\n", "XDEL s 5-1") // ahead of the group
		reads(":3", "$-1")
		s.Do("XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "STREAMS", "s", ">")
		reads("$-1", "$-1") // four, but one that is gone may lie anywhere
		s.Do("XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "STREAMS", "s", ">")
		reads(":6", ":0") // the last entry there is
		s.Do("XADD", "s", "7-1", "f", "v")
		reads(":6", ":1")
		do(t, c, ":5\r\n", "XTRIM s MINID = 7-1")
		reads(":6", ":1")
	})

	It("say what is wrong as Valkey does", func() {
		t, c := GinkgoTB(), s.First()
		do(t, c, bulk("2-0"), "XADD s 2-0 f v")
		do(t, c, ":1\r\n", "XDEL s 2-0")
		do(t, c, "-ERR The ID specified in XSETID is smaller than current max_deleted_entry_id\r\n", "XSETID s 1-0")
		do(t, c, "-ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be specified.\r\n", "XREAD COUNT 1 STREAMS s")
		do(t, c, "-ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' must be specified.\r\n", "XREADGROUP GROUP g c NOACK STREAMS s")
		do(t, c, ok, "XGROUP CREATE s g $")
		Expect(s.Do("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", "+")).To(HavePrefix("-ERR The + ID is meaningless in the context of XREADGROUP"))
		do(t, c, none, "XREAD STREAMS s +")
		do(t, c, ok, "XGROUP CREATE none g $ MKSTREAM")
		do(t, c, none, "XREAD STREAMS none +")
		do(t, c, bulk("3-0"), "XADD s 3-0 f v")
		last := "*1\r\n*2\r\n" + bulk("s") + "*1\r\n*2\r\n" + bulk("3-0") + "*2\r\n" + bulk("f") + bulk("v")
		do(t, c, last, "XREAD STREAMS none s + +")
		do(t, c, last, "XREAD STREAMS s none + +")
	})

	It("find their keys wherever STREAMS stands", func() {
		t, c := GinkgoTB(), s.First()
		do(t, c, "*2\r\n"+bulk("a")+bulk("b"), "COMMAND GETKEYS XREAD COUNT 1 BLOCK 5 STREAMS a b 0 0")
		do(t, c, "*1\r\n"+bulk("a"), "COMMAND GETKEYS XREADGROUP NOACK GROUP streams streams STREAMS a >")
		do(t, c, "*1\r\n"+bulk("a"), "COMMAND GETKEYS XREAD STREAMS a b 0")
		do(t, c, "-ERR Invalid arguments specified for command\r\n", "COMMAND GETKEYS XREAD COUNT 1 STREAMS a")
		info := s.Do("COMMAND", "INFO", "XREAD")
		Expect(info).To(ContainSubstring("+movablekeys\r\n"))
		Expect(info).To(ContainSubstring(bulk("keyword") + bulk("spec") + "*4\r\n" + bulk("keyword") + bulk("STREAMS") + bulk("startfrom") + ":1\r\n"))
	})

	It("are told about by OBJECT, MEMORY and DEBUG, and carried by DUMP", func() {
		t, c := GinkgoTB(), s.First()
		do(t, c, bulk("1-1"), "XADD s 1-1 f v")
		do(t, c, ok, "XGROUP CREATE s g 0")
		do(t, c, got("s", "1-1 v"), "XREADGROUP GROUP g c STREAMS s >")
		do(t, c, bulk("stream"), "OBJECT ENCODING s")
		Expect(s.Do("MEMORY", "USAGE", "s")).To(MatchRegexp(`^:[3-9]\d\d\r\n$`))
		dump, err := testkit.Parse([]byte(s.Do("DUMP", "s")))
		Expect(err).NotTo(HaveOccurred())
		Expect(s.Do("DEBUG", "OBJECT", "s")).To(ContainSubstring(fmt.Sprintf(" encoding:stream serializedlength:%d ", len(dump.Text)-11)))
		digest := s.Do("DEBUG", "DIGEST-VALUE", "s")
		s.Want(ok, "RESTORE", "t", "0", dump.Text)
		Expect(s.Do("DEBUG", "DIGEST-VALUE", "t")).To(Equal(digest))
		do(t, c, ":1\r\n", "XACK t g 1-1")
		Expect(s.Do("DEBUG", "DIGEST-VALUE", "t")).NotTo(Equal(digest))
	})

	It("fill nodes as far as the configuration says", func() {
		t, c := GinkgoTB(), s.First()
		do(t, c, ok, "CONFIG SET stream-node-max-entries 7")
		for i := range 20 {
			Expect(s.Do("XADD", "s", "*", "i", fmt.Sprint(i))).To(HavePrefix("$"))
		}
		Expect(s.Do("XINFO", "STREAM", "s")).To(ContainSubstring(bulk("radix-tree-keys") + ":3\r\n"))
		do(t, c, ok, "CONFIG SET stream-node-max-entries 0")
		do(t, c, ok, "CONFIG SET stream-node-max-bytes 100")
		Expect(s.Do("XADD", "s", "*", "i", strings.Repeat("x", 200))).To(HavePrefix("$"))
		Expect(s.Do("XINFO", "STREAM", "s")).To(ContainSubstring(bulk("radix-tree-keys") + ":4\r\n"))
	})
})
