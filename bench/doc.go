// Package bench compares Hark's processes with plain goroutines and channels,
// written as one would write them by hand. Each workload is in a file of its
// own and has a function for each side, with the same loop and the same
// payload, so that
//
//	go test -run '^$' -bench . ./bench
//
// shows them beside each other. The program in cmd/ratios runs the sides of each
// workload in turn, several times, and prints how they compare.
//
// What is measured in memory, and not in time, is measured in a process of the
// operating system of its own: the Go runtime keeps some of what goroutines have
// used, and who comes second would get that for nothing.
package bench
