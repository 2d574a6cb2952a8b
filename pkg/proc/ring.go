package proc

import "strings"

// CallRing is why a call failed that could never have ended: each member waits
// for the next one, and the last for the first.
type CallRing struct{ Members []ID }

func (e CallRing) Error() string {
	var b strings.Builder
	b.WriteString("processes would wait for each other:")
	for _, id := range e.Members {
		b.WriteString(" " + id.String() + " for")
	}
	if len(e.Members) > 0 {
		b.WriteString(" " + e.Members[0].String())
	}
	return b.String()
}

// enterCall notes that p waits for c, and returns the ring that this closes, if
// it closes one; then p does not wait.
//
// Each process first says whom it waits for, and then looks whether that one
// waits, too: of those that close a ring at the same time the last one sees it.
// Whoever sees a process that waits looks along the ring with the lock for that,
// so that exactly one of them fails.
func (p *Process) enterCall(c *call) (ring []ID) {
	p.calling.Store(c)
	if p.sys.steps != nil {
		c.target.touched()
	}
	if c.delegated.Load() {
		return nil
	}
	if c.target != p && c.target.calling.Load() == nil {
		return nil
	}
	p.sys.rings.Lock()
	defer p.sys.rings.Unlock()
	members := []ID{p.ID()}
	for at := c.target; at != p; {
		members = append(members, at.ID())
		at.touched()
		next := at.calling.Load()
		if next == nil || !next.open() || next.delegated.Load() || at.phase.Load() >= phaseEnded {
			return nil
		}
		at = next.target
		if len(members) > maxRing {
			return nil // a ring that p is not in
		}
	}
	p.calling.Store(nil)
	return members
}

// maxRing bounds the search: others may be about to close a ring that p is not
// in, and have not looked yet.
const maxRing = 1 << 16
