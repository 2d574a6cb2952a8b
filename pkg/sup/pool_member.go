package sup

import (
	"slices"
	"sync"

	"github.com/harkgo/hark/pkg/proc"
)

// member is a child of a pool.
type member[K comparable, A, M any] struct {
	child
	key     K
	arg     A
	entry   *entry[K, M] // where this life of it is found; nil: nowhere
	window  *window      // of PerKey; nil: it has not been restarted
	waiting *attendants[K, A, M]
}

// keyOf is the key, as events tell it.
func (m *member[K, A, M]) keyOf() any { return m.key }

// attendants are who waits for a member. Most members have none.
type attendants[K comparable, A, M any] struct {
	starter *poolStart[K, A, M]   // whose the start is that is under way
	starts  []*poolStart[K, A, M] // which wait for it to be up, or its key to be free
	stops   []proc.ReplyTo[answer]
}

// attended is m's attendants, to add one.
func (m *member[K, A, M]) attended() *attendants[K, A, M] {
	if m.waiting == nil {
		m.waiting = new(attendants[K, A, M])
	}
	return m.waiting
}

// release returns the attendants, who are to be answered now.
func (m *member[K, A, M]) release() (all attendants[K, A, M]) {
	if m.waiting != nil {
		all, m.waiting = *m.waiting, nil
	}
	return all
}

// awaitChange makes r wait for a change of m. Those before it who have gone are
// forgotten, often enough that they do not pile up.
func (m *member[K, A, M]) awaitChange(r *poolStart[K, A, M]) {
	a := m.attended()
	if len(a.starts) == cap(a.starts) {
		a.starts = slices.DeleteFunc(a.starts, func(r *poolStart[K, A, M]) bool { return !r.to.Live() })
	}
	a.starts = append(a.starts, r)
}

func (m *member[K, A, M]) awaitStop(to proc.ReplyTo[answer]) {
	a := m.attended()
	if len(a.stops) == cap(a.stops) {
		a.stops = slices.DeleteFunc(a.stops, func(to proc.ReplyTo[answer]) bool { return !to.Live() })
	}
	a.stops = append(a.stops, to)
}

// refuseSpawns answers the Spawns among those who wait: m has the key still.
func (m *member[K, A, M]) refuseSpawns() {
	if m.waiting == nil {
		return
	}
	m.waiting.starts = slices.DeleteFunc(m.waiting.starts, func(r *poolStart[K, A, M]) bool {
		if !r.get {
			r.refuse(&m.child)
		}
		return !r.get
	})
}

// ---------------------------------------------------------------- its lives

// startMember is the starter of all children of a pool. A child with a Body is
// found when that begins, and also when the supervisor has started it, whatever
// comes first.
func (p *poolPolicy[K, A, M]) startMember(s *supervisor, c *child) (proc.ID, proc.MonitorRef) {
	m := p.member(c)
	if m.ready {
		pid, ref := proc.SpawnMonitor(s.self, p.bodyReady(m), m.options()...)
		return pid.ID, ref
	}
	m.entry = p.life.running.add(m.key)
	pid, ref := proc.SpawnMonitor(s.self, p.body(m, m.entry), m.options()...)
	m.entry.at(pid)
	return pid.ID, ref
}

func (p *poolPolicy[K, A, M]) body(m *member[K, A, M], e *entry[K, M]) func(*proc.Self[M]) error {
	return func(self *proc.Self[M]) error {
		e.at(self.Pid())
		return p.spec.Body(self, m.key, m.arg)
	}
}

func (p *poolPolicy[K, A, M]) bodyReady(m *member[K, A, M]) func(*proc.Self[M]) error {
	return func(self *proc.Self[M]) error {
		pid := self.Pid()
		ready := sync.OnceFunc(func() { _ = p.s.pid.TrySend(memberReady[K, A, M]{p, m, pid}) })
		return p.spec.BodyReady(self, m.key, m.arg, ready)
	}
}

// memberReady is childReady for a member, which is found before anybody hears of
// it.
type memberReady[K comparable, A, M any] struct {
	pool   *poolPolicy[K, A, M]
	member *member[K, A, M]
	pid    proc.Pid[M]
}

func (r memberReady[K, A, M]) serve(s *supervisor) {
	m := r.member
	if m.id == r.pid.ID && m.state == Starting {
		m.entry = r.pool.life.running.add(m.key)
		m.entry.at(r.pid)
	}
	childReady{&m.child, r.pid.ID}.serve(s)
}

// hide makes sure that m is not found any more.
func (p *poolPolicy[K, A, M]) hide(m *member[K, A, M]) {
	if m.entry != nil {
		p.life.running.remove(m.entry)
		m.entry = nil
	}
}
