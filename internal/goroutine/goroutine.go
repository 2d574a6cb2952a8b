// Package goroutine tells goroutines apart, for schedulers of tests: whoever calls
// one may be a goroutine that it has not started.
package goroutine

// Current identifies the calling goroutine among those that live: a number that is
// not 0, and may be that of another one after its end.
func Current() uintptr { return current() }
