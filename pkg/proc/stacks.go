package proc

import (
	"runtime"
	"strconv"
	"strings"
	"sync"
)

// stackCache holds the texts of the stacks of panics. A stack is captured as
// program counters, which is cheap; the text of each that occurs is made once,
// so that a process which panics at the same place again and again costs little.
type stackCache struct {
	mu    sync.Mutex
	texts map[string]string // by the program counters
}

// maxStacks bounds the cache; full, it starts again.
const maxStacks = 256

// maxFrames is how deep a stack is captured. The innermost frames are kept.
const maxFrames = 128

// capture returns the stack of the panic that the caller has just recovered.
func (c *stackCache) capture() string {
	var pcs [maxFrames]uintptr
	n := runtime.Callers(3, pcs[:])
	var key strings.Builder
	for _, pc := range pcs[:n] {
		for ; pc != 0; pc >>= 8 {
			key.WriteByte(byte(pc))
		}
		key.WriteByte(0)
	}
	c.mu.Lock()
	text, ok := c.texts[key.String()]
	c.mu.Unlock()
	if ok {
		return text
	}
	text = stackText(pcs[:n], n == maxFrames)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.texts == nil || len(c.texts) >= maxStacks {
		c.texts = make(map[string]string)
	}
	c.texts[key.String()] = text
	return text
}

// stackText writes a stack from where it panicked up to the process's body, in
// the form of runtime/debug.Stack without what that knows of arguments.
func stackText(pcs []uintptr, more bool) string {
	var b strings.Builder
	frames := runtime.CallersFrames(pcs)
	for {
		f, next := frames.Next()
		if f.Function == "runtime.gopanic" {
			b.Reset() // what is above has come after the panic
		} else if f.Function != "" && f.Function != "runtime.goexit" {
			b.WriteString(f.Function)
			b.WriteString("(...)\n\t")
			b.WriteString(f.File)
			b.WriteByte(':')
			b.WriteString(strconv.Itoa(f.Line))
			b.WriteByte('\n')
		}
		if !next {
			break
		}
	}
	if more {
		b.WriteString("...\n")
	}
	return b.String()
}
