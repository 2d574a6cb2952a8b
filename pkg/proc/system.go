package proc

import (
	"iter"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/internal/seam"
	"github.com/harkgo/hark/pkg/log"
)

// System runs processes. Everything a process uses belongs to its system:
// there is no package-level state. A system needs no start; [System.Stop] ends
// it, and no goroutine and no timer of it is left then.
type System struct {
	sched seam.Runtime
	steps seam.Stepper // nil in production
	clock clock

	base        zerolog.Logger
	levels      *log.Levels
	leastLevel  zerolog.Level // nothing below it is logged, whatever the title
	stopTimeout time.Duration
	callTimeout time.Duration // negative: none
	hook        func(DeadLetter)
	shows       bool // that is the program's, not only a simulator's

	refs     atomic.Uint64
	letters  [len(letterReasons)]atomic.Uint64
	stacks   stackCache
	names    names
	rings    sync.Mutex // held while a ring of calls is looked for
	stopping stopping

	numbers   atomic.Uint64
	live      [shards]shard
	abandoned list
	tasks     taskSet
	warm      warm
}

// shards is the number of lists that the live processes are spread over, so
// that those who spawn and end at the same time do not meet.
const shards = 8

// Option sets something of a new System.
type Option func(*System)

// WithLogger sets where the system and its processes log. The default is JSON on
// standard error from level info on.
func WithLogger(l zerolog.Logger) Option { return func(s *System) { s.base = l } }

// WithLogLevels sets levels by the title of the process, below or above that of
// the logger.
func WithLogLevels(levels log.Levels) Option { return func(s *System) { s.levels = &levels } }

// WithStopTimeout sets how long [System.Stop], and the end of an owner, waits
// for processes before it kills them. The default is 10 s; with 0 or less they
// are killed at once.
func WithStopTimeout(d time.Duration) Option { return func(s *System) { s.stopTimeout = d } }

// WithCallTimeout sets the limit of calls, and of awaiting tasks, without one of
// their own. The default is 5 s; a negative value means none.
func WithCallTimeout(d time.Duration) Option {
	return func(s *System) {
		if d != 0 {
			s.callTimeout = d
		}
	}
}

// WithDeadLetters sets a hook that sees each dead letter. It runs on the
// goroutine that sent, or that ends the receiver, and may not block; a panic in
// it is logged and changes nothing.
func WithDeadLetters(hook func(DeadLetter)) Option { return func(s *System) { s.hook = hook } }

// WithScheduler replaces goroutines and the wall clock. It is for the packages of this
// module alone, which can make a scheduler: package sim is built on it, and is what
// tests of programs use.
func WithScheduler(sched seam.Scheduler) Option {
	return func(s *System) { s.sched = seam.RuntimeOf(sched) }
}

// Scheduler is what runs the processes of the system. Like WithScheduler it is for
// packages of this module.
func (s *System) Scheduler() *seam.Runtime { return &s.sched }

// NewSystem returns a system without processes.
func NewSystem(opts ...Option) *System {
	s := &System{
		base:        log.JSON(os.Stderr).Level(zerolog.InfoLevel),
		stopTimeout: 10 * time.Second,
		callTimeout: 5 * time.Second,
	}
	for _, o := range opts {
		o(s)
	}
	if s.sched.Scheduler == nil {
		s.sched = seam.RuntimeOf(seam.NewGoroutines())
	}
	s.leastLevel = s.base.GetLevel()
	if s.levels != nil {
		s.leastLevel = s.levels.Default
		for _, t := range s.levels.ByTitle {
			s.leastLevel = min(s.leastLevel, t.Level)
		}
	}
	s.steps = s.sched.Steps()
	s.tellLost()
	s.clock.sched = s.sched.Scheduler
	s.warm = warm{sys: s, max: maxWarm, time: warmTime}
	s.clock.start = s.sched.Now().Add(-s.sched.Elapsed())
	return s
}

func (s *System) system() *System       { return s }
func (s *System) hostProcess() *Process { return nil }

// Now is the system's clock: the wall clock, or a simulator's.
func (s *System) Now() time.Time {
	return s.sched.Now()
}

// Counters tells what has happened since the system was made.
type Counters struct {
	Spawned, Ended, Crashed uint64            // processes; the crashed ones are among the ended
	DeadLetters             map[string]uint64 // by DeadLetter.Reason
}

// Counters tells what has happened since the system was made.
func (s *System) Counters() Counters {
	s.touched()
	c := Counters{DeadLetters: make(map[string]uint64)}
	for i := range s.live {
		l := &s.live[i]
		l.mu.Lock()
		c.Spawned += l.spawned
		c.Ended += l.ended
		c.Crashed += l.crashed
		l.mu.Unlock()
	}
	for i := range s.letters {
		if n := s.letters[i].Load(); n > 0 {
			c.DeadLetters[letterReasons[i]] = n
		}
	}
	return c
}

// Processes lists the live processes, in no order. It does not wait for them,
// and does not hold up anybody; one that ends meanwhile may be missing.
func (s *System) Processes() iter.Seq[Info] {
	return func(yield func(Info) bool) {
		s.touched()
		for i := range s.live {
			for _, p := range s.live[i].snapshot() {
				if info, ok := p.info(); ok && !yield(info) {
					return
				}
			}
		}
	}
}

// Abandoned lists the killed processes whose goroutines have not unwound yet.
func (s *System) Abandoned() iter.Seq[Info] {
	return func(yield func(Info) bool) {
		s.touched()
		for _, p := range s.abandoned.snapshot() {
			if !yield(p.describe()) {
				return
			}
		}
	}
}

// list is a set of processes, linked through themselves.
type list struct {
	mu   sync.Mutex
	head *Process
	len  int
}

// shard is a part of the live processes, and what is counted of them.
type shard struct {
	list
	spawned, ended, crashed uint64
	running                 int // goroutines that have not ended

	_ [64]byte // those who use different shards do not share a cache line
}

func (l *list) add(p *Process) {
	l.mu.Lock()
	l.link(p)
	l.mu.Unlock()
}

// link is add with the lock of l held.
func (l *list) link(p *Process) {
	p.prev, p.next = nil, l.head
	if l.head != nil {
		l.head.prev = p
	}
	l.head = p
	l.len++
}

func (l *list) remove(p *Process) {
	l.mu.Lock()
	l.unlink(p)
	l.mu.Unlock()
}

// unlink is remove with the lock of l held.
func (l *list) unlink(p *Process) {
	if p.prev != nil {
		p.prev.next = p.next
	} else {
		l.head = p.next
	}
	if p.next != nil {
		p.next.prev = p.prev
	}
	p.prev, p.next = nil, nil
	l.len--
}

func (l *list) snapshot() []*Process {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]*Process, 0, l.len)
	for p := l.head; p != nil; p = p.next {
		all = append(all, p)
	}
	return all
}

func (p *Process) shard() *shard { return &p.sys.live[p.number%shards] }
