package sup

import (
	"github.com/harkgo/hark/pkg/proc"
)

// poolPolicy is the policy of a supervisor made from a [PoolSpec], for one life of
// it: many children, all of one kind, that have nothing to do with each other.
type poolPolicy[K comparable, A, M any] struct {
	s    *supervisor
	pool *Pool[K, A, M]
	id   string // as a child
	spec *PoolSpec[K, A, M]
	life *poolLife[K, M]
	restarts
	starter starter
	keys    map[K]*member[K, A, M] // those in use
	members lineup
}

func newPoolPolicy[K comparable, A, M any](pool *Pool[K, A, M], id string) *poolPolicy[K, A, M] {
	spec := &pool.spec
	p := &poolPolicy[K, A, M]{
		pool: pool, id: id, spec: spec,
		life:     &poolLife[K, M]{running: newTable[K, M]()},
		restarts: newRestarts(spec.Intensity, spec.usualIntensity(), spec.Period, spec.Backoff),
		keys:     make(map[K]*member[K, A, M]),
	}
	p.starter = p.startMember
	return p
}

// member is a child of this pool.
func (p *poolPolicy[K, A, M]) member(c *child) *member[K, A, M] { return c.member.(*member[K, A, M]) }

func (p *poolPolicy[K, A, M]) observer() func(Event) { return p.spec.Observe }

func (p *poolPolicy[K, A, M]) begin(s *supervisor) {
	p.s = s
	p.life.id = s.self.ID()
	if present := p.pool.begin(p.life); present != p.life {
		s.end, s.over = AlreadyStarted{Child: p.id, ID: present.id}, true
		return
	}
	s.allUp()
}

// ---------------------------------------------------------------- keys

// spawn takes the key of r, and starts its child.
func (p *poolPolicy[K, A, M]) spawn(r *poolStart[K, A, M]) {
	m := &member[K, A, M]{key: r.key, arg: r.arg}
	m.child = child{
		Child: Child{
			ID: r.text, Restart: p.spec.Restart, Stop: p.spec.Stop,
			within: p.spec.Within, opts: r.opts, start: p.starter, ready: p.spec.BodyReady != nil,
		},
		of: p.s, member: m,
	}
	m.attended().starter = r
	p.keys[m.key] = m
	p.members.add(&m.child)
	p.life.used.Add(1)
	p.start(m)
}

// start begins a life of m.
func (p *poolPolicy[K, A, M]) start(m *member[K, A, M]) {
	if p.s.start(&m.child) {
		p.up(&m.child)
	}
}

// free is the end of m, and of the use of its key.
func (p *poolPolicy[K, A, M]) free(m *member[K, A, M]) {
	p.forget(m)
	p.dismiss(m)
}

func (p *poolPolicy[K, A, M]) forget(m *member[K, A, M]) {
	p.s.alarms.cancel(&m.alarm)
	delete(p.keys, m.key)
	p.members.remove(&m.child)
	p.life.used.Add(-1)
}

// dismiss answers those who have waited for a member that is forgotten. Those who
// wait for its key come in turn.
func (p *poolPolicy[K, A, M]) dismiss(m *member[K, A, M]) {
	all := m.release()
	if all.starter != nil {
		all.starter.fail(StartFailed{Child: m.ID, Err: m.failure()})
	}
	for _, to := range all.stops {
		to.Reply(answer{})
	}
	for _, r := range all.starts {
		r.serve(p.s)
	}
	if p.s.ending && p.members.len == 0 {
		p.s.finished()
	}
}

// ---------------------------------------------------------------- what follows from what

func (p *poolPolicy[K, A, M]) up(c *child) {
	m := p.member(c)
	all := m.release()
	if all.starter != nil {
		all.starter.succeed(m.entry, true)
	}
	for _, r := range all.starts {
		r.serve(p.s)
	}
}

func (p *poolPolicy[K, A, M]) failed(c *child, why proc.ShutdownReason) {
	m := p.member(c)
	p.hide(m)
	first := m.waiting != nil && m.waiting.starter != nil
	stopped := m.waiting != nil && len(m.waiting.stops) > 0 // while it was stopped for being late
	if p.s.ending || first || stopped {
		p.free(m)
		return
	}
	p.restart(m, why)
}

func (p *poolPolicy[K, A, M]) ended(c *child) {
	m := p.member(c)
	p.hide(m)
	if p.s.ending || !c.isRestarted() {
		p.free(m)
		return
	}
	p.restart(m, c.last)
}

func (p *poolPolicy[K, A, M]) stopped(c *child) {
	m := p.member(c)
	p.hide(m)
	p.free(m)
}

func (p *poolPolicy[K, A, M]) waited(c *child) { p.startAgain(p.member(c)) }

// restart decides on the restart of m, which has ended or failed to start.
func (p *poolPolicy[K, A, M]) restart(m *member[K, A, M], why proc.ShutdownReason) {
	m.state = Restarting
	if !p.futile && !p.s.systemStops(&m.child, why) && !p.admitKey(m) {
		p.forget(m) // whoever hears of it finds the key free
		p.s.tell(ChildGivenUp, &m.child, m.was, m.window.exceeded(&m.child, why))
		p.dismiss(m)
		return
	}
	wait, ok := p.admit(p.s, &m.child, why)
	switch {
	case !ok:
	case wait > 0:
		p.s.alarms.set(&m.alarm, later(p.s.now(), wait), &m.child)
	default:
		p.startAgain(m)
	}
	m.refuseSpawns()
}

// admitKey reports whether PerKey allows m to be restarted once more.
func (p *poolPolicy[K, A, M]) admitKey(m *member[K, A, M]) bool {
	if p.spec.PerKey == 0 {
		return true
	}
	if m.window == nil {
		m.window = &window{limit: p.spec.PerKey, period: p.window.period}
	}
	return m.window.admit(p.s.now())
}

func (p *poolPolicy[K, A, M]) startAgain(m *member[K, A, M]) {
	m.restarts++
	p.start(m)
}

// ---------------------------------------------------------------- the pool's own end

func (p *poolPolicy[K, A, M]) stopAll() {
	for c := p.members.first; c != nil; {
		m, next := p.member(c), c.next
		switch {
		case !c.lives():
			p.free(m)
		case c.state != Stopping:
			p.stop(m)
		}
		c = next
	}
	if p.members.len == 0 {
		p.s.finished()
	}
}

// stop begins to end the life of m.
func (p *poolPolicy[K, A, M]) stop(m *member[K, A, M]) {
	p.hide(m)
	p.s.stop(&m.child)
}

func (p *poolPolicy[K, A, M]) cutOff() {
	why := p.s.notRunning()
	for c := p.members.first; c != nil; c = c.next {
		all := p.member(c).release()
		if all.starter != nil {
			all.starter.fail(why)
		}
		for _, r := range all.starts {
			r.fail(why)
		}
		for _, to := range all.stops {
			to.Reply(answer{err: why})
		}
	}
}

func (p *poolPolicy[K, A, M]) unwind(w wind) {
	for c := p.members.first; c != nil; c = c.next {
		p.hide(p.member(c))
		p.s.hasten(c, w)
	}
	for c := p.members.first; c != nil; c = c.next {
		p.s.awaitEnd(c, w)
	}
	p.life.used.Store(0)
}

func (p *poolPolicy[K, A, M]) list() []Status { return p.members.list() }
