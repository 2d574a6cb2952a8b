package server_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
	"github.com/harkgo/hark/pkg/server"
)

// Switch is a message whose handler, whoever that is, switches.
type Switch struct{ To server.Phase }

func (Switch) message() {}

// choice is a handler, and what it is in the plainest words.
type choice struct {
	name    string
	clause  func(label string) Clause
	is      func(m Message) bool // judged by the type
	accepts func(m Message) bool // if it is
}

// written is what a handler does with what it gets.
func written(s *State, label string, m Message) error {
	s.trace.Add("%s gets %T%v", label, m, m)
	if sw, ok := m.(Switch); ok {
		return server.To(sw.To)
	}
	return nil
}

func of[T Message](name string) choice {
	return choice{name, func(label string) Clause {
		return server.On(func(s *State, _ *Self, m T) error { return written(s, label, m) })
	}, func(m Message) bool { _, ok := m.(T); return ok }, func(Message) bool { return true }}
}

func selecting[T Message](name string, keep func(T) bool) choice {
	return choice{name, func(label string) Clause {
		return server.OnSelect(sel.Message[T]().Where(keep), func(s *State, _ *Self, m T) error { return written(s, label, m) })
	}, func(m Message) bool { _, ok := m.(T); return ok }, func(m Message) bool { return keep(m.(T)) }}
}

var choices = []choice{
	of[Red]("Red"), of[Green]("Green"), of[Blue]("Blue"), of[Switch]("Switch"), of[Numbered]("Numbered"),
	{"each", func(label string) Clause {
		return server.On(func(s *State, _ *Self, m Message) error { return written(s, label, m) })
	}, func(Message) bool { return true }, func(Message) bool { return true }},
	selecting("even Red", func(r Red) bool { return r.N%2 == 0 }),
	selecting("odd Numbered", func(n Numbered) bool { return n.number()%2 == 1 }),
	selecting("high Green", func(g Green) bool { return g.N > 4 }),
	selecting("no Blue", func(Blue) bool { return false }),
	{"Red or even Green", func(label string) Clause {
		one := sel.Map(sel.Message[Red](), func(r Red) Message { return r })
		two := sel.With(func(g Green) (Message, bool) { return g, g.N%2 == 0 })
		return server.OnSelect(sel.Or(one, two), func(s *State, _ *Self, m Message) error { return written(s, label, m) })
	}, func(m Message) bool {
		switch m.(type) {
		case Red, Green:
			return true
		}
		return false
	}, func(m Message) bool { g, ok := m.(Green); return !ok || g.N%2 == 0 }},
}

// patience is the timeout of a phase.
type patience struct {
	d    time.Duration
	next server.Phase // empty: it stays
}

// model is a server as a list that is searched from its beginning.
type model struct {
	timeouts map[server.Phase]patience
	now      time.Duration
	due      time.Duration // when the present stay is to be over; 0: it is not, or has been

	phases   []server.Phase
	handlers map[server.Phase][]labelled // those of the phase, then those of all
	refuses  bool

	present server.Phase
	mailbox []Message // once it has run what is in it waits for another phase
	trace   []string
	ended   bool
}

type labelled struct {
	choice
	label string
}

// step handles one message, and reports false if there is none to be handled.
func (m *model) step() bool {
	if m.ended {
		return false
	}
	for i, message := range m.mailbox {
		for _, h := range m.handlers[m.present] {
			if !h.is(message) || !h.accepts(message) {
				continue
			}
			m.mailbox = slices.Delete(m.mailbox, i, i+1)
			m.trace = append(m.trace, fmt.Sprintf("%s gets %T%v", h.label, message, message))
			if sw, ok := message.(Switch); ok {
				m.enter(sw.To)
			}
			return true
		}
		if m.refuses && !m.known(message) {
			m.mailbox = slices.Delete(m.mailbox, i, i+1)
			m.trace = append(m.trace, fmt.Sprintf("refused %T%v", message, message))
			return true
		}
	}
	return false
}

// enter enters a phase, if it is another one.
func (m *model) enter(phase server.Phase) {
	if phase != m.present {
		m.present = phase
		m.ended = !slices.Contains(m.phases, phase)
		m.begin()
	}
}

// begin begins a stay in the present phase.
func (m *model) begin() {
	m.due = 0
	if t, ok := m.timeouts[m.present]; ok {
		m.due = m.now + t.d
	}
}

// pass lets time pass, with nothing to be done at its beginning.
func (m *model) pass(d time.Duration) {
	for until := m.now + d; ; {
		for m.step() {
		}
		if m.ended || m.due == 0 || m.due > until {
			m.now = until
			return
		}
		m.now, m.due = m.due, 0
		m.trace = append(m.trace, fmt.Sprintf("late in %s", m.present))
		if next := m.timeouts[m.present].next; next != "" {
			m.enter(next)
		}
	}
}

// known reports whether a handler of some phase is for the type of a message.
func (m *model) known(message Message) bool {
	for _, phase := range m.phases {
		for _, h := range m.handlers[phase] {
			if h.is(message) {
				return true
			}
		}
	}
	return false
}

// drawServer draws a description and the model of it.
func drawServer(rt *rapid.T) (Server, *model) {
	m := &model{handlers: map[server.Phase][]labelled{}, refuses: rapid.Bool().Draw(rt, "refuses")}
	drawn := rapid.SliceOfNDistinct(rapid.SampledFrom(choices), 0, 4, func(c choice) string { return c.name })
	var clauses []Clause
	draw := func(label string) (all []labelled, made []Clause) {
		for _, c := range drawn.Draw(rt, label) {
			name := label + "/" + c.name
			all, made = append(all, labelled{c, name}), append(made, c.clause(name))
		}
		return all, made
	}
	common, made := draw("all")
	clauses = append(clauses, made...)
	for i := range rapid.IntRange(0, 3).Draw(rt, "phases") {
		phase := server.Phase(fmt.Sprint("phase ", i))
		own, made := draw(string(phase))
		m.phases = append(m.phases, phase)
		m.handlers[phase] = append(own, common...)
		clauses = append(clauses, server.In(phase, made...))
	}
	if m.phases == nil {
		m.phases = []server.Phase{""}
		m.handlers[""] = common
	}
	m.present = m.phases[0]
	clauses = append(clauses, m.drawTimeouts(rt)...)
	var s Server
	func() {
		defer func() {
			if recover() != nil {
				rt.Skip("a handler is never reached")
			}
		}()
		s = server.New((*State).begin, clauses...)
	}()
	if !m.refuses {
		s.Unhandled(server.Leave)
	}
	return s, m
}

// drawTimeouts draws the timeouts of some phases, or of all. They are never due when
// anything else happens.
func (m *model) drawTimeouts(rt *rapid.T) (made []Clause) {
	m.timeouts = map[server.Phase]patience{}
	one := func(label string) (patience, Clause) {
		t := patience{d: time.Duration(rapid.IntRange(1, 12).Draw(rt, label+" timeout"))*15*time.Millisecond + time.Microsecond}
		var next error
		if m.phases[0] != "" && rapid.Bool().Draw(rt, label+" leads on") {
			t.next = rapid.SampledFrom(m.phases).Draw(rt, label+" next")
			next = server.To(t.next)
		}
		return t, server.OnTimeout(t.d, late(next))
	}
	if rapid.Bool().Draw(rt, "common timeout") {
		common, clause := one("all")
		made = append(made, clause)
		for _, phase := range m.phases {
			m.timeouts[phase] = common
		}
	}
	for _, phase := range m.phases {
		if phase != "" && rapid.Bool().Draw(rt, string(phase)+" timeout") {
			own, clause := one(string(phase))
			m.timeouts[phase], made = own, append(made, server.In(phase, clause))
		}
	}
	m.begin()
	return made
}

// drawMessage draws a message or, instead of one, how long to wait: a while that may
// be enough to hibernate.
func drawMessage(rt *rapid.T, m *model) any {
	n := rapid.IntRange(0, 9).Draw(rt, "n")
	switch rapid.IntRange(0, 9).Draw(rt, "type") {
	case 0, 1:
		return Red{n}
	case 2, 3:
		return Green{n}
	case 4, 5:
		return Blue{n}
	case 6:
		return nil
	case 7:
		if n == 0 {
			return Switch{"nowhere"}
		}
		return time.Duration(n) * 30 * time.Millisecond
	}
	return Switch{rapid.SampledFrom(m.phases).Draw(rt, "to")}
}

// Random descriptions and random messages: a server handles the same as a list that
// is searched from its beginning, in the same order, whenever it hibernates; and of its
// stays in a phase those are over in time that have not ended before.
func TestV2_AServerIsAListThatIsSearched(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		of, m := drawServer(rt)
		var program []any
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			program = append(program, drawMessage(rt, m))
		}
		together := rapid.IntRange(0, 1).Draw(rt, "together")
		trace := new(Trace)
		var info proc.Info
		var alive bool
		synctest.Test(t, func(t *testing.T) {
			s := proc.NewSystem(proc.WithLogger(zerolog.Nop()), proc.WithDeadLetters(func(l proc.DeadLetter) {
				if l.Reason == "refused" {
					trace.Add("refused %T%v", l.Message, l.Message)
				}
			}))
			defer func() { require.NoError(t, s.Stop(context.Background())) }()
			pid, err := of.Start(context.Background(), s, trace)
			require.NoError(t, err)
			for _, step := range program {
				if d, ok := step.(time.Duration); ok {
					time.Sleep(d)
					continue
				}
				message, _ := step.(Message)
				pid.Send(message)
				if together == 0 {
					synctest.Wait()
				}
			}
			synctest.Wait()
			info, alive = pid.Info()
		})
		for _, step := range program {
			if d, ok := step.(time.Duration); ok {
				m.pass(d)
			} else {
				message, _ := step.(Message)
				m.mailbox = append(m.mailbox, message)
			}
		}
		m.pass(0)
		require.Equal(rt, m.trace, trace.Take())
		require.Equal(rt, m.ended, !alive)
		if alive {
			require.Equal(rt, len(m.mailbox), info.Mailbox)
			require.Equal(rt, string(m.present), info.Details)
		}
	})
}
