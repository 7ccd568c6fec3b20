package rdb

// Versions of the format. Those from 12 to 79 are other people's.
const (
	Version      = 80 // of Valkey 9
	foreignFirst = 12
	foreignLast  = 79
	ChecksumFrom = 5 // older files have no checksum
)

// Foreign reports whether a version of the format was given out by somebody else.
func Foreign(version int) bool { return version >= foreignFirst && version <= foreignLast }

// Type is how a value is stored.
type Type byte

// The types, by what they hold.
const (
	TypeString          Type = 0
	TypeList            Type = 1
	TypeSet             Type = 2
	TypeZSet            Type = 3 // scores as text
	TypeHash            Type = 4
	TypeZSet2           Type = 5 // scores as binary doubles
	TypeModulePreGA     Type = 6
	TypeModule2         Type = 7
	TypeHashZipmap      Type = 9
	TypeListZiplist     Type = 10
	TypeSetIntset       Type = 11
	TypeZSetZiplist     Type = 12
	TypeHashZiplist     Type = 13
	TypeListQuicklist   Type = 14 // of ziplists
	TypeStreamListpacks Type = 15
	TypeHashListpack    Type = 16
	TypeZSetListpack    Type = 17
	TypeListQuicklist2  Type = 18 // of listpacks and plain elements
	TypeStream2         Type = 19 // with first id, largest deleted id, entries added and read
	TypeSetListpack     Type = 20
	TypeStream3         Type = 21 // with the time at which a consumer was last active
	TypeHash2           Type = 22 // with times at which fields expire
)

// names are what the tools call the types.
var names = [...]string{
	TypeString: "string", TypeList: "list-linked", TypeSet: "set-hashtable", TypeZSet: "zset-v1", TypeHash: "hash-hashtable",
	TypeZSet2: "zset-v2", TypeModulePreGA: "module-pre-release", TypeModule2: "module-value", 8: "", TypeHashZipmap: "hash-zipmap",
	TypeListZiplist: "list-ziplist", TypeSetIntset: "set-intset", TypeZSetZiplist: "zset-ziplist", TypeHashZiplist: "hash-ziplist",
	TypeListQuicklist: "quicklist", TypeStreamListpacks: "stream", TypeHashListpack: "hash-listpack",
	TypeZSetListpack: "zset-listpack", TypeListQuicklist2: "quicklist-v2", TypeStream2: "stream-v2", TypeSetListpack: "set-listpack",
	TypeStream3: "stream-v3", TypeHash2: "hash-volatile-items",
}

// Known reports whether t is a type of value.
func (t Type) Known() bool { return int(t) < len(names) && names[t] != "" }

// String is the name that the tools use for the type.
func (t Type) String() string {
	if !t.Known() {
		return "unknown"
	}
	return names[t]
}

// Opcodes stand where the type of a key would.
const (
	opSlotImport    = 243
	opSlotInfo      = 244
	opFunction      = 245
	opFunctionPreGA = 246
	opModuleAux     = 247
	opIdle          = 248
	opFreq          = 249
	opAux           = 250
	opResizeDB      = 251
	opExpireMillis  = 252
	opExpireSeconds = 253
	opSelectDB      = 254
	opEOF           = 255

	// Between these, files of other people mean something else.
	foreignTypeFirst = 22
	foreignTypeLast  = 243
)

// Forms of a length: the two highest bits of its first byte, or all of it.
const (
	len6     = 0
	len14    = 1
	lenLong  = 2
	len32    = 0x80
	len64    = 0x81
	encoded  = 3
	encInt8  = 0
	encInt16 = 1
	encInt32 = 2
	encLZF   = 3
)

// Forms of a node in a TypeListQuicklist2.
const (
	nodePlain  = 1
	nodePacked = 2
)
