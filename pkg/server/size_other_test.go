//go:build !gc || !go1.26 || go1.27 || race || hark_cond

package server_test

// compact is whether processes park on the Go runtime itself. If not they are
// larger, and the race detector makes everything larger and allows few goroutines.
const compact = false
