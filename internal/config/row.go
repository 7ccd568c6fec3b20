package config

// Kind says how the text of a parameter is read and printed.
type Kind uint8

const (
	Bool   Kind = iota // yes or no; Int64 is 1 or 0
	Int                // decimal
	Octal              // octal, as for file modes
	Memory             // bytes with an optional unit: k, kb, m, mb, g, gb
	Share              // Memory, or a percentage, which Int64 gives as a negative number
	Enum               // one of Values; Int64 is its index
	Set                // several of Values[1:], or Values[0] for none; Int64 has bit i-1 for Values[i]
	String             // any text
	List               // words; Words gives them
	Custom             // several words, read by the row's own Parse
)

// Flags of a Row.
type Flags uint16

const (
	Immutable   Flags = 1 << iota // set at start only
	Hidden                        // CONFIG GET shows it under its exact name only
	Sensitive                     // its value is never logged or monitored
	Protected                     // CONFIG SET needs enable-protected-configs
	Hooked                        // a change does nothing by itself: without a registered hook it is refused like Immutable
	Repeats                       // several lines of a file add up instead of replacing each other
	Empty                         // "" is a value of a String, which CONFIG REWRITE writes down; without it "" means unset
	DenyLoading                   // CONFIG SET refuses it while data is loaded
	Volatile                      // setting it to what it is takes effect, too: it names what may have changed
	Automatic                     // not set is a value of its own, which the default does not stand for
)

// Inert says what setting a parameter does while the thing it steers is not built.
type Inert uint8

const (
	Works  Inert = iota
	Kept         // taken: it tunes what this server does not have or always does, so that nothing is missed
	Warned       // taken, with a warning that it has no effect
	Barred       // anything but the default is refused, since the server would not keep the promise
)

// Row is one parameter. Values are static data: what depends on a node is registered with Registry.OnChange.
type Row struct {
	Name     string
	Alias    string // a second name, a parameter of its own in CONFIG GET
	Kind     Kind
	Min, Max int64
	Values   []string
	Default  string
	Flags    Flags
	Inert    Inert
	Needs    string // what is not built, for an Inert row; empty when Doc says why nothing happens
	// Parse reads a Custom parameter: its words and what it held before. The error's text goes to the client.
	Parse func(words []string, old State) (State, error)
	// Check may refuse or adjust a value that its Kind accepted; old is what the parameter held before.
	Check func(s, old State) (State, error)
	Doc   string
}

// State is a parameter's value: the text CONFIG GET shows, and the same ready for use.
type State struct {
	Text   string
	Num    int64
	Words  []string
	Limits [ClientClasses]OutputLimit
}

// many reports whether the parameter takes several words.
func (r *Row) many() bool {
	return r.Kind == List || r.Kind == Set || r.Kind == Custom
}

// Rows lists every parameter, by subject.
func Rows() []Row {
	var all []Row
	for _, part := range [][]Row{networkRows, clientRows, serverRows, logRows, processRows, observeRows, memoryRows, typeRows,
		persistenceRows, replicationRows, slotRows, clusterRows, tlsRows, threadRows, engineRows} {
		all = append(all, part...)
	}
	return all
}

// need marks rows as having no effect before something is built. What is Kept by default a row may say stricter itself.
func need(what string, rows []Row) []Row {
	for i := range rows {
		if rows[i].Inert == Works {
			rows[i].Inert = Kept
		}
		rows[i].Needs = what
	}
	return rows
}
