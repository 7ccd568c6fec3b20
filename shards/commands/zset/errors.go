package zset

import "sigrun/protocol/resp"

var (
	errNXAndXX      = &resp.Error{Text: "ERR XX and NX options at the same time are not compatible"}
	errGTLTAndNX    = &resp.Error{Text: "ERR GT, LT, and/or NX options at the same time are not compatible"}
	errOnePair      = &resp.Error{Text: "ERR INCR option supports a single increment-element pair"}
	errNaN          = &resp.Error{Text: "ERR resulting score is not a number (NaN)"}
	errScoreRange   = &resp.Error{Text: "ERR min or max is not a float"}
	errNameRange    = &resp.Error{Text: "ERR min or max not valid string range item"}
	errLimit        = &resp.Error{Text: "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"}
	errWithScores   = &resp.Error{Text: "ERR syntax error, WITHSCORES not supported in combination with BYLEX"}
	errWeight       = &resp.Error{Text: "ERR weight value is not a float"}
	errLimitBelow0  = &resp.Error{Text: "ERR LIMIT can't be negative"}
	errRandomNumber = &resp.Error{Text: "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"}
)
