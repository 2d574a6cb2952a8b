//go:build !gc || !(amd64 || arm64)

package goroutine

import (
	"bytes"
	"runtime"
	"strconv"
)

// current is the number in the goroutine's stack dump: slow, and everywhere.
func current() uintptr {
	var buf [64]byte
	text := bytes.TrimPrefix(buf[:runtime.Stack(buf[:], false)], []byte("goroutine "))
	digits, _, _ := bytes.Cut(text, []byte(" "))
	n, err := strconv.ParseUint(string(digits), 10, 64)
	if err != nil {
		panic("goroutine: a stack dump does not begin with a number: " + err.Error())
	}
	return uintptr(n)
}
