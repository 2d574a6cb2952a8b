package sup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// supervisor is the process that has children. It never blocks on one of them:
// it waits for the next message, whatever that is, and does what is to be done
// at once. What takes several steps goes on with the message that it waited for.
//
// What is common to all supervisors is here and in life.go; what the start and
// the end of one child mean for others is its policy's.
type supervisor struct {
	self   *proc.Self[request]
	pid    proc.Pid[request]
	policy policy
	origin

	living map[proc.ID]*child // those with a process

	born   time.Time
	clock  time.Duration // since then; see now
	asked  bool          // clock is that of the present message
	alarms alarms
	timer  proc.TimerRef // of the earliest alarm
	armed  bool
	due    time.Duration // of the timer

	isUp    bool // all children have been started
	awaited proc.ReplyTo[done]

	end    error // why it ends: what its body returns
	ending bool
	over   bool // all children have ended
}

// origin is what a supervisor has from where it was started.
type origin struct {
	path     string        // from the root of its tree
	observe  []func(Event) // its own first, then those above it
	announce func()        // tells who has started it that all children are up
}

// policy is what the lives of children mean for each other.
type policy interface {
	begin(s *supervisor) // the supervisor has begun
	observer() func(Event)

	up(c *child)                              // c, whose start took a while, is up
	failed(c *child, why proc.ShutdownReason) // its start has failed
	ended(c *child)                           // it had been up and has ended, for c.last
	stopped(c *child)                         // it has ended, which it had been asked to
	waited(c *child)                          // its wait to be restarted is over

	stopAll()    // the supervisor ends: stop all children, and say finished then
	cutOff()     // operations under way are to fail
	unwind(wind) // stop all children in a process that unwinds
	list() []Status
}

// wind is how a supervisor that unwinds stops its children.
type wind struct {
	finish bool                // ask them to finish first
	reason proc.ShutdownReason // to shut them down with
}

// request is what a supervisor is sent: by those who operate on it, and by its
// children.
type request interface{ serve(*supervisor) }

func newSupervisor(p policy, from origin) *supervisor {
	if own := p.observer(); own != nil {
		from.observe = append([]func(Event){own}, from.observe...)
	}
	return &supervisor{policy: p, origin: from, living: make(map[proc.ID]*child)}
}

// run is the body of the process.
func (s *supervisor) run(self *proc.Self[request]) error {
	s.self, s.pid, s.born = self, self.Pid(), self.System().Now()
	defer s.unwind()
	s.policy.begin(s)
	for !s.over {
		s.arm()
		message, err := proc.Receive(self, sel.Any())
		s.asked = false
		if err != nil {
			s.interrupted(err)
			continue
		}
		switch m := message.(type) {
		case proc.ProcessDown:
			s.down(m)
		case request:
			m.serve(s)
		case proc.TimerElapsed:
			s.ring()
		default:
			s.self.Log().Debug().Str("type", fmt.Sprintf("%T", m)).Msg("dropped a message that is not for a supervisor")
		}
	}
	return s.end
}

// spawnNested starts a supervisor with policy p as child c of s.
func (s *supervisor) spawnNested(c *child, p policy) (proc.ID, proc.MonitorRef) {
	var nested *supervisor
	nested = newSupervisor(p, origin{
		path:     s.pathOf(c),
		observe:  s.observe,
		announce: func() { s.sendReady(c, nested.self.ID()) },
	})
	pid, ref := proc.SpawnMonitor(s.self, nested.run, c.opts...)
	return pid.ID, ref
}

// allUp is told that all children have been started.
func (s *supervisor) allUp() {
	if s.isUp {
		return
	}
	s.isUp = true
	s.awaited.Reply(done{})
	if s.announce != nil {
		s.announce()
	}
}

// ---------------------------------------------------------------- its end

// interrupted is told of an interrupt of the supervisor.
func (s *supervisor) interrupted(why error) {
	// It is linked with who has started it, who owns it, too, and so never ends
	// before it. Others that have linked themselves are strangers.
	if crash, ok := why.(proc.LinkedProcessCrashed); ok {
		s.self.Log().Debug().Err(crash).Msg("ignored a link that is not the supervisor's")
		return
	}
	s.stopAll(why)
}

// stopAll begins the end of the supervisor. The first reason stays.
func (s *supervisor) stopAll(why error) {
	if s.ending {
		return
	}
	s.beginEnd(why)
	s.policy.stopAll()
}

func (s *supervisor) beginEnd(why error) {
	if s.ending {
		return
	}
	s.ending, s.end = true, why
	s.tell(StoppingAll, nil, s.self.ID(), why)
	s.policy.cutOff()
}

// finished is told that all children of a supervisor that ends have ended.
func (s *supervisor) finished() { s.over = true }

// notRunning is how operations on a supervisor that ends are refused.
func (s *supervisor) notRunning() proc.OtherProcessNotRunning {
	return proc.OtherProcessNotRunning{ID: s.self.ID(), Reason: exitOf(s.end)}
}

// exitOf is what a body that returns err ends with.
func exitOf(err error) proc.ShutdownReason {
	switch e := err.(type) {
	case proc.ShutdownReason:
		return e
	case proc.InterruptReason:
		return proc.InterruptToExit(e)
	}
	return proc.ExitUnhandledError{Err: err}
}

// unwind is the end of a supervisor whose loop was cut off by a shutdown. It must
// not block but in AwaitEnd any more.
func (s *supervisor) unwind() {
	if s.over || !s.self.ID().Alive() { // a kill has ended the children as well
		return
	}
	reason, ok := context.Cause(s.self).(proc.ShutdownReason)
	if !ok { // a panic, which goes on after this
		reason = proc.ExitUnhandledError{Err: errPanicked}
	}
	w := wind{reason: reason}
	if _, w.finish = reason.(proc.ExitOwnerEnded); w.finish || !ok {
		// Its children are not told of the owner: they would take that as a
		// leave to finish when it is time to clean up.
		w.finish, w.reason = true, stopRequested
	}
	s.asked = false
	s.beginEnd(reason)
	s.policy.unwind(w)
}

var errPanicked = errors.New("the supervisor panicked")

// ---------------------------------------------------------------- time

// now is the time since the supervisor was born. It is the same for all that one
// message leads to.
func (s *supervisor) now() time.Duration {
	if !s.asked {
		s.clock, s.asked = s.self.System().Now().Sub(s.born), true
	}
	return s.clock
}

// arm makes sure that the timer fires when the next alarm is due, or before.
func (s *supervisor) arm() {
	due, any := s.alarms.first()
	if !any || s.armed && s.due <= due {
		return
	}
	if s.armed {
		proc.CancelTimer(s.self, s.timer)
	}
	s.timer, s.armed, s.due = proc.StartTimer(s.self, due-s.now()), true, due
}

// ring is told that the timer has fired.
func (s *supervisor) ring() {
	s.armed = false
	for {
		of, ok := s.alarms.take(s.now())
		if !ok {
			return
		}
		of.ring()
	}
}
