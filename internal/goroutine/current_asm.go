//go:build gc && (amd64 || arm64)

package goroutine

// current is the address of the runtime's own record of the goroutine, which is
// never moved.
func current() uintptr
