package control_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

var _ = nodetest.Describe("snapshots", func(s *nodetest.Server) {
	var dir string
	field := func(name string) string { return testkit.InfoField(s.Do("INFO", "persistence"), name) }
	idle := func() { Eventually(func() string { return field("rdb_bgsave_in_progress") }).Should(Equal("0")) }
	file := func() string { return filepath.Join(dir, "dump.rdb") }

	BeforeEach(func() {
		dir = GinkgoT().TempDir()
		s.Want(ok, "CONFIG", "SET", "dir", dir)
	})

	It("are what was there, in every database, after DEBUG RELOAD", func() {
		for _, c := range [][]string{{"SET", "a", "1"}, {"RPUSH", "b", "x", "y"}, {"SADD", "c", "1", "2"}, {"HSET", "d", "f", "v"}, {"ZADD", "e", "1", "m"},
			{"XADD", "f", "1-1", "a", "b"}, {"SET", "g", "v", "EX", "1000"}, {"DEBUG", "POPULATE", "2000"}} {
			Expect(s.Do(c...)).NotTo(HavePrefix("-"))
		}
		s.Want(ok, "SELECT", "7")
		s.Want(ok, "SET", "elsewhere", "v")
		before := s.Do("DEBUG", "DIGEST")
		s.Want(ok, "DEBUG", "RELOAD")
		Expect(s.Do("DEBUG", "DIGEST")).To(Equal(before))
		Expect(field("rdb_last_load_keys_loaded")).To(Equal("2008"))
		s.Want(":1\r\n", "DBSIZE")
		s.Want(ok, "MULTI")
		s.Want("+QUEUED\r\n", "SET", "inside", "v")
		s.Want("+QUEUED\r\n", "DEBUG", "RELOAD")
		s.Want("+QUEUED\r\n", "GET", "inside")
		s.Want("*3\r\n+OK\r\n+OK\r\n$1\r\nv\r\n", "EXEC")
	})

	It("can be merged into what is there", func() {
		s.Want(ok, "MSET", "a", "old", "b", "old")
		s.Want(ok, "SAVE")
		s.Want(ok, "MSET", "b", "new", "c", "new")
		s.Want("-ERR Error trying to load the RDB dump, check server logs.\r\n", "DEBUG", "RELOAD", "NOSAVE", "NOFLUSH")
		s.Want(ok, "DEBUG", "RELOAD", "NOSAVE", "NOFLUSH", "MERGE")
		s.Want("*3\r\n$3\r\nold\r\n$3\r\nold\r\n$3\r\nnew\r\n", "MGET", "a", "b", "c")
		s.Want(ok, "DEBUG", "RELOAD", "NOSAVE")
		s.Want("*3\r\n$3\r\nold\r\n$3\r\nold\r\n$-1\r\n", "MGET", "a", "b", "c")
		Expect(s.Do("DEBUG", "RELOAD", "ALL")).To(ContainSubstring("only supports the MERGE, NOFLUSH and NOSAVE options"))
	})

	It("stay when the file that was not saved just now cannot be read to its end", func() {
		s.Want(ok, "SET", "a", "1")
		s.Want("-ERR Error trying to load the RDB dump, check server logs.\r\n", "DEBUG", "RELOAD", "NOSAVE")
		s.Want(ok, "SAVE")
		good, err := os.ReadFile(filepath.Join(dir, "dump.rdb"))
		Expect(err).NotTo(HaveOccurred())
		s.Want(ok, "SET", "b", "2")
		for _, bad := range []string{"", "REDIS0987" + string(good[9:]), "nothing like it", string(good[:len(good)-9]), string(good[:len(good)-1]) + string([]byte{good[len(good)-1] ^ 1})} {
			Expect(os.WriteFile(filepath.Join(dir, "dump.rdb"), []byte(bad), 0o600)).To(Succeed())
			s.Want("-ERR Error trying to load the RDB dump, check server logs.\r\n", "DEBUG", "RELOAD", "NOSAVE")
			s.Want("*2\r\n$1\r\n1\r\n$1\r\n2\r\n", "MGET", "a", "b")
		}
	})

	It("count changes from one to the next", func() {
		s.Want(ok, "SET", "a", "1")
		s.Want(ok, "SET", "b", "1")
		Expect(field("rdb_changes_since_last_save")).To(Equal("2"))
		s.Want("+Background saving started\r\n", "BGSAVE")
		idle()
		Expect(field("rdb_changes_since_last_save")).To(Equal("0"))
		Expect(field("rdb_last_bgsave_status")).To(Equal("ok"))
		at, _ := strconv.ParseInt(strings.Trim(s.Do("LASTSAVE"), ":\r\n"), 10, 64)
		Expect(time.Since(time.Unix(at, 0))).To(BeNumerically("<", time.Minute))
		s.Want(ok, "SET", "a", "2")
		s.Want(ok, "SAVE")
		Expect(field("rdb_saves")).To(Equal("2"))
	})

	It("do not begin in the middle of a transaction", func() {
		s.Want(ok, "MULTI")
		s.Want("+QUEUED\r\n", "SET", "a", "1")
		s.Want("+QUEUED\r\n", "BGSAVE")
		s.Want("+QUEUED\r\n", "SET", "b", "1")
		s.Want("-ERR Command 'save' not allowed inside a transaction\r\n", "SAVE")
		s.Want("-EXECABORT Transaction discarded because of previous errors.\r\n", "EXEC")
		s.Want(ok, "MULTI")
		s.Want("+QUEUED\r\n", "BGSAVE")
		s.Want("*1\r\n+Background saving scheduled\r\n", "EXEC")
		Eventually(func() string { return field("rdb_saves") }).Should(Equal("1"))
	})

	It("are cancelled", func() {
		s.Want("-ERR Background saving is currently not in progress or scheduled\r\n", "BGSAVE", "CANCEL")
		s.Want(ok, "DEBUG", "POPULATE", "100")
		s.Want(ok, "CONFIG", "SET", "rdb-key-save-delay", "10000000")
		s.Want("+Background saving started\r\n", "BGSAVE")
		Expect(field("current_save_keys_total")).To(Equal("100"))
		for _, how := range [][]string{{"BGSAVE"}, {"BGSAVE", "SCHEDULE"}} { // which is for when another kind of child is at work
			s.Want("-ERR Background save already in progress\r\n", how...)
		}
		s.Want("+Background saving cancelled\r\n", "BGSAVE", "CANCEL")
		Expect(field("rdb_bgsave_in_progress")).To(Equal("0"))
		s.Want(ok, "CONFIG", "SET", "rdb-key-save-delay", "0")
		s.Want("+Background saving started\r\n", "BGSAVE", "SCHEDULE")
		Eventually(func() string { return field("rdb_bgsave_in_progress") }).Should(Equal("0"))
		Expect(field("rdb_saves")).To(Equal("2"))
		Expect(field("rdb_last_bgsave_status")).To(Equal("ok"))
		Eventually(func() []os.DirEntry { list, _ := os.ReadDir(dir); return list }).Should(HaveLen(1))
		s.Want("-ERR syntax error\r\n", "BGSAVE", "NOW")
	})

	It("are empty after FLUSHALL where they are wanted, and given up where they are not", func() {
		s.Want(ok, "DEBUG", "POPULATE", "100")
		s.Want(ok, "CONFIG", "SET", "rdb-key-save-delay", "10000000")
		s.Want("+Background saving started\r\n", "BGSAVE")
		s.Want(ok, "FLUSHALL")
		idle()
		Expect(file()).NotTo(BeAnExistingFile())
		s.Want(ok, "CONFIG", "SET", "rdb-key-save-delay", "0", "save", "3600 1000")
		s.Want(ok, "DEBUG", "POPULATE", "100")
		s.Want(ok, "SAVE")
		s.Want(ok, "SET", "more", "v")
		s.Want(ok, "FLUSHALL")
		Expect(field("rdb_changes_since_last_save")).To(Equal("0"))
		s.Want(ok, "DEBUG", "RELOAD", "NOSAVE")
		s.Want(":0\r\n", "DBSIZE")
	})

	It("have what was there before FLUSHDB and SWAPDB", func() {
		s.Want(ok, "DEBUG", "POPULATE", "500")
		s.Want(ok, "SELECT", "1")
		s.Want(ok, "SET", "one", "v")
		s.Want(ok, "SELECT", "2")
		s.Want(ok, "SET", "two", "v")
		s.Want(ok, "CONFIG", "SET", "rdb-key-save-delay", "10000000")
		before := s.Do("DEBUG", "DIGEST")
		s.Want("+Background saving started\r\n", "BGSAVE")
		s.Want(ok, "SWAPDB", "0", "1")
		s.Want(ok, "FLUSHDB")
		s.Want(ok, "SELECT", "1")
		s.Want(ok, "FLUSHDB")
		s.Want(ok, "CONFIG", "SET", "rdb-key-save-delay", "0")
		idle()
		s.Want(ok, "DEBUG", "RELOAD", "NOSAVE")
		Expect(s.Do("DEBUG", "DIGEST")).To(Equal(before))
	})

	It("leave out keys whose time is over when they are loaded", func() {
		s.Want(ok, "DEBUG", "SET-ACTIVE-EXPIRE", "0")
		s.Want(ok, "SET", "stays", "v")
		s.Want(ok, "SET", "goes", "v", "PX", "1")
		Eventually(func() string { return s.Do("PTTL", "stays") }).Should(Equal(":-1\r\n"))
		time.Sleep(5 * time.Millisecond)
		s.Want(ok, "DEBUG", "RELOAD")
		Expect(field("rdb_last_load_keys_expired")).To(Equal("1"))
		Expect(field("rdb_last_load_keys_loaded")).To(Equal("1"))
		s.Want(":1\r\n", "DBSIZE")
	})
}, [2]string{"enable-protected-configs", "yes"})
