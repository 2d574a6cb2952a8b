package sim

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// The small races at the core of proc itself, each over many schedules, and each
// in both models of delivery.

func kernel(t *testing.T, body func(s *Sim)) {
	t.Helper()
	t.Run("queues", func(t *testing.T) { Check(t, body) })
	t.Run("instant", func(t *testing.T) { Check(t, body, Instant()) })
}

// seen counts what has happened in any of the runs of a kernel: a race of which only
// one side ever wins has not been looked at.
type seen map[string]int

func (s seen) all(t *testing.T, what ...string) {
	t.Helper()
	for _, w := range what {
		require.Positive(t, s[w], "%s has never happened: %v", w, s)
	}
}

// crasher is a process that crashes when it is told to.
func crasher(s *Sim, sys *proc.System) proc.Pid[string] {
	pid := proc.Spawn(sys, func(self *proc.Self[string]) error {
		if _, err := self.Receive(); err != nil {
			return err
		}
		return io.EOF
	}, proc.Titled("crasher"))
	return pid
}

// enders are the ways in which the other side of a race ends.
var enders = map[string]func(pid proc.Pid[string]){
	"crash":    func(pid proc.Pid[string]) { pid.Send("crash") },
	"shutdown": func(pid proc.Pid[string]) { pid.Shutdown(proc.ExitUnhandledError{Err: io.EOF}) },
	"kill":     func(pid proc.Pid[string]) { pid.Kill() },
}

func eachEnd(t *testing.T, test func(t *testing.T, end func(proc.Pid[string]))) {
	for name, end := range enders {
		t.Run(name, func(t *testing.T) { test(t, end) })
	}
}

// L2, L1: whether one links just before or just after the end, one hears of it once.
func TestKernel_LinkAgainstExit(t *testing.T) {
	eachEnd(t, func(t *testing.T, end func(proc.Pid[string])) {
		happened := make(seen)
		kernel(t, func(s *Sim) {
			sys := s.System()
			other := crasher(s, sys)
			s.Go(func() { end(other) })
			linker := proc.Spawn(sys, func(self *proc.Self[string]) error {
				heard := 0
				if err := self.Link(other.ID); err != nil {
					happened["link says so"]++
					heard++
				}
				if err := self.Sleep(time.Second); err != nil {
					happened["an interrupt says so"]++
					heard++
					_, ok := errors.AsType[proc.LinkedProcessCrashed](err)
					require.True(s, ok, "%T", err)
				}
				require.NoError(s, self.Sleep(time.Second), "a second interrupt")
				require.Equal(s, 1, heard)
				return nil
			}, proc.Titled("linker"))
			_, err := proc.Join(s.Context(), linker.ID)
			require.NoError(s, err)
		})
		happened.all(t, "link says so", "an interrupt says so")
	})
}

// L5: no interrupt of a link comes after Unlink has returned.
func TestKernel_UnlinkAgainstExit(t *testing.T) {
	eachEnd(t, func(t *testing.T, end func(proc.Pid[string])) {
		happened := make(seen)
		kernel(t, func(s *Sim) {
			sys := s.System()
			unlinker := proc.Spawn(sys, func(self *proc.Self[string]) error {
				other := crasher(s, sys)
				require.NoError(s, self.Link(other.ID))
				s.Go(func() { end(other) })
				for range 5 {
					if err := self.Yield(); err != nil {
						happened["before"]++
						return nil
					}
				}
				self.Unlink(other.ID)
				happened["after"]++
				require.NoError(s, self.Yield())
				require.NoError(s, self.Sleep(time.Second))
				return nil
			}, proc.Titled("unlinker"))
			_, err := proc.Join(s.Context(), unlinker.ID)
			require.NoError(s, err)
		})
		happened.all(t, "before", "after")
	})
}

// L2, L3: each monitor sends one Down, with the true reason, whenever it is made.
func TestKernel_MonitorAgainstExit(t *testing.T) {
	eachEnd(t, func(t *testing.T, end func(proc.Pid[string])) {
		kernel(t, func(s *Sim) {
			sys := s.System()
			other := crasher(s, sys)
			s.Go(func() { end(other) })
			watcher := proc.Spawn(sys, func(self *proc.Self[string]) error {
				ref := self.Monitor(other.ID)
				down, err := proc.Receive(self, sel.Message[proc.ProcessDown]())
				require.NoError(s, err)
				require.Equal(s, ref, down.Ref)
				require.Equal(s, other.Reason(), down.Reason)
				require.False(s, other.Alive())
				_, err = proc.ReceiveWithin(self, time.Second, sel.Any())
				require.Error(s, err, "a second message")
				return nil
			}, proc.Titled("watcher"))
			_, err := proc.Join(s.Context(), watcher.ID)
			require.NoError(s, err)
		})
	})
}

// L3: after Demonitor no Down is received, be it queued or on its way.
func TestKernel_DemonitorAgainstExit(t *testing.T) {
	eachEnd(t, func(t *testing.T, end func(proc.Pid[string])) {
		happened := make(seen)
		kernel(t, func(s *Sim) {
			sys := s.System()
			watcher := proc.Spawn(sys, func(self *proc.Self[string]) error {
				other := crasher(s, sys)
				ref := self.Monitor(other.ID)
				s.Go(func() { end(other) })
				if err := self.Yield(); err != nil {
					return err
				}
				if other.Alive() {
					happened["before the end"]++
				} else {
					happened["after the end"]++
				}
				self.Demonitor(ref)
				_, err := proc.ReceiveWithin(self, 0, sel.Any())
				require.Error(s, err, "a Down in the mailbox")
				_, err = proc.ReceiveWithin(self, time.Second, sel.Any())
				require.Error(s, err, "a Down")
				return nil
			}, proc.Titled("watcher"))
			_, err := proc.Join(s.Context(), watcher.ID)
			require.NoError(s, err)
		})
		happened.all(t, "before the end", "after the end")
	})
}

// M2: the Down of a process comes after all that it sent, also if somebody else kills
// it while that is under way.
func TestKernel_DownAfterTheMessages(t *testing.T) {
	happened := make(seen)
	kernel(t, func(s *Sim) {
		sys := s.System()
		got, sent := 0, 0 // sent: while it lived
		down := false
		watcher := proc.Spawn(sys, func(self *proc.Self[int]) error {
			sender, _ := proc.SpawnMonitor(self, func(sender *proc.Self[string]) error {
				for i := range 5 {
					self.Pid().Send(i)
					if sender.ID().Alive() {
						sent = i + 1
					}
				}
				return nil
			}, proc.Titled("sender"))
			s.Go(sender.Kill)
			either := sel.OneOf(sel.Message[int](), sel.Message[proc.ProcessDown]())
			for {
				m, err := proc.ReceiveWithin(self, time.Second, either)
				if err != nil {
					return nil
				}
				if _, ok := m.Right(); ok {
					down = true
					require.GreaterOrEqual(s, got, sent, "a message after the Down")
					if sent > 0 && sent < 5 {
						happened["killed in between"]++
					}
					continue
				}
				n, _ := m.Left()
				require.Equal(s, got, n)
				got++
			}
		}, proc.Titled("watcher"))
		_, err := proc.Join(s.Context(), watcher.ID)
		require.NoError(s, err)
		require.True(s, down)
	})
	happened.all(t, "killed in between")
}

// C6: if CancelTimer says true nothing of the timer is received; if it says false of
// a timer that was not received it will not be either.
func TestKernel_CancelAgainstFire(t *testing.T) {
	happened := make(seen)
	kernel(t, func(s *Sim) {
		sys := s.System()
		owner := proc.Spawn(sys, func(self *proc.Self[string]) error {
			timer := proc.StartTimer(self, time.Second)
			sent := proc.SendAfter(self, time.Second, self.Pid(), "tick")
			if err := self.Sleep(time.Second); err != nil {
				return err
			}
			if self.Rand().IntN(2) == 0 {
				_ = self.Yield()
			}
			info, _ := self.ID().Info()
			if info.Mailbox > 0 {
				happened["queued"]++
			} else {
				happened["not fired"]++
			}
			require.True(s, proc.CancelTimer(self, timer))
			require.True(s, proc.CancelTimer(self, sent))
			require.False(s, proc.CancelTimer(self, sent))
			_, err := proc.ReceiveWithin(self, time.Minute, sel.Any())
			require.Error(s, err)
			return nil
		}, proc.Titled("owner"))
		_, err := proc.Join(s.Context(), owner.ID)
		require.NoError(s, err)
	})
	happened.all(t, "queued", "not fired")
}

// C1, C2, C3: a call ends with its own reply, with the death of the server, or with
// its limit; a late reply is nobody's; one that was sent before the end counts.
func TestKernel_CallAgainstReplyTimeoutAndDeath(t *testing.T) {
	type ask struct {
		n     int
		reply proc.ReplyTo[int]
	}
	happened := make(seen)
	kernel(t, func(s *Sim) {
		sys := s.System()
		replied := make(map[int]bool)
		server := proc.Spawn(sys, func(self *proc.Self[ask]) error {
			for m, err := range self.Messages() {
				if err != nil || self.Sleep(time.Second) != nil {
					return err
				}
				live := m.reply.Live()
				m.reply.Reply(m.n)
				replied[m.n] = live
			}
			return nil
		}, proc.Titled("server"))
		client := proc.Spawn(sys, func(self *proc.Self[string]) error {
			for n := range 3 {
				got, err := proc.CallWithin(self, time.Second, server, func(r proc.ReplyTo[int]) ask { return ask{n, r} })
				_, late := errors.AsType[proc.TimeoutInterrupt](err)
				_, dead := errors.AsType[proc.OtherProcessNotRunning](err)
				switch {
				case err == nil:
					happened["reply"]++
					require.Equal(s, n, got)
				case late:
					happened["timeout"]++
				case dead:
					happened["death"]++
					require.ErrorIs(s, err, io.EOF)
					require.False(s, replied[n], "the reply was sent before the server died")
				default:
					require.NoError(s, err)
				}
			}
			info, _ := self.ID().Info()
			require.Zero(s, info.Mailbox)
			return nil
		}, proc.Titled("client"))
		s.Go(func() {
			s.Sleep(time.Duration(1+s.Rand().IntN(3)) * time.Second)
			server.Shutdown(proc.ExitUnhandledError{Err: io.EOF})
		})
		_, err := proc.Join(s.Context(), client.ID)
		require.NoError(s, err)
	})
	happened.all(t, "reply", "timeout", "death")
}

// L4, L9: racing kills, shutdowns and ends of an owner leave nothing behind, and
// everybody is told the same.
func TestKernel_KillsOfATree(t *testing.T) {
	kernel(t, func(s *Sim) {
		sys := s.System()
		name := proc.NewName[string]("owner")
		watcher := proc.Spawn(sys, func(self *proc.Self[string]) error {
			var child proc.ID
			owner, ref := proc.SpawnMonitor(self, func(owner *proc.Self[string]) error {
				child = proc.Spawn(owner, func(c *proc.Self[string]) error {
					_, err := c.Receive()
					return err
				}, proc.Owned(), proc.Titled("child")).ID
				_, err := owner.Receive()
				return err
			}, proc.Titled("owner"), proc.Registered(name))
			s.Go(owner.Kill)
			s.Go(owner.Kill)
			s.Go(func() { owner.Shutdown(proc.ExitUnhandledError{Err: io.EOF}) })
			down, err := proc.Receive(self, proc.SelectDown(ref))
			require.NoError(s, err)
			require.Equal(s, owner.Reason(), down.Reason)
			require.False(s, child.Alive(), "the child outlives its owner")
			_, found := proc.Whereis(sys, name)
			require.False(s, found, "the name is not free")
			return nil
		}, proc.Titled("watcher"))
		_, err := proc.Join(s.Context(), watcher.ID)
		require.NoError(s, err)
	})
}

// An idle process of a Loop that has no goroutine: no message is lost when it gives
// its goroutine up, and gets another one.
func TestKernel_HandOverOfAnIdleLoop(t *testing.T) {
	loop := proc.NewLoop(func(self *proc.Self[int], got *[]int) error {
		for {
			n, err := proc.ReceiveOrHibernate(self, -1, sel.Message[int](), nil)
			if err != nil {
				return err
			}
			if *got = append(*got, n); n == 3 {
				for i, n := range *got {
					if i != n {
						return errors.New("out of order")
					}
				}
				return nil
			}
		}
	})
	kernel(t, func(s *Sim) {
		sys := s.System()
		pid := proc.Spawn(sys, func(self *proc.Self[int]) error { return loop.Enter(nil) }, proc.Titled("loop"))
		s.Go(func() {
			for n := range 4 {
				s.Sleep(100 * time.Millisecond) // as long as it is warm
				pid.Send(n)
			}
		})
		reason, err := proc.Join(s.Context(), pid.ID)
		require.NoError(s, err)
		require.Equal(s, proc.ExitNormally{}, reason)
	})
}
