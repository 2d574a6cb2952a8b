//go:build race

package seam

const raceDetector = true
