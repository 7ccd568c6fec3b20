// Package simulation runs the real code of a whole node by a seed: one goroutine at a time, on virtual time, with its loops, clients
// and files in memory (built with the tag sim; see internal/sim). It stands above node, which it starts, and so beside nodetest.
//
//	Settings   what varies: shards, loops, how finely goroutines alternate, what fails
//	Plan       settings and what each client does: text that can be stored (testdata)
//	Run        one plan, one history: what happened, and what was wrong with it
//	Shrink     the smallest plan that is still wrong
//
// A seed gives a plan, a plan a schedule and chance, which have seeds of their own: what is left out of a plan leaves the others as they
// were. Whoever adds a point at which goroutines meet shifts all schedules; so a plan is kept as text, and run under several of them.
package simulation
