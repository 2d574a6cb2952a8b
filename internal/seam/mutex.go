package seam

import "sync"

// Mutex is a lock that may be held where others run in a simulation: while something
// is sent, for example. Who waits for a sync.Mutex meanwhile has the baton, and
// nobody goes on any more; who waits for this one parks. Others may run before it
// is locked. In production it is a sync.Mutex.
type Mutex struct {
	mu    sync.Mutex
	sched Scheduler // nil in production
	held  bool      // in a simulation, guarded by mu
	queue []*Waiter // of those that are parked, the first to come first
}

// Init makes m a lock of what r runs. It is called before anything else.
func (m *Mutex) Init(r *Runtime) {
	if !r.Production {
		m.sched = r.Scheduler
	}
}

// Lock locks m.
func (m *Mutex) Lock() {
	if m.sched == nil {
		m.mu.Lock()
		return
	}
	m.sched.Steps().Step()
	m.mu.Lock()
	if !m.held {
		m.held = true
		m.mu.Unlock()
		return
	}
	w := new(Waiter)
	w.Init()
	w.Lock()
	m.queue = append(m.queue, w)
	m.mu.Unlock()
	m.sched.Park(w)
}

// TryLock locks m if nobody has it, for somebody who is not part of a simulation,
// such as a finalizer: in one it never does.
func (m *Mutex) TryLock() bool { return m.sched == nil && m.mu.TryLock() }

// Unlock unlocks m.
func (m *Mutex) Unlock() {
	if m.sched == nil {
		m.mu.Unlock()
		return
	}
	m.mu.Lock()
	if len(m.queue) == 0 {
		m.held = false
		m.mu.Unlock()
		return
	}
	// It is handed over, so that one who locks it again and again starves nobody.
	next := m.queue[0]
	m.queue = m.queue[1:]
	m.mu.Unlock()
	next.Lock()
	//lint:ignore SA2001 it has the lock until it parks, which is what is waited for
	next.Unlock()
	m.sched.Ready(next)
}
