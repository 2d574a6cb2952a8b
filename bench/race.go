//go:build race

package bench

// raceDetector limits what can be measured: it allows some 8000 goroutines, and
// makes each of them large.
const raceDetector = true
