package proc

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/harkgo/hark/pkg/sel"
)

// SpawnOption sets something of a new process. Of two of one kind the later wins;
// nil is one that sets nothing.
type SpawnOption func(*spawnOptions)

type spawnOptions struct {
	title    string
	name     string
	named    bool
	nameType sel.Type
	namePid  func(ID) any
	limit    int
	overflow Overflow
	owned    bool
	main     bool
}

// Titled gives the process a title, for logs and observers. Any number of
// processes may have the same one.
func Titled(title string) SpawnOption {
	return func(o *spawnOptions) { o.title = title }
}

// Registered spawns the process under a name, without a window. If the name is
// taken, or is for messages of another type, the process does not start: it is
// dead already, with ExitNotStarted.
func Registered[M any](name Name[M]) SpawnOption {
	return func(o *spawnOptions) {
		o.named, o.name, o.nameType = true, name.text, sel.TypeFor[M]()
		o.namePid = func(id ID) any { return Pid[M]{ID: id} }
	}
}

// Bounded limits the mailbox to a number of waiting messages, those set aside by
// selective receive included. What the runtime sends is never refused. A limit
// of 0 or less means none.
func Bounded(limit int, overflow Overflow) SpawnOption {
	return func(o *spawnOptions) { o.limit, o.overflow = limit, overflow }
}

// Owned makes the process end with its parent: it never outlives it. With a
// system as parent it means nothing.
func Owned() SpawnOption {
	return func(o *spawnOptions) { o.owned = true }
}

// Spawn starts a process that runs body on a goroutine of its own. It can be
// sent to as soon as Spawn has returned. It ends when body returns: normally if
// that is nil or NormalExitRequested, else as [InterruptToExit] says for an
// interrupt, and with ExitUnhandledError for any other error. A panic ends it
// with ExitPanic, and nothing else.
//
// While the system is stopping, nothing starts: the process is dead already,
// with ExitNotStarted. Spawn does not block.
func Spawn[M any](parent Host, body func(*Self[M]) error, opts ...SpawnOption) Pid[M] {
	return spawn(parent, body, opts, nil)
}

// SpawnLink is Spawn, and a link with parent from the beginning.
func SpawnLink[M any](parent Receiver, body func(*Self[M]) error, opts ...SpawnOption) Pid[M] {
	return spawn(parent, body, opts, func(child ID) { parent.process().linkChild(child.process()) })
}

// SpawnMonitor is Spawn, and a monitor by parent from the beginning.
func SpawnMonitor[M any](parent Receiver, body func(*Self[M]) error, opts ...SpawnOption) (Pid[M], MonitorRef) {
	var ref MonitorRef
	pid := spawn(parent, body, opts, func(child ID) { ref = parent.Monitor(child) })
	return pid, ref
}

func spawn[M any](parent Host, body func(*Self[M]) error, opts []SpawnOption, tie func(ID)) Pid[M] {
	self := new(Self[M])
	p := &self.Process
	p.of = sel.TypeFor[M]()
	t := reflect.TypeFor[M]()
	p.form = formOf(t)
	why := p.start(parent, opts)
	if tie != nil {
		tie(p.ID())
	}
	if why != nil {
		return self.Pid()
	}
	p.sys.sched.Go(&p.Waiter, func() { self.live(markOf(p), body) })
	p.sys.step()
	return self.Pid()
}

// live is the life of the process's goroutine.
//
//go:noinline
func (s *Self[M]) live(_ mark, body func(*Self[M]) error) {
	var result ShutdownReason // nil until the body has returned
	defer s.finish(&result)
	if s.open() {
		err := body(s)
		if in, ok := err.(*inLoop); ok {
			result = s.loop(in.begin())
		} else {
			result = exitOf(err)
		}
	}
}

// start makes p a process of its system, or a dead one and says why.
func (p *Process) start(parent Host, opts []SpawnOption) error {
	s := parent.system()
	p.sys = s
	p.Init()
	p.parent = parent.hostProcess()
	p.number = s.numbers.Add(1)
	s.know(p)
	p.since, p.skip = s.clock.elapsed(), 1 // it soon waits for its first message
	p.at = s.clock.latest.Load()
	var o *spawnOptions
	if len(opts) > 0 {
		o = new(spawnOptions)
		for _, option := range opts {
			if option != nil {
				option(o)
			}
		}
		p.setTitle(o.title)
		if o.main {
			p.extra().main = true
		}
		if o.limit > 0 {
			p.tells, p.box.Exact = true, true
			p.extra().bound = &bound{limit: o.limit, overflow: o.overflow}
		}
	}
	if o != nil && o.named {
		if o.nameType != p.of {
			return p.notStarted(fmt.Errorf("the name %s is for messages of type %v, the process is for %v", o.name, o.nameType, p.of))
		}
	}
	p.owned = o != nil && o.owned && p.parent != nil // before a Stop can see p
	orphan, err := p.appear(o)
	if err != nil {
		return p.notStarted(err)
	}
	if orphan {
		p.kill()
	}
	p.logStart()
	return nil
}

// appear makes p one of its owner's, of the live processes, and the holder of its
// name. Whoever finds it before all of this is done waits at its lock. orphan is
// true if its owner has ended.
func (p *Process) appear(o *spawnOptions) (orphan bool, err error) {
	s := p.sys
	named := o != nil && o.named
	if named {
		s.touched()
		s.names.mu.Lock()
		defer s.names.mu.Unlock()
		if err := s.names.available(o.name); err != nil {
			return false, err
		}
	}
	p.Lock()
	defer p.Unlock()
	if p.owned && !p.parent.adopt(p) {
		p.owned, orphan = false, true
	}
	if err := s.enlist(p); err != nil {
		// Its owner may have been killed meanwhile, and that would kill it: it must
		// be found dead.
		owned := p.owned
		owner := p.neverRun(err)
		if owned {
			owner.disown(p)
		}
		return false, err
	}
	if named {
		s.names.add(p, o.name, o.namePid(p.ID()))
	}
	return orphan, nil
}

// notStarted is start for a process that has ended without ever having run.
func (p *Process) notStarted(err error) error {
	p.Lock()
	if p.phase.Load() != phaseDone {
		p.neverRun(err)
	}
	p.Unlock()
	p.logNotStarted()
	return err
}

// neverRun makes p a process that has ended without ever having run, and returns
// the parent that it had. The lock must be held.
func (p *Process) neverRun(err error) (parent *Process) {
	p.endWith(ExitNotStarted{Err: err})
	p.goroutine, p.owned = hasLeft, false
	p.enter(ShuttingDown)
	p.phase.Store(phaseDone)
	parent, p.parent = p.parent, nil
	return parent
}

// ErrStopping is why nothing starts: the system is stopping.
var ErrStopping = errors.New("the system is stopping")

// enlist adds p to the live processes, unless the system is stopping.
func (s *System) enlist(p *Process) error {
	l := p.shard()
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.stopping.begun.Load() {
		return ErrStopping
	}
	l.running++
	l.spawned++
	l.link(p)
	return nil
}

// open begins the life of p's goroutine. It reports false if p has been killed
// before that.
func (p *Process) open() bool {
	p.Lock()
	defer p.Unlock()
	p.goroutine = present
	if p.phase.Load() >= phaseEnded {
		return false
	}
	p.state = packed(Busy) // since it was spawned
	return true
}
