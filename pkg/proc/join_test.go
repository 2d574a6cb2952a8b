package proc_test

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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
	everywhere(t, func(w *world) {
		s := w.system()
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
					got := value(w, r)
					require.NoError(w.T, got.err, "the process %s; %s", ending.name, way.name)
					require.True(w.T, ending.is(got.reason), "%T", got.reason)
					require.True(w.T, got.done)
				}
			}
		}
	})
}

// Decided: Join waits for Done: until its owned processes have ended too.
func TestDecided_JoinWaitsForDone(t *testing.T) {
	everywhere(t, func(w *world) {
		s := w.system()
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
		value(w, started)
		result := joinFrom(s, callWays()[0], pid.ID)
		pid.Send("end")
		value(w, unwinding)
		require.Empty(w.T, result)
		close(release)
		got := value(w, result)
		require.NoError(w.T, got.err)
		require.ErrorIs(w.T, got.reason, io.EOF)
		require.True(w.T, got.done)
	})
}

// Decided: Join of a zero, dead or unregistered id returns at once.
func TestDecided_JoinOfNobodyReturnsAtOnce(t *testing.T) {
	everywhere(t, func(w *world) {
		s := w.system()
		dead := proc.Spawn(s, func(*proc.Self[callAsk]) error { return io.EOF })
		ended(w, dead.ID)
		for _, way := range callWays() {
			for name, id := range map[string]proc.ID{
				"zero":         {},
				"dead":         dead.ID,
				"unregistered": proc.Named(s, callName).ID,
				"not found":    proc.Via(s, func() (proc.Pid[callAsk], bool) { return proc.Pid[callAsk]{}, false }).ID,
			} {
				got := value(w, joinFrom(s, way, id))
				require.NoError(w.T, got.err, "%s, %s", name, way.name)
				require.NotNil(w.T, got.reason, "%s, %s", name, way.name)
				if w.bubble {
					require.Zero(w.T, got.took)
				}
				switch name {
				case "dead":
					require.ErrorIs(w.T, got.reason, io.EOF)
				default:
					require.IsType(w.T, proc.ExitUnknown{}, got.reason, name)
				}
			}
		}
	})
}

// Join has no limit but its ctx: the call timeout is for calls.
func TestDecided_JoinHasNoTimeout(t *testing.T) {
	everywhere(t, func(w *world) {
		s := w.system(proc.WithCallTimeout(time.Millisecond))
		wait := 20 * time.Millisecond
		if w.bubble {
			wait = 100 * time.Hour
		}
		pid := proc.Spawn(s, func(self *proc.Self[string]) error { return self.Sleep(wait) })
		var results []<-chan joined
		for _, base := range callBases {
			results = append(results, joinFrom(s, base, pid.ID))
		}
		for _, result := range results {
			got := value(w, result)
			require.NoError(w.T, got.err)
			require.IsType(w.T, proc.ExitNormally{}, got.reason)
		}
	})
}

// Join is no monitor: when it has been interrupted nothing of it comes later.
func TestDecided_InterruptedJoinLeavesNothing(t *testing.T) {
	everywhere(t, func(w *world) {
		s := w.system()
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
		value(w, ready)
		w.settle()
		info, _ := target.Info()
		require.Zero(w.T, info.Mailbox)
		pid.Interrupt(proc.InterruptedBy{Value: 1})
		require.Equal(w.T, proc.InterruptedBy{Value: 1}, value(w, errs))
		target.Kill()
		ended(w, target.ID)
		pid.Send("go on")
		require.Empty(w.T, value(w, left))
	})
}

// I3: a shutdown of a process that joins unwinds it.
func TestDecided_ShutdownEndsAJoin(t *testing.T) {
	everywhere(t, func(w *world) {
		s := w.system()
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
			value(w, ready)
			w.settle()
			pid.Shutdown(proc.ExitUnhandledError{Err: errCallBroken})
			require.ErrorIs(w.T, ended(w, pid.ID), errCallBroken)
			require.Empty(w.T, returned)
		}
	})
}

// F5: any number of processes may be stuck in their own code; others go on.
func TestF5_StuckProcessesStarveNobody(t *testing.T) {
	everywhere(t, func(w *world) {
		const stuck = 2000
		s := w.system()
		release, started := make(chan struct{}), make(chan struct{}, stuck)
		for range stuck {
			proc.Spawn(s, func(*proc.Self[string]) error {
				started <- struct{}{}
				<-release
				return nil
			})
		}
		for range stuck {
			value(w, started)
		}
		server := proc.Spawn(s, callDouble)
		r := value(w, callBases[0].from(s, 0, server, 3))
		require.NoError(w.T, r.err)
		require.Equal(w.T, 6, r.value)
		close(release)
	})
}

// F5: two processes that ask a third, idle one both get their answers, with
// many others waiting in calls meanwhile.
func TestF5_AskingTheSameIdleProcess(t *testing.T) {
	everywhere(t, func(w *world) {
		const clients = 500
		s := w.system()
		held := make(chan callAsk, clients)
		silent, idle := proc.Spawn(s, callHold(held)), proc.Spawn(s, callDouble)
		var waiting []<-chan callResult
		for range clients {
			waiting = append(waiting, callBases[0].from(s, callForever, silent, 1))
		}
		var asks []callAsk
		for range clients {
			asks = append(asks, value(w, held))
		}
		first, second := callBases[0].from(s, 0, idle, 1), callBases[0].from(s, 0, idle, 2)
		require.Equal(w.T, 2, value(w, first).value)
		require.Equal(w.T, 4, value(w, second).value)
		for _, ask := range asks {
			ask.Reply.Reply(9)
		}
		for _, r := range waiting {
			got := value(w, r)
			require.NoError(w.T, got.err)
			require.Equal(w.T, 9, got.value)
		}
	})
}
