package proc

import (
	"context"
	"iter"
	"math"
	"math/rand/v2"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/internal/seam"
	"github.com/harkgo/hark/pkg/proc/internal/mailbox"
	"github.com/harkgo/hark/pkg/sel"
)

// Host is what starts processes and finds names: a *System, a *Process or a *Self[M].
type Host interface {
	system() *System
	hostProcess() *Process // nil for a system
}

// Receiver is a running process, from the inside: a *Process or a *Self[M].
type Receiver interface {
	context.Context
	Host
	ID() ID
	System() *System
	Log() *zerolog.Logger
	Link(id ID) error
	Unlink(id ID)
	Monitor(id ID) MonitorRef
	Demonitor(ref MonitorRef)
	Sleep(d time.Duration) error
	Yield() error
	Flush() []any
	AwaitEnd(id ID, d time.Duration) bool
	NewRef() Ref
	Rand() *rand.Rand
	SetDetails(details string)
	Exit(reason ShutdownReason)
	process() *Process
}

// Process is the process itself, seen from its own body. It is a
// [context.Context], cancelled with its ShutdownReason as cause when the process
// is shut down, and when it ends. Its methods may be called on the process's own
// goroutine only; those of the context may be called anywhere.
type Process struct {
	// The handle comes first: an ID points to it. There may be ten millions: all
	// together is 288 bytes, which is a size that Go allocates, and nothing is lost
	// between the fields. What the process looks at for each message that it takes
	// comes before the box, far from the lock: who sends writes that each time, and
	// the two would wait for each other's cache line.
	handle
	state      packed   // of a process that is parked, and before and after
	goroutine  presence // whether it has begun, and ended
	exited     bool     // ending is its own Exit
	owned      bool
	tells      bool          // somebody wants to know what it takes: bounded, or simulated
	trails     bool          // it has something to forget when it next takes a message; its own
	used       bool          // it may not be asked to hibernate at once; its own
	form       form          // of the messages
	full       bool          // there is a message in the hand; the process's own
	direct     bool          // the receive that is parked takes one in the hand
	wantedKind sel.Kind      // with wantedType
	phase      atomic.Uint32 // written under the lock
	ctl        atomic.Uint32 // what the next operation must attend to; written under the lock
	wantedLen  uint16        // of wantedMany
	titleLen   uint16

	of     sel.Type // of the messages that its Pid accepts
	box    mailbox.Box
	number uint64
	titled *byte // the title
	parent *Process
	hand   hand
	spare  *mailbox.Cursor // for the next receive

	prev, next *Process // in the system's list of the live, or of the abandoned

	thread // with the lock of the process, and its system

	// What the receive that is parked wants: one pattern, or several.
	wantedType sel.Type
	wantedMany *sel.Pattern // the first of them

	in      *inLoop              // the Loop that it runs in; written by itself, or when it is killed
	calling atomic.Pointer[call] // the call it waits for; written by itself
	calls   *incoming
	joiners *joiner
	more    atomic.Pointer[more]
	ending  *ShutdownReason // the shutdown that was accepted; from phaseEnded on the reason
}

// presence is how far the goroutine of a process is.
type presence uint8

const (
	notBegun presence = iota
	present
	hasLeft
)

// packed is a State in a byte: there may be millions of processes.
type packed uint8

// The phases of a process's life, in order.
const (
	phaseRunning   uint32 = iota
	phaseUnwinding        // a shutdown has taken effect
	phaseEnded            // the body and its deferred functions have ended, or it was killed
	phaseDead             // nobody finds it alive
	phaseDone             // links and monitors have fired
)

// The bits of ctl.
const (
	ctlInterrupted uint32 = 1 << iota
	ctlShutdown
	ctlKilled
)

// more is what few processes have. It is made when first needed.
type more struct {
	// The process's own.
	rand *rand.Rand
	log  *zerolog.Logger

	// Guarded by the lock of the process.
	interrupts []InterruptReason
	details    string
	ctx        context.Context
	cancel     context.CancelCauseFunc
	done       chan struct{}
	names      []string
	bound      *bound
	links      map[*Process]struct{}
	watchers   monitorList           // monitors of this process, in order
	watching   monitorList           // monitors that this process owns
	children   map[*Process]struct{} // the owned ones
	ownLimit   time.Duration         // when the nest that it is in is killed; 0: not set
	main       bool                  // its end stops the system
	timers     map[*timer]struct{}
	listed     bool       // as abandoned
	reported   bool       // as abandoned
	overdue    seam.Timer // reports it
}

// extra returns p.more, making it if needed. The lock must be held.
func (p *Process) extra() *more {
	m := p.more.Load()
	if m == nil {
		m = new(more)
		p.more.Store(m)
	}
	return m
}

// isMain reports whether the end of p stops the system.
func (p *Process) isMain() bool {
	m := p.more.Load()
	return m != nil && m.main
}

// empty reports whether there is nothing in m. The lock must be held.
func (m *more) empty() bool {
	return m.rand == nil && m.log == nil && len(m.interrupts) == 0 && m.details == "" && m.ctx == nil && m.done == nil &&
		len(m.names) == 0 && m.bound == nil && len(m.links) == 0 && m.watchers.first == nil && m.watching.first == nil &&
		len(m.children) == 0 && m.ownLimit == 0 && !m.main && len(m.timers) == 0 && !m.listed && !m.reported && m.overdue == nil
}

// Self is a Process and the type of the messages that its Pid accepts.
type Self[M any] struct{ Process }

// Pid is the address of the process.
func (s *Self[M]) Pid() Pid[M] { return Pid[M]{ID: s.ID()} }

// Receive takes the oldest message that is an M, nil included if M is an
// interface. It blocks until there is one. Messages of other types, ProcessDowns
// and timers among them unless they are Ms, stay where they are. The error is
// always an InterruptReason.
func (s *Self[M]) Receive() (M, error) {
	p := &s.Process
	pattern := sel.Pattern{Type: p.of, Kind: sel.Exactly, Certain: true}
	if p.form == anInterface {
		pattern.Kind = sel.NilOr
	}
	l := noLimit
	for {
		if p.ctl.Load() != 0 {
			if why := p.attendSlowly(); why != nil {
				var none M
				return none, why
			}
		}
		if p.full {
			return takeHand[M](p), nil
		}
		if message, ok := p.box.Take(pattern); ok {
			p.taken(message, pattern, nil)
			m, _ := message.(M) // a nil message is a nil M
			return m, nil
		}
		p.mustNotChoose()
		p.looked(pattern, nil)
		p.Lock()
		if p.ctl.Load() != 0 || !p.box.Nothing() && p.box.Gather() {
			p.Unlock()
			continue
		}
		p.want(pattern, nil)
		p.direct = p.form == boxed
		p.enter(Receiving)
		p.park(&l)
	}
}

// Messages is Receive, again and again, until the loop body breaks or returns:
// it does not end by itself. An interrupt is one of its values; the loop goes on
// after it. A shutdown unwinds the loop, as it does every blocking operation.
func (s *Self[M]) Messages() iter.Seq2[M, error] {
	return func(yield func(M, error) bool) {
		for yield(s.Receive()) {
		}
	}
}

// endWith sets with what reason p ends. The lock must be held.
func (p *Process) endWith(reason ShutdownReason) {
	if reason == (ExitNormally{}) {
		p.ending = &endsNormally
		return
	}
	kept := reason // it alone is to be in memory of its own
	p.ending = &kept
}

// endsNormally is the reason of most.
var endsNormally ShutdownReason = ExitNormally{}

// reason is that with which p ends; nil: it does not. The lock must be held.
func (p *Process) reason() ShutdownReason {
	if p.ending == nil {
		return nil
	}
	return *p.ending
}

// setTitle sets the title, before anybody else knows p.
func (p *Process) setTitle(title string) {
	title = title[:min(len(title), math.MaxUint16)]
	p.titled, p.titleLen = unsafe.StringData(title), uint16(len(title))
}

func (p *Process) title() string { return unsafe.String(p.titled, p.titleLen) }

// ---------------------------------------------------------------- accessors

func (p *Process) system() *System       { return p.sys }
func (p *Process) hostProcess() *Process { return p }
func (p *Process) process() *Process     { return p }

// ID is the process's own id.
func (p *Process) ID() ID { return ID{unsafe.Pointer(p)} }

// System is the system that the process is in.
func (p *Process) System() *System { return p.sys }

// NewRef returns a reference that is unique in the system.
func (p *Process) NewRef() Ref { return Ref{p.sys.refs.Add(1)} }

// Rand is the process's own source of random numbers, randomly seeded in
// production. It is for the process's own goroutine only.
func (p *Process) Rand() *rand.Rand {
	p.sys.step()
	p.Lock()
	m := p.extra()
	p.Unlock()
	if m.rand == nil {
		m.rand = rand.New(rand.NewPCG(p.sys.sched.Seed()))
	}
	return m.rand
}

// SetDetails tells observers what the process is at: Info shows it.
func (p *Process) SetDetails(details string) {
	p.Lock()
	defer p.Unlock()
	p.extra().details = details
}

// Ref is a reference that is unique in its system: to tell one request from
// another. It is comparable.
type Ref struct{ n uint64 }

// Yield lets other processes run. It is a blocking operation: it takes an
// interrupt, which is its error. Long computations call it to be interruptible.
func (p *Process) Yield() error {
	if why := p.attend(); why != nil {
		return why
	}
	p.sys.sched.Yield()
	return nil
}

// Sleep blocks for d, or until it is interrupted: then its error is an
// InterruptReason. With d <= 0 it does not wait, but takes an interrupt that is
// there.
func (p *Process) Sleep(d time.Duration) error {
	l := within(d)
	p.sys.step()
	for {
		if why := p.attend(); why != nil {
			return why
		}
		if l.expired {
			return nil
		}
		p.Lock()
		if p.ctl.Load() == 0 {
			p.parkWithin(Sleeping, &l)
		} else {
			p.Unlock()
		}
	}
}
