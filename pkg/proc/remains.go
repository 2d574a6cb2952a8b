package proc

import (
	"slices"

	"github.com/harkgo/hark/pkg/proc/internal/mailbox"
	"github.com/harkgo/hark/pkg/sel"
)

// remains are what an ended body leaves to be ended, without the lock.
type remains struct {
	entries []any
	calls   []*call
	cancel  func(error)
	timers  []*timer
	refused []*sender
	reason  ShutdownReason
	owns    bool // there are owned processes
}

// endBody ends what p was doing. Whatever is in its mailbox has been taken out
// as entries. The lock must be held; it is not when endBody returns. What then
// remains to be ended is returned, nil if there is nothing.
func (p *Process) endBody(entries []any) *remains {
	p.phase.Store(max(p.phase.Load(), phaseEnded))
	p.enter(ShuttingDown)
	p.silence()
	var rest *remains
	if m := p.more.Load(); entries != nil || p.calls != nil || m != nil && m.busy() {
		rest = p.remaining(m, entries)
	}
	p.Unlock()
	return rest
}

// busy reports whether there is something that does not outlive the body.
func (m *more) busy() bool {
	return m.cancel != nil || m.timers != nil || m.interrupts != nil || m.bound != nil || len(m.children) > 0
}

//go:noinline
func (p *Process) remaining(m *more, entries []any) *remains {
	rest := &remains{entries: entries, reason: p.reason()}
	if p.calls != nil {
		rest.calls, p.calls = p.calls.calls, nil
	}
	if m != nil {
		rest.cancel = m.cancel
		for t := range m.timers {
			rest.timers = append(rest.timers, t)
		}
		if p.sys.steps != nil {
			slices.SortFunc(rest.timers, byRef)
		}
		m.timers, m.interrupts = nil, nil
		if m.bound != nil {
			rest.refused = m.bound.refuseSenders()
		}
		rest.owns = len(m.children) > 0
	}
	return rest
}

// end ends what remains of the body of p, but for its owned processes. It
// returns the dead letters that have been counted and not yet shown.
func (r *remains) end(p *Process) []DeadLetter {
	if r == nil {
		return nil
	}
	if r.cancel != nil {
		p.sys.touched()
		r.cancel(r.reason)
	}
	for _, t := range r.timers {
		t.end()
	}
	letters := p.lose(r.entries, r.reason)
	for _, c := range r.calls {
		c.fail(OtherProcessNotRunning{ID: p.ID(), Reason: r.reason})
	}
	for _, s := range r.refused {
		s.tell()
	}
	return letters
}

// lose gives up entries of p's mailbox that nobody will read. Calls among them
// fail, and what the runtime sent is no loss; the others are counted as dead
// letters, and returned to be shown.
func (p *Process) lose(entries []any, reason ShutdownReason) []DeadLetter {
	var letters []DeadLetter
	if p.sys.shows {
		p.looked(sel.Pattern{Kind: sel.Everything}, nil)
	}
	for _, entry := range entries {
		message := entry
		if e, ok := entry.(*mailbox.Envelope); ok {
			if c, ok := e.Of.(*call); ok {
				e.Message = nil
				c.fail(OtherProcessNotRunning{ID: p.ID(), Reason: reason})
				continue
			}
			if e.Runtime {
				continue
			}
			message, e.Message = e.Message, nil
		}
		p.sys.count(letterUnread)
		if p.sys.hook != nil {
			letters = append(letters, DeadLetter{To: p.ID(), Message: message, Reason: letterReasons[letterUnread]})
		}
	}
	return letters
}
