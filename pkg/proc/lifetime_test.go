package proc_test

import (
	"bytes"
	"context"
	"io"
	"math"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// The longest duration there is means for ever, and does not spoil the limits
// of the operations that follow.
func TestR4_LongestDuration(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		for name, use := range map[string]func(self *proc.Self[int]) error{
			"ReceiveWithin": func(self *proc.Self[int]) error {
				helper := self.Pid()
				proc.Go(self, func(context.Context) (int, error) { helper.Send(1); return 0, nil })
				_, err := proc.ReceiveWithin(self, math.MaxInt64, sel.Message[int]())
				return err
			},
			"CallWithin": func(self *proc.Self[int]) error {
				server := proc.Spawn(self, func(self *proc.Self[proc.ReplyTo[int]]) error {
					r, err := self.Receive()
					r.Reply(1)
					return err
				})
				_, err := proc.CallWithin(self, math.MaxInt64, server, func(r proc.ReplyTo[int]) proc.ReplyTo[int] { return r })
				return err
			},
			"Sleep": func(self *proc.Self[int]) error {
				id := self.ID()
				proc.Go(self, func(context.Context) (int, error) {
					id.Interrupt(proc.InterruptedBy{Value: "up"})
					return 0, nil
				})
				if err := self.Sleep(math.MaxInt64); err == nil {
					return io.ErrUnexpectedEOF
				}
				return nil
			},
			"AwaitEnd": func(self *proc.Self[int]) error {
				other := proc.Spawn(self, func(self *proc.Self[int]) error { return self.Sleep(time.Millisecond) })
				self.AwaitEnd(other.ID, math.MaxInt64)
				return nil
			},
		} {
			over := make(chan error, 1)
			proc.Spawn(w.System(), func(self *proc.Self[int]) error {
				if err := use(self); err != nil {
					over <- err
					return nil
				}
				over <- self.Sleep(time.Millisecond)
				return nil
			})
			w.Eventually(name+", and then a short wait", func() bool { return len(over) == 1 })
			require.NoError(w, <-over, name)
		}
	})
}

// A process may be killed, through its name, while it is being spawned: the
// others stay listed and S2 holds.
func TestI5_KillByNameDuringSpawn(t *testing.T) {
	harness.Production(t, func(w *harness.World) { // a race of real goroutines
		s := w.System(proc.WithLogger(zerolog.Nop()))
		const long = 64
		for range long {
			proc.Spawn(s, func(self *proc.Self[int]) error { return self.Sleep(time.Hour) })
		}
		name := proc.NewName[int]("brief")
		var over atomic.Bool
		killed := make(chan struct{})
		go func() {
			defer close(killed)
			for !over.Load() {
				if pid, ok := proc.Whereis(s, name); ok {
					pid.Kill()
				}
			}
		}()
		for range 200000 {
			proc.Spawn(s, func(self *proc.Self[int]) error { return nil }, proc.Registered(name))
		}
		over.Store(true)
		<-killed
		w.Eventually("the long ones are listed, and nobody else", func() bool {
			n := 0
			for range s.Processes() {
				n++
			}
			return n == long
		})
	})
}

// What is sent to, called, monitored or joined under a name whose process does
// not start, because the system stops, is not forgotten (S3, M3, L2, C1).
func TestL7_NameOfProcessThatDoesNotStart(t *testing.T) {
	harness.Production(t, func(w *harness.World) { // a race of real goroutines
		s := w.System(proc.WithLogger(zerolog.Nop()))
		require.NoError(w, s.Stop(context.Background()))
		name := proc.NewName[int]("never")
		var over atomic.Bool
		spawned := make(chan struct{})
		go func() {
			defer close(spawned)
			for !over.Load() {
				proc.Spawn(s, func(self *proc.Self[int]) error { return nil }, proc.Registered(name))
			}
		}()
		sent, found := uint64(0), 0
		var dones []<-chan struct{}
		for i := 0; i < 3000000 && found < 200; i++ {
			if pid, ok := proc.Whereis(s, name); ok {
				found++
				pid.Send(found)
				sent++
				dones = append(dones, pid.Done())
			}
		}
		over.Store(true)
		<-spawned
		for _, done := range dones {
			w.Eventually("Done is closed", func() bool {
				select {
				case <-done:
					return true
				default:
					return false
				}
			})
		}
		letters := uint64(0)
		for _, n := range s.Counters().DeadLetters {
			letters += n
		}
		require.Equal(w, sent, letters)
	})
}

// The hook for dead letters may kill: here an owner, when the mailbox of what it
// owns is lost as it is killed.
func TestDecided_HookKillsOwner(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		var owner atomic.Pointer[proc.Pid[int]]
		s := w.System(proc.WithDeadLetters(func(proc.DeadLetter) { owner.Load().Kill() }))
		ready := make(chan proc.Pid[int], 1)
		pid := proc.Spawn(s, func(self *proc.Self[int]) error {
			ready <- proc.Spawn(self, func(self *proc.Self[int]) error { return self.Sleep(time.Hour) }, proc.Owned())
			return self.Sleep(time.Hour)
		})
		owner.Store(&pid)
		harness.Value(w, ready).Send(1)
		killed := make(chan struct{})
		go func() {
			defer close(killed)
			pid.Kill()
		}()
		harness.Value(w, killed)
	}, harness.InstantOnly("a message that arrives by itself arrives between two steps, where its hook cannot wait for another kill"))
}

// The same hook when the lost message is that of a timer.
func TestDecided_HookKillsOwnerOfTimer(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		var owner atomic.Pointer[proc.Pid[int]]
		killed := make(chan struct{})
		s := w.System(proc.WithDeadLetters(func(proc.DeadLetter) {
			owner.Load().Kill()
			close(killed)
		}))
		gone := proc.Spawn(s, func(*proc.Self[int]) error { return nil })
		harness.Ended(w, gone.ID)
		started := make(chan struct{})
		pid := proc.Spawn(s, func(self *proc.Self[int]) error {
			<-started
			proc.SendEvery(self, time.Millisecond, gone, 1)
			return self.Sleep(time.Hour)
		})
		owner.Store(&pid)
		close(started)
		harness.Value(w, killed)
	})
}

// Processes of two systems may unlink each other at the same time: nothing
// happens (L6, and "ids of another system").
func TestL6_UnlinkAcrossSystems(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		body := func(other <-chan proc.ID) func(*proc.Self[int]) error {
			return func(self *proc.Self[int]) error {
				id := <-other
				for range w.Sized(200_000, 200_000, 200) {
					self.Unlink(id)
				}
				return nil
			}
		}
		toOne, toTwo := make(chan proc.ID, 1), make(chan proc.ID, 1)
		one := proc.Spawn(w.System(), body(toOne))
		two := proc.Spawn(w.System(), body(toTwo))
		toOne <- two.ID
		toTwo <- one.ID
		w.Eventually("both have ended", func() bool { return !one.Alive() && !two.Alive() })
	})
}

// L5 for a link with a process that did not start.
func TestL5_UnlinkOfNotStarted(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		name := proc.NewName[int]("taken")
		proc.Spawn(s, func(self *proc.Self[int]) error { return self.Sleep(time.Hour) }, proc.Registered(name))
		got := make(chan error, 1)
		proc.Spawn(s, func(self *proc.Self[int]) error {
			child := proc.SpawnLink(self, func(*proc.Self[int]) error { return nil }, proc.Registered(name))
			self.Unlink(child.ID)
			got <- self.Yield()
			return nil
		})
		require.NoError(w, harness.Value(w, got))
	})
}

// Killing a process that draws random numbers does not disturb what is left of
// it.
func TestI5_KillDuringRand(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for range 300 {
			drawing := make(chan struct{})
			var over atomic.Bool
			left := make(chan any, 1)
			pid := proc.Spawn(s, func(self *proc.Self[int]) error {
				defer func() { left <- recover() }()
				first := true
				for !over.Load() {
					self.Rand().IntN(7)
					if first {
						first = false
						close(drawing)
					}
				}
				return nil
			})
			<-drawing
			pid.Kill()
			over.Store(true)
			require.Nil(w, harness.Value(w, left))
		}
	})
}

// pause is a log writer that stops at the first line with a text until it may
// go on.
type pause struct {
	at        string
	there, on chan struct{}
	done      atomic.Bool
}

func (p *pause) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte(p.at)) && p.done.CompareAndSwap(false, true) {
		close(p.there)
		<-p.on
	}
	return len(b), nil
}

// What a killed process still spawns as its own is dead at once, also while the
// kill is under way.
func TestL9_SpawnOwnedDuringKill(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		at := &pause{at: "killed", there: make(chan struct{}), on: make(chan struct{})}
		s := w.System(proc.WithLogger(zerolog.New(at)))
		children := make(chan proc.Pid[int], 1)
		panicked := make(chan any, 1)
		running := make(chan struct{})
		pid := proc.Spawn(s, func(self *proc.Self[int]) error {
			defer func() { panicked <- recover() }()
			close(running)
			<-at.there
			children <- proc.Spawn(self, func(*proc.Self[int]) error { return nil }, proc.Owned())
			return nil
		})
		<-running
		go pid.Kill()
		r := harness.Value(w, panicked)
		close(at.on)
		require.Nil(w, r)
		require.Equal(w, proc.ExitKilled{}, harness.Ended(w, harness.Value(w, children).ID))
	})
}

// Who sees that a process has ended finds it counted.
func TestDecided_EndedIsCounted(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System(proc.WithLogger(zerolog.Nop()))
		last := uint64(w.Sized(20_000, 20_000, 100))
		for n := uint64(1); n <= last; n++ {
			pid := proc.Spawn(s, func(*proc.Self[int]) error { return nil })
			for pid.Alive() {
				w.GiveWay()
			}
			<-pid.Done()
			require.Equal(w, n, s.Counters().Ended)
		}
	})
}

// A server does not keep its answers alive.
func TestM6_AnswersAreNotKept(t *testing.T) {
	harness.Production(t, func(w *harness.World) { // cleanups run outside of the bubble
		type ask struct{ to proc.ReplyTo[*[1 << 16]byte] }
		s := w.System()
		var freed atomic.Int32
		server := proc.Spawn(s, func(self *proc.Self[ask]) error {
			for m, err := range self.Messages() {
				if err != nil {
					return err
				}
				answer := new([1 << 16]byte)
				runtime.AddCleanup(answer, func(int) { freed.Add(1) }, 0)
				m.to.Reply(answer)
			}
			return nil
		})
		client := proc.Spawn(s, func(self *proc.Self[int]) error {
			for range 3 {
				if _, err := proc.Call(self, server, func(r proc.ReplyTo[*[1 << 16]byte]) ask { return ask{r} }); err != nil {
					return err
				}
			}
			return nil
		})
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, client.ID))
		w.Eventually("the answers are freed", func() bool {
			runtime.GC()
			return freed.Load() >= 2 // the frame of the server may hold the last one
		})
	})
}

// A system whose Run has a process for its ctx stops when that is shut down.
func TestS1_RunInsideProcess(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		inner := make(chan proc.ID, 1)
		outer := proc.Spawn(w.System(), func(self *proc.Self[int]) error {
			return proc.Run(self, func(self *proc.Self[int]) error {
				inner <- self.ID()
				return self.Sleep(1000 * time.Hour)
			}, proc.WithLogger(zerolog.Nop()))
		})
		id := harness.Value(w, inner)
		outer.Shutdown(proc.ExitNormally{})
		harness.Ended(w, outer.ID)
		defer id.Kill()
		w.Eventually("the inner system has stopped", func() bool { return !id.Alive() })
	})
}

// A process is registered again under its own name (nil), also through a view.
func TestL8_RegisterViewAgain(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		pid := proc.Spawn(s, func(self *proc.Self[int]) error { return self.Sleep(time.Hour) })
		name := proc.NewName[string]("view")
		view := proc.Contramap(pid, func(s string) int { return len(s) })
		require.NoError(w, proc.Register(s, name, view))
		require.NoError(w, proc.Register(s, name, view))
	})
}

// A panic is forgotten if a deferred function comes to a blocking operation with
// a shutdown pending: unwinding a goroutine aborts its panic. The shutdown is the
// reason then. (Without such an operation the panic is; see
// TestDecided_APanicBeforeTheShutdownTakesEffect.)
func TestI6_PanicThenShutdownInDeferred(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		pid := proc.Spawn(w.System(), func(self *proc.Self[int]) error {
			defer func() { _ = self.Yield() }()
			self.ID().Shutdown(proc.ExitNormallyWith{Detail: "enough"})
			panic(io.EOF)
		})
		require.Equal(w, proc.ExitNormallyWith{Detail: "enough"}, harness.Ended(w, pid.ID))
	})
}

// SendContexts that have given up hold no memory of the receiver.
func TestM6_GivenUpSendersAreForgotten(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		if w.Bubble {
			return
		}
		s := w.System()
		to := proc.Spawn(s, func(self *proc.Self[int]) error { return self.Sleep(time.Hour) }, proc.Bounded(1, proc.Reject))
		to.Send(1)
		before := heap()
		for range 100000 {
			ctx, cancel := context.WithTimeout(context.Background(), time.Nanosecond)
			require.Error(w, to.SendContext(ctx, 2))
			cancel()
		}
		require.Less(w, heap(), before+4<<20)
	})
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// The owner of a process that is killed by its name while it is being spawned
// does not wait for it for ever (L9).
func TestL9_KillOwnedByNameDuringSpawn(t *testing.T) {
	harness.Production(t, func(w *harness.World) { // a race of real goroutines
		s := w.System(proc.WithLogger(zerolog.Nop()), proc.WithStopTimeout(time.Second))
		name := proc.NewName[int]("brief")
		var over atomic.Bool
		killed := make(chan struct{})
		go func() {
			defer close(killed)
			for !over.Load() {
				if pid, ok := proc.Whereis(s, name); ok {
					pid.Kill()
				}
			}
		}()
		for range 200 {
			owner := proc.Spawn(s, func(self *proc.Self[int]) error {
				proc.Spawn(self, func(self *proc.Self[int]) error { return nil }, proc.Owned())
				for range 300 {
					proc.Spawn(self, func(self *proc.Self[int]) error { return nil }, proc.Owned(), proc.Registered(name))
				}
				return nil
			})
			require.Equal(w, proc.ExitNormally{}, harness.Ended(w, owner.ID))
		}
		over.Store(true)
		<-killed
	})
}
