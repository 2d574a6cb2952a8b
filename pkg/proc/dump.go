package proc

import (
	"fmt"
	"runtime"
	"strings"
	"unsafe"
)

// mark is an argument by which the goroutine of a process, or of a task, can be
// told in a dump of all goroutines: the address of what it works for, twice. A
// dump shows arguments, but only those that are passed in memory can be relied
// on; arrays are. Functions that have one must not be inlined.
type mark [2]uintptr

func markOf[T any](of *T) mark {
	address := uintptr(unsafe.Pointer(of))
	return mark{address, address}
}

func (m mark) String() string { return fmt.Sprintf("{%#x, %#x}", m[0], m[1]) }

// dump is a dump of all goroutines, one string each. To take one stops the world.
type dump []string

func goroutines() dump {
	const most = 1 << 26
	for size := 1 << 16; ; size *= 4 {
		buf := make([]byte, size)
		if n := runtime.Stack(buf, true); n < size || size >= most {
			return strings.Split(string(buf[:n]), "\n\n")
		}
	}
}

// of is the stack of the goroutine of p, "" if it is not found.
func (d dump) of(p *Process) string { return d.find(markOf(p)) }

// ofTask is the stack of the goroutine of t.
func (d dump) ofTask(t *task) string { return d.find(markOf(t)) }

func (d dump) find(m mark) string {
	for _, goroutine := range d {
		if strings.Contains(goroutine, m.String()) {
			return goroutine
		}
	}
	return ""
}
