package debug

import (
	"sigrun/internal/glob"
	"sigrun/internal/num"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
)

// protocol implements DEBUG PROTOCOL type.
func protocol(c *exec.Ctx) error {
	out := c.Out
	numbers := func() {
		for i := range 3 {
			out.Int(int64(i))
		}
	}
	switch arg := c.Args[2]; {
	case exec.Is(arg, "STRING"):
		out.BulkString("Hello World")
	case exec.Is(arg, "INTEGER"):
		out.Int(12345)
	case exec.Is(arg, "DOUBLE"):
		out.Double(3.141)
	case exec.Is(arg, "BIGNUM"):
		out.BigNumber("1234567999999999999999999999999999999")
	case exec.Is(arg, "NULL"):
		out.Null()
	case exec.Is(arg, "ARRAY"):
		out.Array(3)
		numbers()
	case exec.Is(arg, "SET"):
		out.Set(3)
		numbers()
	case exec.Is(arg, "MAP"):
		out.Map(3)
		for i := range 3 {
			out.Int(int64(i))
			out.Bool(i == 1)
		}
	case exec.Is(arg, "ATTRIB"):
		if out.Attribute(1) {
			out.BulkString("key-popularity")
			out.Array(2)
			out.BulkString("key:123")
			out.Int(90)
		}
		out.BulkString("Some real reply following the attribute")
	case exec.Is(arg, "PUSH"):
		if out.Proto < 3 {
			return resp.Errorf("ERR RESP2 is not supported by this command")
		}
		out.Push(2)
		out.BulkString("server-cpu-usage")
		out.Int(42)
		out.BulkString("Some real reply following the push reply")
	case exec.Is(arg, "TRUE"), exec.Is(arg, "FALSE"):
		out.Bool(exec.Is(arg, "TRUE"))
	case exec.Is(arg, "VERBATIM"):
		out.Verbatim("txt", "This is a verbatim\nstring")
	default:
		return resp.Errorf("ERR Wrong protocol type name. Please use one of the following: " +
			"string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false")
	}
	return nil
}

// errorReply implements DEBUG ERROR message.
func errorReply(c *exec.Ctx) error {
	c.Out.ErrorText(string(c.Args[2]))
	return nil
}

// stringMatch implements DEBUG STRINGMATCH-LEN length pattern: a string of that many
// a's is matched.
func stringMatch(c *exec.Ctx) error {
	const most = 1 << 20
	n, ok := num.ParseInt(c.Args[2])
	if !ok || n < 0 || n > most {
		return resp.ErrValueRange
	}
	text := make([]byte, n)
	for i := range text {
		text[i] = 'a'
	}
	matched := int64(0)
	if glob.Match(c.Args[3], text, false) {
		matched = 1
	}
	c.Out.Int(matched)
	return nil
}
