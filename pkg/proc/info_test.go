package proc_test

import (
	"io"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

var infoName = proc.NewName[any]("info_test")

// infoOf is the Info of a live process.
func infoOf(w *harness.World, id proc.ID) proc.Info {
	w.Helper()
	info, ok := id.Info()
	require.True(w, ok)
	require.Equal(w, id, info.ID)
	return info
}

// infoDo is a process that runs the functions that are sent to it.
func infoDo(self *proc.Self[func(proc.Receiver)]) error {
	for f, err := range self.Messages() {
		if err != nil {
			return err
		}
		f(self)
	}
	return nil
}

// S6: Info shows title, name, details and parent.
func TestS6_TitleNameDetailsParent(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		children := make(chan proc.ID, 1)
		parent := proc.Spawn(s, func(self *proc.Self[any]) error {
			self.SetDetails("first")
			self.SetDetails("handling order 7")
			children <- proc.Spawn(self, systemIdle, proc.Titled("child")).ID
			_, err := self.Receive()
			return err
		}, proc.Titled("an earlier title"), proc.Titled("shop"), proc.Registered(infoName))
		child := harness.Value(w, children)
		w.Settle()
		info := infoOf(w, parent.ID)
		require.Equal(w, "shop", info.Title)
		require.Equal(w, "info_test", info.Name)
		require.Equal(w, "handling order 7", info.Details)
		require.Equal(w, proc.ID{}, info.Parent)
		require.Empty(w, info.Stack)

		info = infoOf(w, child)
		require.Equal(w, "child", info.Title)
		require.Empty(w, info.Name)
		require.Empty(w, info.Details)
		require.Equal(w, parent.ID, info.Parent)

		named, ok := proc.Named(s, infoName).Info()
		require.True(w, ok)
		require.Equal(w, parent.ID, named.ID)
		_, ok = proc.ID{}.Info()
		require.False(w, ok)
	})
}

// Decided: a process may have several names; Info shows the first.
func TestDecided_InfoNameIsTheFirst(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		pid := proc.Spawn(s, systemIdle)
		second := proc.NewName[string]("info_test_second")
		require.NoError(w, proc.Register(s, proc.NewName[string]("info_test_first"), pid))
		require.NoError(w, proc.Register(s, second, pid))
		w.Settle()
		require.Equal(w, "info_test_first", infoOf(w, pid.ID).Name)
	})
}

// S6: the state says what a process is at, and since when.
func TestS6_StateAndSince(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		release, done := make(chan struct{}), make(chan struct{}, 10)
		defer close(release)
		forever := proc.Spawn(s, systemIdle)
		silent := proc.Spawn(s, callHold(make(chan callAsk, 10)))
		for name, c := range map[string]struct {
			state proc.State
			do    func(self *proc.Self[string]) error
		}{
			"busy":     {proc.Busy, func(*proc.Self[string]) error { <-release; return nil }},
			"Receive":  {proc.Receiving, systemIdle},
			"Sleep":    {proc.Sleeping, func(self *proc.Self[string]) error { return self.Sleep(1000 * time.Hour) }},
			"Call":     {proc.Calling, func(self *proc.Self[string]) error { return callMake(self, callForever, silent, 1).err }},
			"AwaitEnd": {proc.Awaiting, func(self *proc.Self[string]) error { self.AwaitEnd(forever.ID, -1); return nil }},
			"ReceiveWithin": {proc.Receiving, func(self *proc.Self[string]) error {
				_, err := proc.ReceiveWithin(self, 1000*time.Hour, sel.Message[int]())
				return err
			}},
			"the end of its owned processes": {proc.Awaiting, func(self *proc.Self[string]) error {
				started := make(chan struct{})
				proc.Spawn(self, func(child *proc.Self[string]) error {
					defer func() { <-release }()
					close(started)
					return systemIdle(child)
				}, proc.Owned())
				<-started
				return nil
			}},
			"unwinding": {proc.ShuttingDown, func(self *proc.Self[string]) error {
				defer func() { <-release }()
				self.ID().Shutdown(proc.ExitNormally{})
				return self.Yield()
			}},
		} {
			before := s.Now()
			pid := proc.Spawn(s, func(self *proc.Self[string]) error {
				defer func() { done <- struct{}{} }()
				if err := self.Sleep(3 * time.Millisecond); err != nil {
					return err
				}
				return c.do(self)
			}, proc.Titled(name))
			w.Eventually(name, func() bool {
				info, ok := pid.Info()
				return ok && info.State == c.state && (info.State != proc.Sleeping || info.Since.After(before))
			})
			info := infoOf(w, pid.ID)
			require.False(w, info.Since.Before(before), name)
			require.False(w, info.Since.After(s.Now()), name)
			if w.Bubble && name != "busy" { // a process is busy since it woke or since it began
				require.WithinDuration(w, before.Add(3*time.Millisecond), info.Since, 0, name)
			}
		}
	})
}

// Each state has a name of its own.
func TestS6_StatesHaveNames(t *testing.T) {
	seen := map[string]proc.State{}
	for _, state := range []proc.State{
		proc.Booting, proc.Busy, proc.Receiving, proc.Sleeping, proc.Calling, proc.Awaiting, proc.ShuttingDown,
	} {
		require.NotEmpty(t, state.String())
		require.NotContains(t, seen, state.String())
		seen[state.String()] = state
	}
	require.NotEmpty(t, proc.State(99).String())
}

// infoOrder is a message type of a program's own.
type infoOrder struct{ N int }

// S6, Decided: the mailbox is counted by dynamic type, under the names that
// reflection gives them: what has been set aside, what has not, and what the
// runtime sends.
func TestS6_MailboxByType(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		send := func(to proc.Pid[any]) {
			for i := range 3 {
				to.Send(i)
				to.Send(infoOrder{i})
			}
			to.Send(&infoOrder{})
			to.Send([]string{"a"})
		}
		once := map[string]int{"int": 3, "proc_test.infoOrder": 3, "*proc_test.infoOrder": 1, "[]string": 1}
		twice := map[string]int{"int": 6, "proc_test.infoOrder": 6, "*proc_test.infoOrder": 2, "[]string": 2}
		release, busy := make(chan struct{}), make(chan struct{}, 1)
		pid := proc.Spawn(s, func(self *proc.Self[any]) error {
			if _, err := proc.Receive(self, sel.Equal("get busy")); err != nil { // sets the rest aside
				return err
			}
			busy <- struct{}{}
			<-release
			for range 6 {
				if _, err := proc.Receive(self, sel.Message[int]()); err != nil {
					return err
				}
			}
			_, err := proc.Receive(self, sel.Equal("end"))
			return err
		})
		check := func(want map[string]int) {
			w.Helper()
			info := infoOf(w, pid.ID)
			total := 0
			for _, n := range want {
				total += n
			}
			require.Equal(w, total, info.Mailbox)
			require.Equal(w, want, info.ByType)
		}
		w.Settle()
		require.Empty(w, infoOf(w, pid.ID).ByType)
		require.Zero(w, infoOf(w, pid.ID).Mailbox)
		send(pid)
		w.Settle()
		check(once) // not woken by them
		pid.Send("get busy")
		harness.Value(w, busy)
		check(once) // set aside
		send(pid)
		w.Arrive()
		check(twice) // one half set aside, the other not
		close(release)
		w.Settle()
		delete(twice, "int")
		check(twice)
	})
}

// S6: TimerElapsed and ProcessDown that wait are counted under their types.
func TestS6_MailboxOfWhatTheRuntimeSends(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		pid := proc.Spawn(s, func(self *proc.Self[any]) error {
			proc.StartTimer(self, time.Millisecond)
			proc.SpawnMonitor(self, func(*proc.Self[string]) error { return nil })
			proc.SpawnMonitor(self, func(*proc.Self[string]) error { return io.EOF })
			_, err := proc.Receive(self, sel.Equal("end"))
			return err
		})
		w.Eventually("all have come", func() bool { return infoOf(w, pid.ID).Mailbox == 3 })
		require.Equal(w, map[string]int{"proc.TimerElapsed": 1, "proc.ProcessDown": 2}, infoOf(w, pid.ID).ByType)
	})
}

// S6: links and monitors, from both ends; they are gone when removed.
func TestS6_LinksAndMonitors(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		a, b, c := proc.Spawn(s, infoDo), proc.Spawn(s, infoDo), proc.Spawn(s, infoDo)
		links := func(pid proc.Pid[func(proc.Receiver)]) []proc.ID { return infoOf(w, pid.ID).Links }
		w.Settle()
		require.Empty(w, links(a))
		require.Zero(w, infoOf(w, a.ID).Monitors)

		errs := make(chan error, 3)
		a.Send(func(p proc.Receiver) { errs <- p.Link(b.ID); errs <- p.Link(c.ID); errs <- p.Link(b.ID) })
		for range 3 {
			require.NoError(w, harness.Value(w, errs))
		}
		require.ElementsMatch(w, []proc.ID{b.ID, c.ID}, links(a))
		require.Equal(w, []proc.ID{a.ID}, links(b))
		require.Equal(w, []proc.ID{a.ID}, links(c))

		// the two monitor each other, so each has one, seen from either end
		refs := make(chan proc.MonitorRef, 1)
		b.Send(func(p proc.Receiver) { refs <- p.Monitor(a.ID) })
		harness.Value(w, refs)
		a.Send(func(p proc.Receiver) { refs <- p.Monitor(b.ID) })
		ref := harness.Value(w, refs)
		require.Equal(w, 1, infoOf(w, a.ID).Monitors)
		require.Equal(w, 1, infoOf(w, b.ID).Monitors)
		require.Zero(w, infoOf(w, c.ID).Monitors)

		a.Send(func(p proc.Receiver) { p.Unlink(b.ID); p.Demonitor(ref) })
		c.Interrupt(proc.NormalExitRequested{}) // ends it normally
		harness.Ended(w, c.ID)
		w.Settle()
		require.Empty(w, links(a))
		require.Empty(w, links(b))
		b.Kill()
		harness.Ended(w, b.ID)
		require.Zero(w, infoOf(w, a.ID).Monitors)
	})
}

// S6: Processes lists the live ones, each once, also while they come and go; the
// killed whose goroutines are left are listed as abandoned instead.
func TestS6_ProcessesAndAbandoned(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		listed := func() (ids []proc.ID) {
			for info := range s.Processes() {
				ids = append(ids, info.ID)
			}
			return ids
		}
		abandoned := func() (ids []proc.ID) {
			for info := range s.Abandoned() {
				ids = append(ids, info.ID)
			}
			return ids
		}
		require.Empty(w, listed())
		var want []proc.ID
		for range 20 {
			want = append(want, proc.Spawn(s, systemIdle).ID)
		}
		release := make(chan struct{})
		stuck := systemStuck(s, "stuck", release)
		require.ElementsMatch(w, append(slices.Clone(want), stuck.ID), listed())
		want[0].Kill()
		harness.Ended(w, want[0])
		require.ElementsMatch(w, append(slices.Clone(want[1:]), stuck.ID), listed())
		for range s.Processes() { // may be left early
			break
		}

		w.Eventually("it is stuck", func() bool { return infoOf(w, stuck.ID).State == proc.Busy })
		stuck.Kill()
		require.ElementsMatch(w, want[1:], listed())
		w.Eventually("only it is abandoned", func() bool { return slices.Equal(abandoned(), []proc.ID{stuck.ID}) })
		close(release)
		w.Eventually("it has gone", func() bool { return len(abandoned()) == 0 })
	})
}
