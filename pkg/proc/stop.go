package proc

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// stopping is how far the stop of a system is.
type stopping struct {
	begun atomic.Bool

	mu      sync.Mutex
	logged  bool
	waiting []*joiner // until no goroutine is left
}

// StopError is what Stop returns when processes had to be abandoned: killed, and
// their goroutines did not come to an operation that would have ended them. Each
// has its Stack, if it could be found.
type StopError struct{ Stuck []Info }

func (e StopError) Error() string {
	var b strings.Builder
	b.WriteString("the system has stopped, but did not get rid of")
	for i, info := range e.Stuck {
		if i > 0 {
			b.WriteByte(',')
		}
		if info.ID != (ID{}) {
			b.WriteString(" process " + info.ID.String())
		}
		if info.Title != "" {
			b.WriteString(" " + info.Title)
		}
	}
	return b.String()
}

// stopped is the reason of processes that a stop shuts down.
var stopped = ExitNormallyWith{Detail: "the system stops"}

// Stop shuts every process down but the owned ones, which it leaves to their
// owners. It waits for them at most the stop timeout, or until ctx is done, and
// kills what is left. Killed processes have 100 ms to unwind; if some do not,
// and if a task goes on, they are abandoned, and the error is a [StopError].
// From the beginning of a stop nothing new starts.
//
// Called with a process of the system, or a context derived from it, as ctx, Stop
// does not return: the process is shut down, and what Stop would have returned
// is logged.
func (s *System) Stop(ctx context.Context) error {
	var op op
	op.by(ctx)
	if op.self != nil && op.self.sys == s {
		s.sched.Go(nil, func() {
			if err := s.stop(context.Background()); err != nil {
				s.base.Warn().Err(err).Msg("stopped by a process")
			}
		})
		self := op.self
		self.acceptShutdown(stopped)
		self.emptyHand()
		self.Lock()
		self.unwind()
	}
	return s.stop(ctx)
}

// beginStop shuts every process down but the owned ones.
func (s *System) beginStop() {
	// From here on nothing is added to the lists.
	s.stopping.begun.Store(true)
	s.stopping.mu.Lock()
	first := !s.stopping.logged
	s.stopping.logged = true
	s.stopping.mu.Unlock()
	if first {
		s.base.Info().Msg("the system stops")
	}
	for i := range s.live {
		s.touched() // the process before has let others run
		for n, p := range s.live[i].snapshot() {
			if !p.owned {
				p.shutdown(stopped)
			}
			if s.sched.Production && n%stopBurst == stopBurst-1 {
				s.sched.Yield()
			}
		}
	}
}

// stopBurst is after how many shutdowns others get their turn: processes that rest
// need a goroutine each to end, and there may be a million of them.
const stopBurst = 256

func (s *System) stop(ctx context.Context) error {
	s.beginStop()
	if !s.await(ctx, s.stopTimeout) {
		for i := range s.live {
			s.touched()
			for _, p := range s.live[i].snapshot() {
				p.kill()
			}
		}
		s.await(context.Background(), unwindingTime)
	}
	return s.stuck()
}

// stuck is a StopError if something is left.
func (s *System) stuck() error {
	s.touched()
	left := s.abandoned.snapshot()
	tasks := s.tasks.left()
	if len(left)+len(tasks) == 0 {
		return nil
	}
	dump := goroutines()
	var err StopError
	for _, p := range left {
		info := p.describe()
		info.Stack = dump.of(p)
		p.reportAbandoned(info.Stack)
		err.Stuck = append(err.Stuck, info)
	}
	for _, t := range tasks {
		t.owner.logTaskAbandoned()
		err.Stuck = append(err.Stuck, Info{
			Parent: t.owner.ID(),
			Title:  "task of " + t.owner.name(),
			State:  Busy,
			Stack:  dump.ofTask(t),
		})
	}
	return err
}

// await waits until no goroutine of a process or task is left, at most d, or
// until ctx is done. It reports whether none is.
func (s *System) await(ctx context.Context, d time.Duration) bool {
	o := op{ctx: ctx, sys: s, limit: within(d)}
	if ctx.Err() != nil {
		o.limit.expired = true
	}
	o.watchCtx()
	defer o.end()
	j := &joiner{thread: o.thread()}
	s.stopping.mu.Lock()
	if s.quiet() {
		j.ended = true
	} else {
		s.stopping.waiting = append(s.stopping.waiting, j)
	}
	s.stopping.mu.Unlock()
	return o.wait(Awaiting, func() bool { return j.ended }, nil) == nil
}

// quiet reports whether no goroutine of a process or task is left. It is asked
// when nothing starts any more but tasks, by processes: so these come first.
func (s *System) quiet() bool {
	s.touched()
	for i := range s.live {
		l := &s.live[i]
		l.mu.Lock()
		running := l.running
		l.mu.Unlock()
		if running > 0 {
			return false
		}
	}
	s.tasks.mu.Lock()
	defer s.tasks.mu.Unlock()
	return len(s.tasks.all) == 0
}

// goroutineLeft is told by each goroutine of a process or a task at its end.
func (s *System) goroutineLeft() {
	if !s.stopping.begun.Load() || !s.quiet() {
		return
	}
	s.stopping.mu.Lock()
	waiting := s.stopping.waiting
	s.stopping.waiting = nil
	s.stopping.mu.Unlock()
	for _, j := range waiting {
		j.tell()
	}
}
