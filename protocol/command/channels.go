package command

// Channels says which arguments of a command are channels that it reaches.
type Channels uint8

const (
	NoChannels         Channels = iota
	OneChannel                  // the first argument
	ListOfChannels              // all arguments
	PatternsOfChannels          // all arguments are patterns
)
