package resp

// Help writes what the subcommand HELP of a container answers: a line of syntax for every
// subcommand, and lines of explanation below it.
func (w *Writer) Help(container string, lines ...string) {
	w.Array(len(lines) + 3)
	w.Simple(container + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:")
	for _, line := range lines {
		w.Simple(line)
	}
	w.Simple("HELP")
	w.Simple("    Print this help.")
}
