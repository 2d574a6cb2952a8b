package sim

import (
	"context"
	"errors"
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

// asking and ordering are requests.
type asking struct{ reply proc.ReplyTo[string] }
type ordering struct{ reply proc.ReplyTo[string] }

// mailProgram is a program of one process that looks through its mailbox in all the ways that there
// are, and others that put all kinds of things there.
type mailProgram struct {
	senders [][]int
	looks   []int
	late    bool
	bound   int // 0: none
	drop    bool
	hook    bool
	loop    bool
}

var allSends = []string{"letter", "postcard", "packet", "nil", "pointer", "try letter", "try packet", "ask", "order", "ask at once", "interrupt",
	"wait packet", "to name", "via", "shutdown", "yield", "task", "link", "forward", "kill"}

type receiver struct {
	n       int
	refs    []proc.TimerRef
	downs   []proc.MonitorRef
	held    []proc.ReplyTo[string]
	senders []proc.Pid[int]
	say     func(format string, args ...any)
}

type oneReceive struct {
	name string
	take func(self *proc.Self[any], st *receiver) error
}

func receiving[T any](d time.Duration, s func(st *receiver) sel.MessageSelector[T]) func(self *proc.Self[any], st *receiver) error {
	return func(self *proc.Self[any], st *receiver) error {
		v, err := proc.ReceiveWithin(self, d, s(st))
		st.answer(v, err)
		return unlessOver(err)
	}
}

// unlessOver are the errors that end the process.
func unlessOver(err error) error {
	if errors.As(err, new(proc.TimeoutInterrupt)) || errors.As(err, new(proc.ErrorInterrupt)) {
		return nil
	}
	return err
}

func (st *receiver) answer(v any, err error) {
	switch v := v.(type) {
	case asking:
		st.n++
		st.say("ask")
		v.reply.Reply(fmt.Sprint("answer ", st.n))
		return
	case ordering:
		st.n++
		st.say("order")
		st.held = append(st.held, v.reply)
		return
	case *letter:
		st.say("*%v %T", *v, err)
		return
	case proc.ProcessDown:
		st.say("down %T %T", v.Reason, err)
		return
	case proc.TimerElapsed:
		st.say("elapsed %T", err)
		return
	}
	st.say("%v %T", v, err)
}

var allReceives = []oneReceive{
	{"letter", receiving(time.Second, func(*receiver) sel.MessageSelector[letter] { return sel.Message[letter]() })},
	{"postcard", receiving(time.Second, func(*receiver) sel.MessageSelector[postcard] { return sel.Message[postcard]() })},
	{"packet", receiving(time.Second, func(*receiver) sel.MessageSelector[packet] { return sel.Message[packet]() })},
	{"pointer", receiving(time.Second, func(*receiver) sel.MessageSelector[*letter] { return sel.Message[*letter]() })},
	{"letter now", receiving(0, func(*receiver) sel.MessageSelector[letter] { return sel.Message[letter]() })},
	{"postcard now", receiving(0, func(*receiver) sel.MessageSelector[postcard] { return sel.Message[postcard]() })},
	{"packet now", receiving(-1, func(*receiver) sel.MessageSelector[packet] { return sel.Message[packet]() })},
	{"ask", receiving(time.Second, func(*receiver) sel.MessageSelector[asking] { return sel.Message[asking]() })},
	{"order", receiving(time.Second, func(*receiver) sel.MessageSelector[ordering] { return sel.Message[ordering]() })},
	{"ask or order", receiving(time.Second, func(*receiver) sel.MessageSelector[any] {
		return sel.Or(anything(sel.Message[asking]()), anything(sel.Message[ordering]()))
	})},
	{"letter or packet", receiving(time.Second, func(*receiver) sel.MessageSelector[any] {
		return sel.Or(anything(sel.Message[letter]()), anything(sel.Message[packet]()))
	})},
	{"letter xor postcard now", receiving(0, func(*receiver) sel.MessageSelector[sel.Either[letter, postcard]] {
		return sel.OneOf(sel.Message[letter](), sel.Message[postcard]())
	})},
	{"letter or packet where state", func(self *proc.Self[any], st *receiver) error {
		seen := 0
		v, err := proc.ReceiveWithin(self, time.Second, sel.Or(anything(sel.Message[letter]()), anything(sel.Message[packet]())).Where(func(v any) bool {
			seen++
			return seen > 1
		}))
		st.answer(v, err)
		return unlessOver(err)
	}},
	{"equal", receiving(time.Second, func(*receiver) sel.MessageSelector[packet] { return sel.Equal(packet{0, 0}) })},
	{"equal nil", receiving(0, func(*receiver) sel.MessageSelector[any] { return sel.Equal[any](nil) })},
	{"with", receiving(time.Second, func(*receiver) sel.MessageSelector[int] {
		return sel.With(func(p postcard) (int, bool) { return p.from, p.n == 0 })
	})},
	{"case stringer", receiving(0, func(*receiver) sel.MessageSelector[string] {
		return sel.Case(func(s fmt.Stringer) string { return s.String() })
	})},
	{"dynamic", receiving(time.Second, func(*receiver) sel.MessageSelector[any] {
		return sel.Dynamic(func(m any) (any, bool) { _, ok := m.(packet); return m, ok })
	})},
	{"rest", receiving(0, func(*receiver) sel.MessageSelector[any] {
		one, _ := new(sel.Message[letter]()).Index()
		return sel.Except(one)
	})},
	{"both", receiving(time.Second, func(*receiver) sel.MessageSelector[string] {
		return sel.Both(sel.Message[letter](), sel.Message[fmt.Stringer](), func(l letter, s fmt.Stringer) string { return s.String() })
	})},
	{"none", receiving(time.Second, func(*receiver) sel.MessageSelector[any] { return sel.None[any]() })},
	{"any now", receiving(0, func(*receiver) sel.MessageSelector[any] { return sel.Any() })},
	{"own", func(self *proc.Self[any], st *receiver) error {
		v, err := self.Receive()
		st.answer(v, err)
		return unlessOver(err)
	}},
	{"flush", func(self *proc.Self[any], st *receiver) error {
		for _, v := range self.Flush() {
			st.answer(v, nil)
		}
		return nil
	}},
	{"how many", func(self *proc.Self[any], st *receiver) error {
		info, _ := self.ID().Info()
		st.say("has %d", info.Mailbox)
		return nil
	}},
	{"timer", func(self *proc.Self[any], st *receiver) error {
		st.refs = append(st.refs, proc.StartTimer(self, 0))
		return nil
	}},
	{"after", func(self *proc.Self[any], st *receiver) error {
		st.refs = append(st.refs, proc.SendAfter(self, 0, proc.PidFor[packet](self), packet{9, 9}))
		return nil
	}},
	{"cancel", func(self *proc.Self[any], st *receiver) error {
		if len(st.refs) > 0 {
			st.say("cancelled %t", proc.CancelTimer(self, st.refs[0]))
		}
		return nil
	}},
	{"monitor", func(self *proc.Self[any], st *receiver) error {
		st.downs = append(st.downs, self.Monitor(st.senders[0].ID))
		return nil
	}},
	{"demonitor", func(self *proc.Self[any], st *receiver) error {
		if len(st.downs) > 0 {
			self.Demonitor(st.downs[0])
		}
		return nil
	}},
	{"with monitor", func(self *proc.Self[any], st *receiver) error {
		v, err := proc.ReceiveWithMonitor(self, st.senders[0].ID, sel.Message[packet]())
		st.answer(v, err)
		if errors.As(err, new(proc.OtherProcessNotRunning)) {
			return nil
		}
		return unlessOver(err)
	}},
	{"self", func(self *proc.Self[any], st *receiver) error {
		proc.PidFor[letter](self).Send(letter{8, 8})
		return nil
	}},
	{"yield", func(self *proc.Self[any], st *receiver) error { return unlessOver(self.Yield()) }},
	{"reply", func(self *proc.Self[any], st *receiver) error {
		if len(st.held) > 0 {
			st.say("live %t", st.held[0].Live())
			st.held[0].Reply("late")
			st.held = st.held[1:]
		}
		return nil
	}},
	{"refuse", func(self *proc.Self[any], st *receiver) error {
		v, err := proc.ReceiveWithin(self, 0, sel.Or(anything(sel.Message[asking]()), anything(sel.Message[packet]())))
		if err == nil {
			st.say("refuses %T", v)
			proc.Refuse(self, v)
		}
		return unlessOver(err)
	}},
	{"predicate yields", func(self *proc.Self[any], st *receiver) error {
		v, err := proc.ReceiveWithin(self, time.Second, sel.Or(anything(sel.Message[letter]()), anything(sel.Message[packet]())).Where(func(v any) bool {
			st.say("sees %v", v)
			_ = self.Yield()
			return true
		}))
		st.answer(v, err)
		return unlessOver(err)
	}},
	{"hibernating", func(self *proc.Self[any], st *receiver) error {
		v, err := proc.ReceiveOrHibernate(self, time.Second, sel.Or(anything(sel.Message[letter]()), anything(sel.Message[postcard]())), nil)
		if errors.As(err, new(proc.TimeoutInterrupt)) || err == nil {
			st.answer(v, err)
		}
		return err
	}},
	{"case hibernating", func(self *proc.Self[any], st *receiver) error {
		s := sel.Or(sel.Raw[packet](), sel.Raw[asking](), anything(sel.Message[letter]().Where(func(l letter) bool { return l.n == 0 })))
		which, v, err := self.ReceiveCase(-1, &s, -1)
		if err == nil {
			st.say("case %d", which)
			st.answer(v, err)
		}
		return err
	}},
	{"exit", func(self *proc.Self[any], st *receiver) error { return errors.New("enough") }},
}

func newMailProgram(r *rand.Rand) mailProgram {
	p := mailProgram{late: r.IntN(3) == 0, hook: r.IntN(4) == 0, loop: r.IntN(3) == 0}
	if r.IntN(4) == 0 {
		p.bound, p.drop = 1+r.IntN(2), r.IntN(2) == 0
	}
	for range 2 {
		var sends []int
		for range 1 + r.IntN(3)/2 {
			s := r.IntN(len(allSends))
			if r.IntN(2) == 0 {
				s = r.IntN(3)
			}
			sends = append(sends, s)
		}
		p.senders = append(p.senders, sends)
	}
	for range 1 + r.IntN(4) {
		p.looks = append(p.looks, r.IntN(len(allReceives)))
	}
	return p
}

func (p mailProgram) String() string {
	var b strings.Builder
	for _, s := range p.senders {
		for _, i := range s {
			fmt.Fprintf(&b, "%s, ", allSends[i])
		}
		b.WriteString("| ")
	}
	for _, i := range p.looks {
		fmt.Fprintf(&b, "%s, ", allReceives[i].name)
	}
	fmt.Fprintf(&b, "late %t bound %d drop %t hook %t loop %t", p.late, p.bound, p.drop, p.hook, p.loop)
	return b.String()
}

func (p mailProgram) run(s *Sim) string {
	var lost []string
	var opts []proc.Option
	if p.hook {
		opts = append(opts, proc.WithDeadLetters(func(l proc.DeadLetter) { lost = append(lost, fmt.Sprintf("%T %s", l.Message, l.Reason)) }))
	}
	sys := s.System(opts...)
	said := make([]strings.Builder, 1+len(p.senders))
	name := proc.NewName[letter]("name")
	say := func(i int) func(format string, args ...any) {
		return func(format string, args ...any) { fmt.Fprintf(&said[i], format+"; ", args...) }
	}
	st := &receiver{say: say(0)}
	step := func(self *proc.Self[any], i int) error {
		return allReceives[p.looks[i]].take(self, st)
	}
	loop := proc.NewLoop(func(self *proc.Self[any], i *int) error {
		if *i >= len(p.looks) {
			return proc.ExitNormally{}
		}
		err := step(self, *i)
		if err == proc.Hibernate {
			return err
		}
		*i++
		return err
	})
	var spawnOpts []proc.SpawnOption
	if p.bound > 0 {
		overflow := proc.Reject
		if p.drop {
			overflow = proc.DropOldest
		}
		spawnOpts = append(spawnOpts, proc.Bounded(p.bound, overflow))
	}
	reader := proc.Spawn(sys, func(self *proc.Self[any]) error {
		pid := self.Pid()
		letters, packets := proc.PidFor[letter](self), proc.PidFor[packet](self)
		for from, sends := range p.senders {
			st.senders = append(st.senders, proc.Spawn(self, func(me *proc.Self[int]) error {
				say := say(1 + from)
				for n, what := range sends {
					switch allSends[what] {
					case "letter":
						letters.Send(letter{from, n})
					case "postcard":
						pid.Send(postcard{from, n})
					case "packet":
						packets.Send(packet{from, n})
					case "nil":
						pid.Send(nil)
					case "pointer":
						pid.Send(&letter{from, n})
					case "try letter":
						say("%T", letters.TrySend(letter{from, n}))
					case "try packet":
						say("%T", packets.TrySend(packet{from, n}))
					case "ask":
						got, err := proc.CallWithin(me, 2*time.Second, pid, func(r proc.ReplyTo[string]) any { return asking{r} })
						say("%s %T", got, err)
					case "order":
						got, err := proc.CallWithin(me, 2*time.Second, pid, func(r proc.ReplyTo[string]) any { return ordering{r} })
						say("%s %T", got, err)
					case "ask at once":
						_, err := proc.CallWithin(me, 0, pid, func(r proc.ReplyTo[string]) any { return asking{r} })
						say("%T", err)
					case "interrupt":
						pid.ID.Interrupt(proc.ErrorInterrupt{Err: fmt.Errorf("by %d", from)})
					case "wait packet":
						say("%T", packets.SendContext(me, packet{from, n}))
					case "to name":
						say("registered %T", proc.Register(me, name, letters))
						proc.Named(me, name).Send(letter{from, n})
					case "via":
						proc.Via(me, func() (proc.Pid[postcard], bool) {
							return proc.Contramap(pid, func(p postcard) any { return p }), pid.Alive()
						}).Send(postcard{from, n})
					case "shutdown":
						pid.Shutdown(proc.ExitNormally{})
					case "yield":
						_ = me.Yield()
					case "task":
						_, err := proc.Go(me, func(ctx context.Context) (int, error) { packets.Send(packet{from, n}); return 1, nil }).Await(me)
						say("task %T", err)
					case "link":
						say("%T", me.Link(pid.ID))
					case "forward":
						helper := proc.Spawn(me, func(h *proc.Self[proc.ReplyTo[string]]) error {
							r, err := h.Receive()
							r.Reply("forwarded")
							pid.Send(packet{from, n})
							return err
						})
						got, err := proc.CallWithin(me, time.Second, helper, func(r proc.ReplyTo[string]) proc.ReplyTo[string] { return r.Delegate() })
						say("%s %T", got, err)
					case "kill":
						pid.ID.Kill()
					}
				}
				return nil
			}))
		}
		if p.late {
			if err := self.Sleep(time.Minute); unlessOver(err) != nil {
				return err
			}
		}
		if p.loop {
			return loop.Enter(0)
		}
		for i := range p.looks {
			if err := step(self, i); err != nil {
				return err
			}
		}
		return nil
	}, spawnOpts...)
	s.Sleep(time.Hour)
	reader.Send(letter{7, 7})
	s.Sleep(time.Hour)
	var b strings.Builder
	for i := range said {
		fmt.Fprintf(&b, "%d: %s\n", i, said[i].String())
	}
	fmt.Fprintf(&b, "%t %v %v", reader.Alive(), reader.Reason(), lost)
	return b.String()
}

// What chance finds, exploring finds.
func TestExhaustive_NothingIsMissedOfAnyReceive(t *testing.T) {
	random := rand.New(rand.NewPCG(70, *flagSeed))
	programs, most := 30, 4000
	if testing.Short() {
		programs = 10
	}
	if *flagRuns != 0 {
		programs = *flagRuns
	}
	compared, all, taken := 0, 0, 0
	for range programs {
		p := newMailProgram(random)
		var opts []Option
		if random.IntN(2) == 0 {
			opts = append(opts, Instant())
		}
		got, want := make(map[string]bool), make(map[string]bool)
		c := newCheck(t, func(s *Sim) { got[p.run(s)] = true }, append(slices.Clone(opts), Exhaustive(Schedules(most)), Isolated()))
		if r := c.explore(); r != nil {
			t.Errorf("%s\n%s", p, r.String())
			continue
		}
		if c.explored.unfinished {
			continue
		}
		compared++
		all += len(got)
		taken += c.explored.runs
		c = newCheck(t, func(s *Sim) { want[p.run(s)] = true }, opts)
		c.runs, c.asked = 250, 0
		if r := c.sweep(); r != nil {
			t.Errorf("%s\n%s", p, r.String())
			continue
		}
		for end := range want {
			if !got[end] {
				t.Errorf("%s\ninstant %t\nmissed %s\ngot    %q", p, len(opts) > 0, end, slices.Sorted(maps.Keys(got)))
			}
		}
	}
	t.Logf("%d programs with %d ends, in %d schedules", compared, all, taken)
	require.NotZero(t, compared)
}
