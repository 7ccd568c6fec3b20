// Package observe keeps what operators look up afterwards: the commands that were slow
// or large (COMMANDLOG), what held the server up and when (LATENCY), which errors were
// answered (INFO errorstats). These happen seldom: any goroutine may call, a lock guards each of the
// three. What every command counts stands in a Tally, which its runner alone writes; Tallies adds them up.
package observe
