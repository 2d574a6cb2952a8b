package server_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/server"
)

// Message is what the servers of these tests are for.
type Message interface{ message() }

type (
	Self   = proc.Self[Message]
	Clause = server.Clause[State, Message]

	// Order is what a test has a server do.
	Order func(s *State, self *Self) error

	// Red, Green and Blue are messages to be handled, or not.
	Red   struct{ N int }
	Green struct{ N int }
	Blue  struct{ N int }

	// Ask is a request, Keep one that is answered later, Odd one that nobody
	// handles unless a test says so.
	Ask  struct{ server.Request[int] }
	Keep struct{ server.Request[int] }
	Odd  struct{ server.Request[int] }
)

func (Order) message()     {}
func (Red) message()       {}
func (Green) message()     {}
func (Blue) message()      {}
func (*Ask) message()      {}
func (*Keep) message()     {}
func (*Odd) message()      {}
func (r Red) number() int  { return r.N }
func (b Blue) number() int { return b.N }

// Numbered are Red and Blue.
type Numbered interface {
	Message
	number() int
}

// State is that of a server of these tests. It writes down what happens.
type State struct {
	trace *Trace
	kept  []server.Request[int]
}

func (s *State) begin(_ *Self, t *Trace) error    { s.trace = t; return nil }
func (s *State) order(self *Self, do Order) error { return do(s, self) }
func (s *State) red(_ *Self, m Red) error         { s.trace.Add("red %d", m.N); return nil }
func (s *State) green(_ *Self, m Green) error     { s.trace.Add("green %d", m.N); return nil }
func (s *State) blue(_ *Self, m Blue) error       { s.trace.Add("blue %d", m.N); return nil }
func (s *State) numbered(_ *Self, m Numbered) error {
	s.trace.Add("numbered %d", m.number())
	return nil
}
func (s *State) ask(*Self, *Ask) (int, error)          { return 42, nil }
func (s *State) keep(_ *Self, k *Keep) error           { s.kept = append(s.kept, k.Request); return nil }
func (s *State) finally(*Self)                         { s.trace.Add("finally") }
func (s *State) entered(_ *Self, p server.Phase) error { s.trace.Add("enter %s", p); return nil }

// Trace is what has happened, in order.
type Trace struct {
	mu  sync.Mutex
	all []string
}

func (t *Trace) Add(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all = append(t.all, fmt.Sprintf(format, args...))
}

// Take returns what there is, and forgets it.
func (t *Trace) Take() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := t.all
	t.all = nil
	return slices.Clip(all)
}

// Len is how much there is.
func (t *Trace) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.all)
}

// Server describes servers that take orders.
type Server = *server.Server[State, Message, *Trace]

// describe makes a description of a server that takes orders in every phase.
func describe(clauses ...Clause) Server {
	return server.New((*State).begin, append(clauses, server.On((*State).order))...)
}

// start starts a server, whose trace is the one returned.
func start(w *harness.World, host proc.Host, of Server, opts ...proc.SpawnOption) (proc.Pid[Message], *Trace) {
	w.Helper()
	t := new(Trace)
	pid, err := of.Start(context.Background(), host, t, opts...)
	require.NoError(w, err)
	return pid, t
}

// order has a server do something, and passes on what that returns.
func order[T any](pid proc.Pid[Message], f func(s *State, self *Self) T) <-chan T {
	got := make(chan T, 1)
	pid.Send(Order(func(s *State, self *Self) error { got <- f(s, self); return nil }))
	return got
}

// flush waits until a server has handled what has been sent to it.
func flush(w *harness.World, pid proc.Pid[Message]) {
	w.Helper()
	harness.Value(w, order(pid, func(*State, *Self) struct{} { return struct{}{} }))
}

// leave makes a server end with err.
func leave(pid proc.Pid[Message], err error) {
	pid.Send(Order(func(*State, *Self) error { return err }))
}

// to makes a server switch.
func to(pid proc.Pid[Message], phase server.Phase) { leave(pid, server.To(phase)) }

// rest waits until a server needs no goroutine, where that can be seen.
func rest(w *harness.World, before int) {
	w.Helper()
	w.Settle()
	w.Eventually("the servers have no goroutines", func() bool { return harness.Goroutines() <= before })
}

// askKept calls a server with a request that it keeps, from a goroutine of its own.
func askKept(w *harness.World, pid proc.Pid[Message]) <-chan outcome {
	return harness.Async(w, func() outcome {
		n, err := server.CallWithin(context.Background(), -1, pid, new(Keep))
		return outcome{n, err}
	})
}

type outcome struct {
	n   int
	err error
}

var (
	errBroken = errors.New("broken")
	errPoor   = errors.New("insufficient funds")
)

// reasonOf is the reason with which an error says that another process has ended.
func reasonOf(w *harness.World, err error) proc.ShutdownReason {
	w.Helper()
	gone, ok := errors.AsType[proc.OtherProcessNotRunning](err)
	require.True(w, ok, "%v", err)
	return gone.Reason
}
