package probe_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/probe"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
	"github.com/harkgo/hark/pkg/sim"
)

// everywhere runs a test in production, in a bubble, and in a simulation.
func everywhere(t *testing.T, test func(t probe.TB, sys *proc.System)) {
	with := func(t *testing.T) {
		sys := proc.NewSystem(proc.WithLogger(zerolog.Nop()))
		t.Cleanup(func() { require.NoError(t, sys.Stop(context.Background())) })
		test(t, sys)
	}
	t.Run("production", with)
	t.Run("synctest", func(t *testing.T) { synctest.Test(t, with) })
	t.Run("sim", func(t *testing.T) {
		sim.Check(t, func(s *sim.Sim) { test(s, s.System()) }, sim.Runs(100))
	})
}

// failing is a test that may fail.
type failing struct {
	probe.TB
	said string
}

var errFailNow = errors.New("FailNow")

func (f *failing) Errorf(format string, args ...any) { f.said += fmt.Sprintf(format, args...) }
func (f *failing) FailNow()                          { panic(errFailNow) }

// fails demands that a test fails, and returns what it has said.
func fails(t *testing.T, test func(t probe.TB, sys *proc.System)) string {
	t.Helper()
	var said string
	synctest.Test(t, func(t *testing.T) {
		sys := proc.NewSystem(proc.WithLogger(zerolog.Nop()))
		t.Cleanup(func() { require.NoError(t, sys.Stop(context.Background())) })
		f := &failing{TB: t}
		require.PanicsWithValue(t, errFailNow, func() { test(f, sys) })
		said = f.said
	})
	return said
}

type request struct {
	n     int
	reply proc.ReplyTo[int]
}

var errBroken = errors.New("broken")

func TestExpect(t *testing.T) {
	everywhere(t, func(t probe.TB, sys *proc.System) {
		p := probe.New[any](t, sys)
		for _, m := range []any{1, "a", 2, "b", nil} {
			p.Pid().Send(m)
		}
		require.Equal(t, "a", probe.Expect(p, sel.Message[string]()))
		require.Equal(t, 2, probe.Expect(p, sel.Message[int]().Where(func(n int) bool { return n > 1 })))
		require.Equal(t, 1, p.Next())
		require.Equal(t, "b", p.Next())
		require.Nil(t, p.Next())
		p.ExpectNothing(time.Millisecond)
		p.ExpectNothing(0)
	})
}

// What a probe expects may come later, from others.
func TestExpect_Later(t *testing.T) {
	everywhere(t, func(t probe.TB, sys *proc.System) {
		p := probe.New[string](t, sys)
		proc.Spawn(sys, func(self *proc.Self[int]) error {
			err := self.Sleep(20 * time.Millisecond)
			p.Pid().Send("late")
			return err
		})
		probe.ExpectNo(p, time.Millisecond, sel.Message[string]())
		require.Equal(t, "late", p.Next())
	})
}

func TestExpectDown(t *testing.T) {
	everywhere(t, func(t probe.TB, sys *proc.System) {
		p, other := probe.New[string](t, sys), probe.New[string](t, sys)
		ref := p.Monitor(other.ID())
		p.Pid().Send("before")
		other.End(errBroken)
		down := p.ExpectDown(other.ID())
		require.Equal(t, ref, down.Ref)
		require.ErrorIs(t, down.Reason, errBroken)

		require.ErrorIs(t, p.ExpectDown(other.ID()).Reason, errBroken) // again, and long ago
		require.Equal(t, "before", p.Next())

		p.Monitor(other.ID())
		probe.Expect(p, sel.Message[proc.ProcessDown]())
		require.ErrorIs(t, p.ExpectDown(other.ID()).Reason, errBroken)
		p.ExpectNothing(0)
	})
}

func TestExpectInterrupt(t *testing.T) {
	everywhere(t, func(t probe.TB, sys *proc.System) {
		p, other := probe.New[string](t, sys), probe.New[string](t, sys)
		p.Link(other.ID())
		p.ID().Interrupt(proc.NormalExitRequested{})
		p.Pid().Send("message")
		other.End(errBroken)
		crash := probe.ExpectInterrupt[proc.LinkedProcessCrashed](p)
		require.Equal(t, other.ID(), crash.ID)
		require.ErrorIs(t, crash, errBroken)
		require.Equal(t, "message", p.Next())
		probe.ExpectInterrupt[proc.NormalExitRequested](p)
		p.ExpectNothing(0)

		p.ID().Interrupt(proc.TimeoutInterrupt{After: time.Hour}) // is no end of a limit
		p.Pid().Send("after")
		require.Equal(t, "after", p.Next())
		require.Equal(t, time.Hour, probe.ExpectInterrupt[proc.TimeoutInterrupt](p).After)
	})
}

// An interrupt may come while the probe waits.
func TestExpectInterrupt_Later(t *testing.T) {
	everywhere(t, func(t probe.TB, sys *proc.System) {
		p := probe.New[string](t, sys)
		later := func(f func()) {
			proc.Spawn(sys, func(self *proc.Self[int]) error {
				err := self.Sleep(20 * time.Millisecond)
				f()
				return err
			})
		}
		later(func() { p.ID().Interrupt(proc.ErrorInterrupt{Err: errBroken}) })
		require.ErrorIs(t, probe.ExpectInterrupt[proc.InterruptReason](p), errBroken)
		later(func() {
			p.ID().Interrupt(proc.NormalExitRequested{})
			p.Pid().Send("message")
		})
		require.Equal(t, "message", p.Next())
		probe.ExpectInterrupt[proc.NormalExitRequested](p)
	})
}

func TestCalls(t *testing.T) {
	everywhere(t, func(t probe.TB, sys *proc.System) {
		client, server := probe.New[string](t, sys), probe.New[request](t, sys)
		ask := func(r proc.ReplyTo[int]) request { return request{7, r} }
		answer := probe.Ask(client, server.Pid(), ask)
		got := server.Next()
		require.Equal(t, 7, got.n)
		got.reply.Reply(8)
		require.Equal(t, 8, answer.Reply())

		answer = probe.Ask(client, server.Pid(), ask)
		server.Next()
		server.End(errBroken)
		_, err := answer.Result()
		require.ErrorIs(t, err, errBroken)

		real := proc.Spawn(sys, func(self *proc.Self[request]) error {
			m, err := self.Receive()
			m.reply.Reply(m.n + 1)
			return err
		})
		require.Equal(t, 8, probe.Call(client, real, ask))
	})
}

// What a probe sends is sent by it, in order, and its end comes after all that.
func TestSend(t *testing.T) {
	everywhere(t, func(t probe.TB, sys *proc.System) {
		from, to := probe.New[string](t, sys), probe.New[int](t, sys)
		to.Monitor(from.ID())
		probe.Send(from, to.Pid(), 1)
		from.Do(func(*proc.Self[string]) { to.Pid().Send(2) })
		from.End(nil)
		to.ExpectDown(from.ID())
		require.Equal(t, 1, to.Next())
		require.Equal(t, 2, to.Next())
	})
}

func TestBegin(t *testing.T) {
	everywhere(t, func(t probe.TB, sys *proc.System) {
		p := probe.New[string](t, sys)
		var got error
		wait := p.Begin(func(self *proc.Self[string]) { got = self.Sleep(time.Hour) })
		p.ID().Interrupt(proc.ErrorInterrupt{Err: errBroken})
		wait()
		require.ErrorIs(t, got, errBroken)
		p.ExpectNothing(0)
	})
}

// A probe is a process: it can be owned, named, and ended by others.
func TestProbe_IsAProcess(t *testing.T) {
	everywhere(t, func(t probe.TB, sys *proc.System) {
		name := proc.NewName[string]("probe")
		p := probe.New[string](t, sys, proc.Registered(name), proc.Titled("p"))
		proc.Named(sys, name).Send("by name")
		require.Equal(t, "by name", p.Next())
		var child *probe.Probe[int]
		p.Do(func(self *proc.Self[string]) { child = probe.New[int](t, self, proc.Owned()) })
		p.ID().Shutdown(proc.ExitNormallyWith{Detail: "enough"})
		require.Equal(t, proc.ExitNormallyWith{Detail: "enough"}, p.ExpectEnd())
		child.ExpectEnd()
	})
}

func TestFailures(t *testing.T) {
	for name, test := range map[string]struct {
		body func(t probe.TB, p *probe.Probe[any], sys *proc.System)
		says []string
	}{
		"Expect": {func(t probe.TB, p *probe.Probe[any], sys *proc.System) {
			p.Pid().Send("small talk")
			p.Pid().Send(request{n: 3})
			p.ID().Interrupt(proc.NormalExitRequested{})
			probe.Expect(p.Within(time.Minute), sel.Message[int]())
		}, []string{
			"client expected a message of type int within 1m0s, and it has not come\n    in its mailbox, the oldest first:\n        string  \"small talk\"\n        probe_test.request  {n:3 ",
			"interrupts that nobody has expected:\n        proc.NormalExitRequested  ", "\n    at probe_test.go:"}},
		"nothing there": {func(t probe.TB, p *probe.Probe[any], sys *proc.System) {
			probe.Expect(p, sel.OneOf(sel.Message[int](), sel.Case(func(s string) string { return s })))
		}, []string{"expected a message of type int that is selected or of type string that is selected within 10s, and it has not come\n    its mailbox is empty\n"}},
		"other patterns": {func(t probe.TB, p *probe.Probe[any], sys *proc.System) {
			one, _ := new(sel.MessageSelector[int]).Index()
			p.Pid().Send(1)
			probe.Expect(p, sel.Except(sel.Pattern{Kind: sel.Everything}, one))
		}, []string{"expected a message of another type"}},
		"no message": {func(t probe.TB, p *probe.Probe[any], sys *proc.System) {
			probe.Expect(p, sel.None[int]())
		}, []string{"expected a message that no selector accepts"}},
		"any message": {func(t probe.TB, p *probe.Probe[any], sys *proc.System) {
			p.Next()
		}, []string{"expected a message of any type within 10s"}},
		"ExpectDown": {func(t probe.TB, p *probe.Probe[any], sys *proc.System) {
			p.ExpectDown(probe.New[int](t, sys, proc.Titled("other")).ID())
		}, []string{"client expected the end of !2 within 10s, and has not been told of it"}},
		"ExpectInterrupt": {func(t probe.TB, p *probe.Probe[any], sys *proc.System) {
			p.ID().Interrupt(proc.NormalExitRequested{})
			probe.ExpectInterrupt[proc.LinkedProcessCrashed](p)
		}, []string{"client expected to be interrupted with a proc.LinkedProcessCrashed within 10s, and was not", "proc.NormalExitRequested"}},
		"ExpectNo": {func(t probe.TB, p *probe.Probe[any], sys *proc.System) {
			p.Pid().Send("a")
			p.Pid().Send(7)
			probe.ExpectNo(p, time.Second, sel.Message[int]())
		}, []string{"client expected not to get a message of type int for 1s, and has got 7"}},
		"ExpectNothing": {func(t probe.TB, p *probe.Probe[any], sys *proc.System) {
			p.Pid().Send(nil)
			p.ExpectNothing(time.Second)
		}, []string{"client expected nothing for 1s, and something has come", "<nil>"}},
		"ExpectNothing: an interrupt": {func(t probe.TB, p *probe.Probe[any], sys *proc.System) {
			p.ID().Interrupt(proc.NormalExitRequested{})
			p.ExpectNothing(time.Second)
		}, []string{"client expected nothing for 1s", "proc.NormalExitRequested"}},
		"ExpectEnd": {func(t probe.TB, p *probe.Probe[any], sys *proc.System) {
			p.ExpectEnd()
		}, []string{"client expected to be ended within 10s, and was not"}},
		"it has ended": {func(t probe.TB, p *probe.Probe[any], sys *proc.System) {
			p.ID().Shutdown(proc.ExitNormallyWith{Detail: "enough"})
			p.Next()
		}, []string{"cannot do what the test wants: ", "enough"}},
		"a selector panics": {func(t probe.TB, p *probe.Probe[any], sys *proc.System) {
			p.Pid().Send(1)
			probe.Expect(p, sel.Message[int]().Where(func(int) bool { panic("oh") }))
		}, []string{"cannot do what the test wants: ", "oh"}},
		"two at once": {func(t probe.TB, p *probe.Probe[any], sys *proc.System) {
			go p.ExpectEnd() // commands nothing
			done := make(chan bool)
			go func() { p.Do(func(self *proc.Self[any]) { <-done }) }()
			synctest.Wait()
			defer close(done)
			p.Next()
		}, []string{"client is commanded by two goroutines at once"}},
		"Reply": {func(t probe.TB, p *probe.Probe[any], sys *proc.System) {
			server := probe.New[request](t, sys)
			answer := probe.Ask(p, server.Pid(), func(r proc.ReplyTo[int]) request { return request{1, r} })
			server.End(errBroken)
			answer.Reply()
		}, []string{"client expected an answer of !2 within 10s: ", "broken"}},
		"Link": {func(t probe.TB, p *probe.Probe[any], sys *proc.System) {
			p.Link(proc.ID{})
		}, []string{"client could not link with"}},
		"New": {func(t probe.TB, p *probe.Probe[any], sys *proc.System) {
			name := proc.NewName[int]("taken")
			probe.New[int](t, sys, proc.Registered(name))
			probe.New[int](t, sys, proc.Registered(name))
		}, []string{"a probe does not start: "}},
	} {
		t.Run(name, func(t *testing.T) {
			said := fails(t, func(t probe.TB, sys *proc.System) {
				test.body(t, probe.New[any](t, sys, proc.Titled("client")), sys)
			})
			for _, text := range test.says {
				require.Contains(t, said, text)
			}
		})
	}
}

// A long message is shown in part.
func TestFailures_LongMessages(t *testing.T) {
	said := fails(t, func(t probe.TB, sys *proc.System) {
		p := probe.New[any](t, sys)
		p.Pid().Send(make([]int, 1000))
		probe.Expect(p, sel.Message[string]())
	})
	require.Less(t, len(said), 600)
	require.Contains(t, said, "…")
}

// A test that leaves its probe in something endless is told so.
func TestCleanUp_Stuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := proc.NewSystem(proc.WithLogger(zerolog.Nop()))
		f := &failing{TB: t}
		stuck := make(chan bool)
		t.Cleanup(func() {
			require.Contains(t, f.said, "has not ended with the test")
			close(stuck)
			require.NoError(t, sys.Stop(context.Background()))
		})
		p := probe.New[any](f, sys)
		go func() {
			defer func() { require.Equal(t, errFailNow, recover()) }() // the probe has been killed
			p.Do(func(*proc.Self[any]) { <-stuck })
		}()
		synctest.Wait()
	})
}

// The end of whoever has a name: of the first, and of its successor.
func TestProbe_ExpectDownOfAName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := proc.NewSystem()
		t.Cleanup(func() { require.NoError(t, sys.Stop(context.Background())) })
		name := proc.NewName[int]("worker")
		named := proc.Named(sys, name)
		p := probe.New[string](t, sys)
		require.Equal(t, named.ID, p.ExpectDown(named.ID).ID) // nobody has it
		for range 2 {
			pid := proc.Spawn(sys, func(self *proc.Self[int]) error { _, err := self.Receive(); return err }, proc.Registered(name))
			p.Monitor(named.ID)
			pid.Send(1)
			require.Equal(t, pid.ID, p.ExpectDown(named.ID).ID)

			pid = proc.Spawn(sys, func(self *proc.Self[int]) error { _, err := self.Receive(); return err }, proc.Registered(name))
			time.AfterFunc(time.Second, func() { pid.Send(1) })
			require.Equal(t, pid.ID, p.ExpectDown(named.ID).ID)
		}
	})
}
