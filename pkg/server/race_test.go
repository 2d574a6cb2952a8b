//go:build race

package server_test

// raceDetector makes everything larger than it is.
const raceDetector = true
