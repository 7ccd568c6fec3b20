package resp

import (
	"fmt"
	"strings"
)

// Error is an error reply. Text is what goes between '-' and CRLF: an upper
// case code, a blank, a sentence. It holds no CR and no LF.
type Error struct{ Text string }

// Error gives the text of the reply.
func (e *Error) Error() string { return e.Text }

// Errorf makes an Error. CR and LF that came in with the operands turn into
// blanks, so that a client's bytes cannot forge a reply.
func Errorf(format string, operands ...any) *Error {
	return &Error{Text: oneLine(fmt.Sprintf(format, operands...))}
}

func oneLine(text string) string {
	if !strings.ContainsAny(text, "\r\n") {
		return text
	}
	return strings.NewReplacer("\r", " ", "\n", " ").Replace(text)
}

// ProtocolError says that the bytes of a connection are no commands. Reply is
// sent and the connection closed. Reason is the short form for the log.
type ProtocolError struct {
	Reply  *Error
	Reason string
}

// Error gives the text of the reply.
func (e *ProtocolError) Error() string { return e.Reply.Text }

func protocolError(text, reason string) *ProtocolError {
	return &ProtocolError{Reply: &Error{Text: "ERR Protocol error: " + text}, Reason: reason}
}

// Every way a stream can be wrong, but for ExpectedDollar, which quotes a byte.
var (
	ErrBigInline       = protocolError("too big inline request", "too big inline request")
	ErrBigCount        = protocolError("too big mbulk count string", "too big mbulk count string")
	ErrCount           = protocolError("invalid multibulk length", "invalid mbulk count")
	ErrUnauthCount     = protocolError("unauthenticated multibulk length", "unauth mbulk count")
	ErrBigBulkLength   = protocolError("too big bulk count string", "too big bulk count string")
	ErrBulkLength      = protocolError("invalid bulk length", "invalid bulk length")
	ErrUnauthBulk      = protocolError("unauthenticated bulk length", "unauth bulk length")
	ErrCRLF            = protocolError("invalid CRLF in request", "invalid CRLF in request")
	ErrUnbalancedQuote = protocolError("unbalanced quotes in request", "unbalanced quotes in inline request")
)

// ExpectedDollar is the error for an argument that begins with got.
func ExpectedDollar(got byte) *ProtocolError {
	if got == '\r' || got == '\n' {
		got = ' '
	}
	text := append([]byte("expected '$', got '"), got, '\'')
	return protocolError(string(text), "expected $ but got something else")
}
