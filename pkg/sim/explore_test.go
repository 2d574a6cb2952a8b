package sim

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// exploring explores body, which must hold, and returns what has been explored.
func exploring(t *testing.T, body func(s *Sim), opts ...Option) *explorer {
	t.Helper()
	c := newCheck(t, body, opts)
	if r := c.explore(); r != nil {
		require.Fail(t, r.String())
	}
	return c.explored
}

// enumerate leaves nothing out.
func enumerate(e *exploration) { e.all = true }

// sleepSets leaves out what sleep sets do.
func sleepSets(e *exploration) { e.plain = true }

// The number of orders of two threads with m and n steps is a binomial coefficient.
func TestExhaustive_CountsSchedules(t *testing.T) {
	steps := func(n int) func(s *Sim) func() {
		return func(s *Sim) func() {
			return func() {
				for range n {
					s.s.Yield()
				}
			}
		}
	}
	body := func(s *Sim) {
		s.Go(steps(2)(s)) // one more: the first
		s.Go(steps(3)(s))
		s.Settle()
	}
	require.Equal(t, 35, exploring(t, body, Exhaustive(enumerate)).runs)
	require.Equal(t, 35, exploring(t, body, Exhaustive(sleepSets)).runs, "the code may share variables")
	require.Equal(t, 35, exploring(t, body, Exhaustive()).runs)
	e := exploring(t, body, Exhaustive(), Isolated())
	require.Equal(t, 1, e.runs)
	require.Zero(t, e.pruned)
	e = exploring(t, body, Exhaustive(sleepSets), Isolated())
	require.Equal(t, 1, e.runs)
	require.Positive(t, e.pruned)
}

// program is a small random program of processes: what each of them does, one thing
// after the other. All that it does is told by what it leaves in outcome.
type program struct {
	bodies [][]act
	shared bool // they use a variable
}

type act struct{ verb, at, n int }

var verbs = []string{"send", "receive", "receive text", "receive at once", "monitor", "demonitor", "link", "unlink", "kill", "shutdown",
	"interrupt", "call", "sleep", "timer", "cancel", "alive", "info", "send text", "try", "join", "spawn", "yield", "variable", "await",
	"register", "whereis", "named", "task", "wait for room", "done", "unregister", "owned", "receive either", "flush", "receive words",
	"send text", "send text", "receive words"}

type enquiry struct{ reply proc.ReplyTo[int] }

func newProgram(r *rand.Rand, processes, acts int, shared bool) program {
	p := program{shared: shared}
	for range processes {
		var body []act
		for range 1 + r.IntN(acts) {
			body = append(body, act{r.IntN(len(verbs)), r.IntN(processes), r.IntN(3)})
		}
		p.bodies = append(p.bodies, body)
	}
	return p
}

func (p program) String() string {
	var b strings.Builder
	for i, body := range p.bodies {
		fmt.Fprintf(&b, "%d:", i)
		for _, a := range body {
			fmt.Fprintf(&b, " %s(%d,%d)", verbs[a.verb], a.at, a.n)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// run runs the program, and returns what can be told about how it went.
func (p program) run(s *Sim) string {
	sys := s.System()
	name := proc.NewName[int]("name")
	said := make([]strings.Builder, len(p.bodies))
	pids := make([]proc.Pid[int], len(p.bodies))
	texts := make([]proc.Pid[string], len(p.bodies))
	variable := 0
	for i, body := range p.bodies {
		pids[i] = proc.Spawn(sys, func(self *proc.Self[int]) error {
			say := func(format string, args ...any) { fmt.Fprintf(&said[i], format+";", args...) }
			texts[i] = proc.PidFor[string](self)
			if _, err := self.Receive(); err != nil {
				say("not begun %T", err)
				return err
			}
			var refs []proc.MonitorRef
			var timers []proc.TimerRef
			for _, a := range body {
				to := pids[a.at]
				var err error
				switch verbs[a.verb] {
				case "send":
					to.Send(10*i + a.n)
				case "send text":
					texts[a.at].Send(fmt.Sprint("text ", 10*i+a.n))
				case "receive":
					var m int
					m, err = proc.ReceiveWithin(self, time.Second, sel.Message[int]())
					say("got %d %T", m, err)
				case "receive text":
					var m any
					m, err = proc.ReceiveWithin(self, time.Duration(a.n)*time.Second, sel.Any())
					switch m := m.(type) {
					case proc.ProcessDown:
						say("down %T %T", m.Reason, err)
					case enquiry:
						m.reply.Reply(i)
						say("asked")
					default:
						say("any %v %T", m, err)
					}
				case "receive words":
					var m string
					m, err = proc.ReceiveWithin(self, time.Second, sel.Message[string]())
					say("words %s %T", m, err)
				case "receive either":
					either := sel.Or(sel.Map(sel.Message[int](), func(n int) any { return n }), sel.Map(sel.Message[string](), func(s string) any { return s }))
					var m any
					m, err = proc.ReceiveWithin(self, time.Second, either)
					say("either %v %T", m, err)
				case "flush":
					say("flushed %v", self.Flush())
				case "receive at once":
					var m int
					m, err = proc.ReceiveWithin(self, 0, sel.Message[int]())
					say("now %d %T", m, err)
				case "monitor":
					refs = append(refs, self.Monitor(to.ID))
				case "demonitor":
					if len(refs) > 0 {
						self.Demonitor(refs[len(refs)-1])
					}
				case "link":
					err = self.Link(to.ID)
					say("link %T", err)
				case "unlink":
					self.Unlink(to.ID)
				case "kill":
					if a.n == 0 {
						to.Kill()
					}
				case "shutdown":
					to.Shutdown(proc.ExitUnhandledError{Err: fmt.Errorf("by %d", i)})
				case "interrupt":
					to.Interrupt(proc.ErrorInterrupt{Err: fmt.Errorf("from %d", i)})
				case "call":
					if a.n > 0 {
						var got int
						got, err = proc.CallWithin(self, time.Second, proc.Contramap(to, func(enquiry) int { return 99 }),
							func(r proc.ReplyTo[int]) enquiry { return enquiry{r} })
						say("call %d %T", got, err)
					}
				case "sleep":
					err = self.Sleep(time.Duration(a.n) * time.Second)
					say("slept %T", err)
				case "timer":
					timers = append(timers, proc.SendAfter(self, time.Duration(a.n)*time.Second, to, 100+i))
				case "cancel":
					if len(timers) > 0 {
						say("cancelled %t", proc.CancelTimer(self, timers[0]))
					}
				case "alive":
					say("alive %t %T", to.Alive(), to.Reason())
				case "info":
					info, ok := to.Info()
					say("info %t %d %v %d", ok, info.Mailbox, info.State, info.Monitors)
				case "try":
					say("try %T", to.TrySend(200+i))
				case "join":
					self.AwaitEnd(to.ID, time.Second)
					say("joined")
				case "await":
					_, err = proc.ReceiveWithMonitor(self, to.ID, sel.Message[string]())
					say("awaited %T", err)
				case "spawn":
					if a.n == 0 {
						kid := proc.Spawn(self, func(kid *proc.Self[int]) error { pids[0].Send(300 + i); return nil }, proc.Owned())
						say("spawned %v", kid.ID)
					}
				case "owned":
					kid, _ := proc.SpawnMonitor(self, func(kid *proc.Self[int]) error { _, err := kid.Receive(); return err }, proc.Owned())
					kid.Shutdown(proc.ExitUnhandledError{Err: fmt.Errorf("kid")})
				case "register":
					say("registered %v", proc.Register(self, name, to))
				case "unregister":
					proc.Unregister(self, name)
				case "whereis":
					pid, ok := proc.Whereis(self, name)
					say("found %v %t", pid.ID, ok)
				case "named":
					proc.Named(self, name).Send(500 + i)
				case "task":
					task := proc.Go(self, func(context.Context) (int, error) { to.Send(400 + i); return i, nil })
					var got int
					got, err = task.Await(self)
					say("task %d %T", got, err)
				case "wait for room":
					err = to.SendContext(self, 600+i)
					say("sent %T", err)
				case "done":
					say("done %t %v", self.Err() != nil, to.Alive())
				case "yield":
					err = self.Yield()
				case "variable":
					if p.shared {
						variable = 2*variable + i
						say("variable %d", variable)
					}
				}
				if err != nil && a.n == 2 {
					return err
				}
			}
			return nil
		}, proc.Titled(fmt.Sprint("p", i)), proc.Bounded(i, proc.Reject))
	}
	s.Settle()
	for _, pid := range pids {
		pid.Send(1000)
	}
	s.Sleep(time.Minute)
	var b strings.Builder
	for i := range said {
		fmt.Fprintf(&b, "%d: %s %t %T %v\n", i, said[i].String(), pids[i].Alive(), pids[i].Reason(), pids[i].Reason())
	}
	c := sys.Counters()
	fmt.Fprintf(&b, "%d %d %d %v", c.Spawned, c.Ended, c.Crashed, c.DeadLetters)
	return b.String()
}

// outcomes are all ends that an exploration finds; complete is false if it is too
// large for that.
func outcomes(t *testing.T, p program, most int, opts ...Option) (ends map[string]bool, e *explorer, complete bool) {
	t.Helper()
	ends = make(map[string]bool)
	c := newCheck(t, func(s *Sim) {
		end := p.run(s)
		ends[end] = true
	}, opts)
	c.exploration.most, c.exploration.mostGiven = most, true
	if r := c.explore(); r != nil {
		require.Fail(t, r.String(), "%s", p)
	}
	return ends, c.explored, !c.explored.unfinished && c.explored.cut == 0
}

// What is left out leads to nowhere else: the ends that are found are those of all
// schedules.
func TestExhaustive_NothingIsMissed(t *testing.T) {
	random := rand.New(rand.NewPCG(6, *flagSeed))
	programs, most := 80, 150
	if raceEnabled {
		programs = 15
	}
	if *flagRuns != 0 { // for an hour in which there is nothing else to do
		programs, most = *flagRuns, 3000
	}
	compared, ends, all, left, sleeping := 0, 0, 0, 0, 0
	for range programs {
		shared := random.IntN(4) == 0
		p := newProgram(random, 2, 2, shared)
		var opts []Option
		if random.IntN(2) == 0 {
			opts = append(opts, Instant())
		}
		want, e, complete := outcomes(t, p, most, append(opts, Exhaustive(enumerate))...)
		if !complete {
			continue
		}
		compared++
		all += e.runs
		ends += len(want)
		for _, bound := range []Bound{sleepSets, func(*exploration) {}} {
			for _, isolated := range []bool{false, true} {
				if isolated && shared {
					continue
				}
				all := append(slices.Clone(opts), Exhaustive(bound))
				if isolated {
					all = append(all, Isolated())
				}
				got, e, complete := outcomes(t, p, 10_000, all...)
				require.True(t, complete, "%s", p)
				require.Equal(t, slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got)), "%s, isolated %t, plain %t", p, isolated, e.plain)
				if e.plain {
					sleeping += e.runs
				} else {
					left += e.runs
				}
			}
		}
	}
	t.Logf("%d programs with %d ends: %d schedules; %d with sleep sets, %d with races", compared, ends, all, sleeping, left)
	require.Greater(t, compared, programs/5)
}
