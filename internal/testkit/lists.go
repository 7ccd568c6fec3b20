package testkit

// Lists are the commands on lists with all their options, among a few others, so that lists
// meet other types, transactions and scripts.
var Lists = NewGrammar([]Rule{
	{12, Exact, "RPUSH K E E E E E"}, {8, Exact, "LPUSH K E E E"}, {2, Exact, "RPUSHX K E"}, {2, Exact, "LPUSHX K E"}, {1, Exact, "RPUSH K L"},
	{3, Exact, "LPOP K"}, {3, Exact, "RPOP K"}, {2, Exact, "LPOP K I"}, {2, Exact, "RPOP K I"}, {4, Exact, "LLEN K"},
	{8, Exact, "LRANGE K I I"}, {4, Exact, "LRANGE K 0 -1"}, {5, Exact, "LINDEX K I"},
	{8, Exact, "LINSERT K S E E"}, {8, Exact, "LREM K I E"}, {4, Exact, "LREM K 0 E"}, {8, Exact, "LSET K I E"}, {1, Exact, "LSET K I L"}, {5, Exact, "LTRIM K I I"},
	{2, Exact, "LTRIM K 1 -2"}, {5, Exact, "LPOS K E"}, {9, Exact, "LPOS K E (RANK I|COUNT I|MAXLEN I)"},
	{5, Exact, "LMPOP 2 K K H (COUNT I)"}, {2, Exact, "LMPOP I K K H (COUNT I|COUNT 2|FOO)"}, {4, Exact, "BLMPOP 0.01 2 K K H (COUNT I)"},
	{1, Exact, "BLMPOP -1 I K H"}, {1, Exact, "BLMPOP x I K H"}, {5, Exact, "RPOPLPUSH K K"}, {5, Exact, "LMOVE K K H H"}, {3, Exact, "BRPOPLPUSH K K 0.01"},
	{2, Exact, "BLMOVE K K H H 0.01"}, {2, Exact, "BLPOP K K 0.01"}, {2, Exact, "BRPOP K K 0.01"}, {1, Exact, "BRPOP K -1"}, {1, Exact, "BRPOPLPUSH K K x"},
	{4, Listed, "OBJECT ENCODING K"}, {3, Exact, "TYPE K"}, {2, Exact, "SET K E"}, {3, Exact, "DEL K"}, {2, Exact, "RENAME k k"}, {2, Exact, "COPY k k (REPLACE)"},
	{1, Exact, "SWAPDB D D"}, {2, Exact, "DBSIZE"}, {1, Exact, "EXPIRE K 1000"}, {3, Exact, "MULTI"}, {6, Exact, "EXEC"}, {1, Exact, "WATCH K K"},
	{2, Exact, "EVAL return{redis.pcall('LINSERT',KEYS[1],'BEFORE',ARGV[1],ARGV[2]),redis.pcall('LMPOP',1,KEYS[1],'LEFT')} 1 K E E"},
})
