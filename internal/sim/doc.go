// Package sim is the floor on which goroutines meet: whoever starts one, waits for another, sleeps, or takes a lock that
// others may wait for, does it by this package. In the product each of its functions is the one of the standard library that it stands
// for, and its locks are those of package sync, so that it costs nothing.
//
// Built with the tag sim, the same code can run by a seed (Run): one goroutine at a time, and at each of these points
// the seed says who goes on. Time is that of a testing/synctest bubble, whose root the scheduler is. Equal seeds give equal
// runs to the last step, on any machine. Where no run is under way, that build behaves as the product does.
//
//	Go, AfterFunc, WaitGroup.Go    somebody else starts
//	Yield                          others may see what was done so far: between two atomic operations that belong together
//	Gosched, Sleep                 somebody lets others go first
//	Mutex, RWMutex, Cond           locks whose holder may meet others
//	Receive, Either, Any           waiting for a channel; what is there at once comes in an order that the seed knows
//	Walk                           going over a map, in an order that the seed knows
//	Uint64, IntN, Float64          chance
//	CPU, OwnThread                 what a thread has used, and having one
//
// Whatever happens between two such points happens in one step for everybody else. So what races there stays unseen: that is
// the race detector's. All goroutines of a process belong to the run that is under way, of which there is one.
package sim
