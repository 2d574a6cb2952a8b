package event

import (
	"runtime"
	"weak"
)

// A topic is told of nobody's end: that would cost each process and each queue
// something. It finds out when it publishes. One where nothing happens looks after each
// garbage collection, which has looked at all of them as well.

// marker is something that nobody refers to, so that its end tells of a collection.
type marker struct{ _ *marker }

// lookAfterCollection has the topic look once. The lock must be held.
func (t *Topic[E]) lookAfterCollection() {
	runtime.AddCleanup(new(marker), lookForEnded[E], weak.Make(t))
}

// lookForEnded removes observers that have ended, all of them if the owner has. It must
// neither wait nor run code of the program, and nobody may notice it but by the memory.
func lookForEnded[E any](of weak.Pointer[Topic[E]]) {
	t := of.Value()
	if t == nil {
		return
	}
	if !t.mu.TryLock() { // somebody uses it; the next time will do
		t.lookAfterCollection()
		return
	}
	defer t.mu.Unlock()
	switch {
	case t.closed:
	case t.owned && !t.owner.Alive(): // it is closed when somebody asks
		t.register.clear()
		t.kept = history[E]{}
	default:
		t.register.sweep()
	}
	if t.looks = t.register.len() > 0; t.looks {
		t.lookAfterCollection()
	}
}
