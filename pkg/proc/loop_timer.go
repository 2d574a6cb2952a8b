package proc

import (
	"time"
	"unsafe"
)

// StartLoopTimer sends message to the process itself after d, at once if d <= 0: for a
// process in a [Loop], whose state keeps the timer where [Loop.Timer] finds it. It ends
// when the process leaves the loop, by its end or for another one; if it is ended
// earlier, that is by [CancelTimer]. Beside that of StartTimer it takes half the memory:
// the process itself does not know of it.
//
// The message is one of the runtime's, as a [TimerElapsed] is: a bound neither refuses
// nor drops it, and unread it is no dead letter. It does not block.
func StartLoopTimer(p Receiver, d time.Duration, message any) TimerRef {
	self := p.process()
	t := newTimer(self)
	t.runtime = true
	t.route = func() (*Process, any) { return self, message }
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.arm(max(d, 0))
}

// Timer sets where a process in l has its timer, if it has one, which f reads from its
// state: it is over when the process leaves l, and its message is taken back. Who kills
// a process that hibernates calls f as well. It is set before l is used. It returns l.
func (l *Loop[M, S]) Timer(f func(state *S) TimerRef) *Loop[M, S] {
	l.kind.timer = func(in *inLoop) TimerRef { return f(&(*looping[S])(unsafe.Pointer(in)).state) }
	return l
}

// endTimer ends the timer of a process that leaves its loop.
func (in *inLoop) endTimer() {
	if in.kind.timer == nil {
		return
	}
	if t := (*timer)(in.kind.timer(in).timer); t != nil {
		t.cancel()
	}
}
