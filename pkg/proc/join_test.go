package proc_test

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

// joined is what Join returned, and whether Done was closed then.
type joined struct {
	reason proc.ShutdownReason
	err    error
	done   bool
	took   time.Duration
}

// joinFrom joins id in one of the ways to call.
func joinFrom(s *proc.System, way callWay, id proc.ID) <-chan joined {
	results := make(chan joined, 1)
	way.start(s, func(ctx context.Context) {
		start := time.Now()
		reason, err := proc.Join(ctx, id)
		got := joined{reason: reason, err: err, took: time.Since(start)}
		select {
		case <-id.Done():
			got.done = true
		default:
		}
		results <- got
	})
	return results
}

// Join returns the reason of the process, whatever it is, when Done is closed.
func TestDecided_JoinReturnsTheReason(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for _, ending := range callEndings {
			for _, way := range callWays() {
				release := make(chan struct{})
				pid := proc.Spawn(s, func(self *proc.Self[callAsk]) error {
					<-release
					return ending.end(self)
				})
				result := joinFrom(s, way, pid.ID)
				again := joinFrom(s, way, pid.ID)
				close(release)
				for _, r := range []<-chan joined{result, again, joinFrom(s, way, pid.ID)} {
					got := harness.Value(w, r)
					require.NoError(w, got.err, "the process %s; %s", ending.name, way.name)
					require.True(w, ending.is(got.reason), "%T", got.reason)
					require.True(w, got.done)
				}
			}
		}
	})
}

// Decided: Join waits for Done: until its owned processes have ended too.
func TestDecided_JoinWaitsForDone(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		started, unwinding, release := make(chan struct{}, 1), make(chan struct{}, 1), make(chan struct{})
		pid := proc.Spawn(s, func(self *proc.Self[string]) error {
			proc.Spawn(self, func(child *proc.Self[string]) error {
				defer func() {
					unwinding <- struct{}{}
					<-release
				}()
				started <- struct{}{}
				_, err := child.Receive()
				return err
			}, proc.Owned())
			_, err := self.Receive()
			if err == nil {
				err = io.EOF
			}
			return err
		})
		harness.Value(w, started)
		result := joinFrom(s, callWays()[0], pid.ID)
		pid.Send("end")
		harness.Value(w, unwinding)
		require.Empty(w, result)
		close(release)
		got := harness.Value(w, result)
		require.NoError(w, got.err)
		require.ErrorIs(w, got.reason, io.EOF)
		require.True(w, got.done)
	})
}

// Decided: Join of a zero, dead or unregistered id returns at once.
func TestDecided_JoinOfNobodyReturnsAtOnce(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		dead := proc.Spawn(s, func(*proc.Self[callAsk]) error { return io.EOF })
		harness.Ended(w, dead.ID)
		for _, way := range callWays() {
			for name, id := range map[string]proc.ID{
				"zero":         {},
				"dead":         dead.ID,
				"unregistered": proc.Named(s, callName).ID,
				"not found":    proc.Via(s, func() (proc.Pid[callAsk], bool) { return proc.Pid[callAsk]{}, false }).ID,
			} {
				got := harness.Value(w, joinFrom(s, way, id))
				require.NoError(w, got.err, "%s, %s", name, way.name)
				require.NotNil(w, got.reason, "%s, %s", name, way.name)
				if w.Bubble {
					require.Zero(w, got.took)
				}
				switch name {
				case "dead":
					require.ErrorIs(w, got.reason, io.EOF)
				default:
					require.IsType(w, proc.ExitUnknown{}, got.reason, name)
				}
			}
		}
	})
}

// Join has no limit but its ctx: the call timeout is for calls.
func TestDecided_JoinHasNoTimeout(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System(proc.WithCallTimeout(time.Millisecond))
		wait := 20 * time.Millisecond
		if w.Bubble {
			wait = 100 * time.Hour
		}
		pid := proc.Spawn(s, func(self *proc.Self[string]) error { return self.Sleep(wait) })
		var results []<-chan joined
		for _, base := range callBases {
			results = append(results, joinFrom(s, base, pid.ID))
		}
		for _, result := range results {
			got := harness.Value(w, result)
			require.NoError(w, got.err)
			require.IsType(w, proc.ExitNormally{}, got.reason)
		}
	})
}

// Join is no monitor: when it has been interrupted nothing of it comes later.
func TestDecided_InterruptedJoinLeavesNothing(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		target := proc.Spawn(s, callHold(make(chan callAsk, 1)))
		errs, left, ready := make(chan error, 1), make(chan []any, 1), make(chan struct{}, 1)
		pid := proc.Spawn(s, func(self *proc.Self[string]) error {
			ready <- struct{}{}
			_, err := proc.Join(self, target.ID)
			errs <- err
			if _, err := self.Receive(); err != nil {
				return err
			}
			left <- self.Flush()
			return nil
		})
		harness.Value(w, ready)
		w.Settle()
		info, _ := target.Info()
		require.Zero(w, info.Mailbox)
		pid.Interrupt(proc.InterruptedBy{Value: 1})
		require.Equal(w, proc.InterruptedBy{Value: 1}, harness.Value(w, errs))
		target.Kill()
		harness.Ended(w, target.ID)
		pid.Send("go on")
		require.Empty(w, harness.Value(w, left))
	})
}

// I3: a shutdown of a process that joins unwinds it.
func TestDecided_ShutdownEndsAJoin(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		target := proc.Spawn(s, callHold(make(chan callAsk, 1)))
		for _, c := range callAsProcess {
			ready, returned := make(chan struct{}, 1), make(chan error, 1)
			pid := proc.Spawn(s, func(self *proc.Self[string]) error {
				ctx, cancel := c.derive(self)
				defer cancel()
				ready <- struct{}{}
				_, err := proc.Join(ctx, target.ID)
				returned <- err
				return nil
			})
			harness.Value(w, ready)
			w.Settle()
			pid.Shutdown(proc.ExitUnhandledError{Err: errCallBroken})
			require.ErrorIs(w, harness.Ended(w, pid.ID), errCallBroken)
			require.Empty(w, returned)
		}
	})
}

// F5: any number of processes may be stuck in their own code; others go on.
func TestF5_StuckProcessesStarveNobody(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		const stuck = 2000
		s := w.System()
		release, started := make(chan struct{}), make(chan struct{}, stuck)
		for range stuck {
			proc.Spawn(s, func(*proc.Self[string]) error {
				started <- struct{}{}
				<-release
				return nil
			})
		}
		for range stuck {
			harness.Value(w, started)
		}
		server := proc.Spawn(s, callDouble)
		r := harness.Value(w, callBases[0].from(s, 0, server, 3))
		require.NoError(w, r.err)
		require.Equal(w, 6, r.value)
		close(release)
	})
}

// F5: two processes that ask a third, idle one both get their answers, with
// many others waiting in calls meanwhile.
func TestF5_AskingTheSameIdleProcess(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		const clients = 500
		s := w.System()
		held := make(chan callAsk, clients)
		silent, idle := proc.Spawn(s, callHold(held)), proc.Spawn(s, callDouble)
		var waiting []<-chan callResult
		for range clients {
			waiting = append(waiting, callBases[0].from(s, callForever, silent, 1))
		}
		var asks []callAsk
		for range clients {
			asks = append(asks, harness.Value(w, held))
		}
		first, second := callBases[0].from(s, 0, idle, 1), callBases[0].from(s, 0, idle, 2)
		require.Equal(w, 2, harness.Value(w, first).value)
		require.Equal(w, 4, harness.Value(w, second).value)
		for _, ask := range asks {
			ask.Reply.Reply(9)
		}
		for _, r := range waiting {
			got := harness.Value(w, r)
			require.NoError(w, got.err)
			require.Equal(w, 9, got.value)
		}
	})
}
