package stream

import (
	"math"

	"sigrun/protocol/resp"
	"sigrun/storage/stream"
)

// maxIDText bounds the text of an ID that is looked at.
const maxIDText = 127

// parseID reads an ID; without a sequence it gets the one given.
func parseID(arg []byte, seq uint64) (stream.ID, error) {
	if len(arg) <= maxIDText {
		if id, ok := stream.ParseID(arg, seq); ok {
			return id, nil
		}
	}
	return stream.ID{}, errID
}

// parseAnyID is parseID that reads - and + as the least and the greatest ID.
func parseAnyID(arg []byte, seq uint64) (stream.ID, error) {
	switch string(arg) {
	case "-":
		return stream.ID{}, nil
	case "+":
		return stream.MaxID, nil
	}
	return parseID(arg, seq)
}

// parseStart and parseEnd read the ends of an interval, a ( before which leaves the ID out.
func parseStart(arg []byte) (stream.ID, error) {
	return parseBound(arg, 0, stream.ID.Next, errStart)
}

func parseEnd(arg []byte) (stream.ID, error) {
	return parseBound(arg, math.MaxUint64, stream.ID.Prev, errEnd)
}

func parseBound(arg []byte, seq uint64, beside func(stream.ID) (stream.ID, bool), none *resp.Error) (stream.ID, error) {
	if len(arg) < 2 || arg[0] != '(' {
		return parseAnyID(arg, seq)
	}
	id, err := parseID(arg[1:], seq)
	if err != nil {
		return id, err
	}
	id, ok := beside(id)
	if !ok {
		return id, none
	}
	return id, nil
}
