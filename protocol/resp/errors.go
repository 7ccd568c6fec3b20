package resp

import "strings"

// The errors that commands and admission answer with, in Valkey's words:
// clients match on them.
var (
	// Values and arguments.
	ErrWrongType        = &Error{"WRONGTYPE Operation against a key holding the wrong kind of value"}
	ErrSyntax           = &Error{"ERR syntax error"}
	ErrReplyTooLarge    = &Error{"ERR the reply to the command is too large"} // Sigrun's own
	ErrNotInteger       = &Error{"ERR value is not an integer or out of range"}
	ErrNoInt32          = &Error{"ERR value is out of range, value must between -2147483648 and 2147483647"}
	ErrNotFloat         = &Error{"ERR value is not a valid float"}
	ErrValueRange       = &Error{"ERR value is out of range"}
	ErrNotPositive      = &Error{"ERR value is out of range, must be positive"}
	ErrOverflow         = &Error{"ERR increment or decrement would overflow"}
	ErrDecrOverflow     = &Error{"ERR decrement would overflow"}
	ErrNaN              = &Error{"ERR increment would produce NaN or Infinity"}
	ErrNoSuchKey        = &Error{"ERR no such key"}
	ErrOutOfRange       = &Error{"ERR index out of range"}
	ErrOffsetRange      = &Error{"ERR offset is out of range"}
	ErrStringTooLong    = &Error{"ERR string exceeds maximum allowed size (proto-max-bulk-len)"}
	ErrSameObject       = &Error{"ERR source and destination objects are the same"}
	ErrDBIndex          = &Error{"ERR DB index is out of range"}
	ErrFirstDBIndex     = &Error{"ERR invalid first DB index"}
	ErrSecondDBIndex    = &Error{"ERR invalid second DB index"}
	ErrInvalidCursor    = &Error{"ERR invalid cursor"}
	ErrBitOffset        = &Error{"ERR bit offset is not an integer or out of range"}
	ErrBitValue         = &Error{"ERR bit is not an integer or out of range"}
	ErrNumKeys          = &Error{"ERR numkeys should be greater than 0"}
	ErrCountPositive    = &Error{"ERR count should be greater than 0"}
	ErrCountRange       = &Error{"ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"}
	ErrExpireNXOptions  = &Error{"ERR NX and XX, GT or LT options at the same time are not compatible"}
	ErrExpireGTOptions  = &Error{"ERR GT and LT options at the same time are not compatible"}
	ErrBusyKey          = &Error{"BUSYKEY Target key name already exists."}
	ErrRankZero         = &Error{"ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list"}
	ErrCountNegative    = &Error{"ERR COUNT can't be negative"}
	ErrMaxLenNegative   = &Error{"ERR MAXLEN can't be negative"}
	ErrLCSTypes         = &Error{"ERR The specified keys must contain string values"}
	ErrLCSLenAndIdx     = &Error{"ERR If you want both the length and indexes, please just use IDX."}
	ErrTimeoutNotFloat  = &Error{"ERR timeout is not a float or out of range"}
	ErrTimeoutNotInt    = &Error{"ERR timeout is not an integer or out of range"}
	ErrTimeoutNegative  = &Error{"ERR timeout is negative"}
	ErrTimeoutRange     = &Error{"ERR timeout is out of range"}
	ErrClientName       = &Error{"ERR Client names cannot contain spaces, newlines or special characters."}
	ErrNoSuchClient     = &Error{"ERR No such client"}
	ErrMoveInCluster    = &Error{"ERR MOVE is not allowed in cluster mode"}
	ErrSelectInCluster  = &Error{"ERR SELECT is not allowed in cluster mode"}
	ErrSwapDBInCluster  = &Error{"ERR SWAPDB is not allowed in cluster mode"}
	ErrCopyInCluster    = &Error{"ERR Copying to another database is not allowed in cluster mode"}
	ErrIdleTimeWithLFU  = &Error{"ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust."}
	ErrFrequencyWithLRU = &Error{"ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust."}

	// Transactions.
	ErrExecWithoutMulti = &Error{"ERR EXEC without MULTI"}
	ErrDiscardNoMulti   = &Error{"ERR DISCARD without MULTI"}
	ErrExecAbort        = &Error{"EXECABORT Transaction discarded because of previous errors."}

	// Admission.
	ErrNoAuth     = &Error{"NOAUTH Authentication required."}
	ErrHelloAuth  = &Error{"NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time"}
	ErrWrongPass  = &Error{"WRONGPASS invalid username-password pair or user is disabled."}
	ErrNoPassword = &Error{"ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?"}
	ErrNoProto    = &Error{"NOPROTO unsupported protocol version"}
	ErrProtoInt   = &Error{"ERR Protocol version is not an integer or out of range"}
	ErrLoading    = &Error{"LOADING Valkey is loading the dataset in memory"}
	ErrScriptOOM  = &Error{"OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'"}
	ErrOOM        = &Error{"OOM command not allowed when used memory > 'maxmemory'."}
	ErrMonitors   = &Error{"ERR Replica can't interact with the keyspace"}
	ErrReadOnly   = &Error{"READONLY You can't write against a read only replica."}
	ErrMasterDown = &Error{"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."}
	ErrNoReplicas = &Error{"NOREPLICAS Not enough good replicas to write."}
	ErrMisconfRDB = &Error{"MISCONF Valkey is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may modify the data set are disabled, because this instance is configured to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Valkey logs for details about the RDB error."}
	ErrMaxClients = &Error{"ERR max number of clients reached"}
	ErrDenyBlock  = &Error{"ERR SHUTDOWN without NOW or ABORT isn't allowed for DENY BLOCKING client"}

	// Cluster.
	ErrCrossSlot       = &Error{"CROSSSLOT Keys in request don't hash to the same slot"}
	ErrTryAgain        = &Error{"TRYAGAIN Multiple keys request during rehashing of slot"}
	ErrClusterDown     = &Error{"CLUSTERDOWN The cluster is down"}
	ErrClusterReadOnly = &Error{"CLUSTERDOWN The cluster is down and only accepts read commands"}
	ErrSlotNotServed   = &Error{"CLUSTERDOWN Hash slot not served"}
	ErrClusterDisabled = &Error{"ERR This instance has cluster support disabled"}

	// Scripts.
	ErrBusyScript      = &Error{"BUSY Valkey is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."}
	ErrBusyFunction    = &Error{"BUSY Valkey is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE."}
	ErrNoScript        = &Error{"NOSCRIPT No matching script."}
	ErrNotBusy         = &Error{"NOTBUSY No scripts in execution right now."}
	ErrUnkillable      = &Error{"UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command."}
	ErrScriptUnknown   = &Error{"ERR Unknown command called from script"}
	ErrScriptNotLocal  = &Error{"ERR Attempted to access a non local key in a cluster node"}
	ErrScriptCrossSlot = &Error{"ERR Script attempted to access keys that do not hash to the same slot"}
	ErrScriptNoCluster = &Error{"ERR Can not run script on cluster, 'no-cluster' flag is set."}
	ErrScriptArity     = &Error{"ERR Wrong number of args calling command from script"}
	ErrScriptForbidden = &Error{"ERR This Valkey command is not allowed from script"}
	ErrScriptWrites    = &Error{"ERR Write commands are not allowed from read-only scripts."}
	ErrScriptReadOnly  = &Error{"ERR Can not execute a script with write flag using *_ro command."}
	ErrScriptFlush     = &Error{"ERR SCRIPT FLUSH only support SYNC|ASYNC option"}
	ErrFunctionFlush   = &Error{"ERR FUNCTION FLUSH only supports SYNC|ASYNC option"}
	ErrNoLibraryName   = &Error{"ERR library name argument was not given"}
	ErrManyScriptKeys  = &Error{"ERR Number of keys can't be greater than number of args"}
	ErrNegativeKeys    = &Error{"ERR Number of keys can't be negative"}
)

// shownText bounds what an error quotes of a client's bytes.
const shownText = 128

// WrongArity is the error for a command called with too few or too many
// arguments. name is lower case; a subcommand's is "config|get".
func WrongArity(name string) *Error {
	return Errorf("ERR wrong number of arguments for '%s' command", name)
}

// InvalidExpire is the error for an expire time that no key can have.
func InvalidExpire(name string) *Error {
	return Errorf("ERR invalid expire time in '%s' command", name)
}

// UnknownCommand is the error for args[0], quoting the first arguments.
func UnknownCommand(args [][]byte) *Error {
	quoted := make([]byte, 0, 2*shownText)
	for _, arg := range args[1:] {
		if len(quoted) >= shownText {
			break
		}
		shown := cText(arg, shownText-len(quoted))
		quoted = append(quoted, '\'')
		quoted = append(quoted, shown...)
		quoted = append(quoted, '\'', ' ')
	}
	return Errorf("ERR unknown command '%s', with args beginning with: %s", cText(args[0], shownText), quoted)
}

// UnknownSubcommand is the error for a subcommand of the container command
// name, upper case.
func UnknownSubcommand(name string, sub []byte) *Error {
	return Errorf("ERR unknown subcommand '%s'. Try %s HELP.", cText(sub, shownText), name)
}

// UnknownSubcommandArity is the error of a container command whose subcommand
// is unknown or has a wrong number of arguments, found late.
func UnknownSubcommandArity(name string, sub []byte) *Error {
	return Errorf("ERR unknown subcommand or wrong number of arguments for '%s'. Try %s HELP.", cText(sub, shownText), name)
}

// UnknownType is the error for SCAN's TYPE option.
func UnknownType(name []byte) *Error {
	return Errorf("ERR unknown type name '%s'", cText(name, len(name)))
}

// UnsupportedOption is the error for an option of the EXPIRE family.
func UnsupportedOption(option []byte) *Error {
	return Errorf("ERR Unsupported option %s", cText(option, len(option)))
}

// ExecAbortBecause is EXEC's answer when the command itself was refused.
func ExecAbortBecause(reason string) *Error {
	return Errorf("EXECABORT Transaction discarded because of: %s", reason)
}

// SubscribedOnly is the error for a command that a RESP2 client may not send
// while it is subscribed.
func SubscribedOnly(name string) *Error {
	return Errorf("ERR Can't execute '%s': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context", name)
}

// NotInMulti is the error for a command that may not be queued.
func NotInMulti(name string) *Error {
	return Errorf("ERR Command '%s' not allowed inside a transaction", name)
}

// DebugNotAllowed is the error for DEBUG where enable-debug-command forbids it. name
// is the command's, "debug|sleep".
func DebugNotAllowed(name string) *Error {
	name, _, _ = strings.Cut(name, "|")
	return Errorf("ERR %s command not allowed. If the enable-%s-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.", strings.ToUpper(name), name)
}

// CText is what C's %s shows of b.
func CText(b []byte) []byte { return cText(b, len(b)) }

// cText is what C's %s shows of b: up to a zero byte, at most limit bytes.
func cText(b []byte, limit int) []byte {
	b = b[:min(len(b), limit)]
	for i, c := range b {
		if c == 0 {
			return b[:i]
		}
	}
	return b
}

// MisconfAOF refuses writes while the append-only file cannot be written, for reason.
func MisconfAOF(reason string) *Error {
	return Errorf("MISCONF Errors writing to the AOF file: %s", reason)
}
