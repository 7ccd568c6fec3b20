package stream

import "sigrun/protocol/resp"

var (
	errID          = &resp.Error{Text: "ERR Invalid stream ID specified as stream command argument"}
	errStart       = &resp.Error{Text: "ERR invalid start ID for the interval"}
	errEnd         = &resp.Error{Text: "ERR invalid end ID for the interval"}
	errZeroID      = &resp.Error{Text: "ERR The ID specified in XADD must be greater than 0-0"}
	errExhausted   = &resp.Error{Text: "ERR The stream has exhausted the last possible ID, unable to add more items"}
	errSmallID     = &resp.Error{Text: "ERR The ID specified in XADD is equal or smaller than the target stream top item"}
	errTooLarge    = &resp.Error{Text: "ERR Elements are too large to be stored"}
	errBothTrims   = &resp.Error{Text: "ERR syntax error, MAXLEN and MINID options at the same time are not compatible"}
	errMaxLen      = &resp.Error{Text: "ERR The MAXLEN argument must be >= 0."}
	errLimit       = &resp.Error{Text: "ERR The LIMIT argument must be >= 0."}
	errLimitAlone  = &resp.Error{Text: "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"}
	errLimitExact  = &resp.Error{Text: "ERR syntax error, LIMIT cannot be used without the special ~ option"}
	errNoTrim      = &resp.Error{Text: "ERR syntax error, XTRIM must be called with a trimming strategy"}
	errNoRead      = &resp.Error{Text: "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead."}
	errNoAckRead   = &resp.Error{Text: "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead."}
	errNoGroup     = &resp.Error{Text: "ERR Missing GROUP option for XREADGROUP"}
	errDollar      = &resp.Error{Text: "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set."}
	errPlus        = &resp.Error{Text: "ERR The + ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The + ID would just return an empty result set."}
	errGreater     = &resp.Error{Text: "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option."}
	errNeedsKey    = &resp.Error{Text: "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically."}
	errBusyGroup   = &resp.Error{Text: "BUSYGROUP Consumer Group name already exists"}
	errEntriesRead = &resp.Error{Text: "ERR value for ENTRIESREAD must be positive or -1"}
	errAdded       = &resp.Error{Text: "ERR entries_added must be positive"}
	errBelowGiven  = &resp.Error{Text: "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id"}
	errBelowMax    = &resp.Error{Text: "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id"}
	errBelowTop    = &resp.Error{Text: "ERR The ID specified in XSETID is smaller than the target stream top item"}
	errAddedLen    = &resp.Error{Text: "ERR The entries_added specified in XSETID is smaller than the target stream length"}
	errCount       = &resp.Error{Text: "ERR COUNT must be > 0"}
	errAutoIdle    = &resp.Error{Text: "ERR Invalid min-idle-time argument for XAUTOCLAIM"}
)

// noGroupIn is the error for a group that a key does not have, of XGROUP and XINFO.
func noGroupIn(group, key []byte) *resp.Error {
	return resp.Errorf("NOGROUP No such consumer group '%s' for key name '%s'", resp.CText(group), resp.CText(key))
}

// noKeyOrGroup is that of the commands on pending entries.
func noKeyOrGroup(key, group []byte) *resp.Error {
	return resp.Errorf("NOGROUP No such key '%s' or consumer group '%s'", resp.CText(key), resp.CText(group))
}

// noGroupToRead is that of XREADGROUP.
func noGroupToRead(key, group []byte) *resp.Error {
	return resp.Errorf("NOGROUP No such key '%s' or consumer group '%s' in XREADGROUP with GROUP option", resp.CText(key), resp.CText(group))
}
