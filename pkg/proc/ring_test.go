package proc_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// ringVisit asks a process to call on along Next, and is answered with what the
// call further along ended with.
type ringVisit struct {
	Next  []proc.Pid[ringVisit]
	Reply proc.ReplyTo[error]
}

// ringForward calls the first of next with the rest.
func ringForward(ctx context.Context, next []proc.Pid[ringVisit]) error {
	if len(next) == 0 {
		return nil
	}
	further, err := proc.CallWithin(ctx, callForever, next[0], func(r proc.ReplyTo[error]) ringVisit {
		return ringVisit{Next: next[1:], Reply: r}
	})
	if err != nil {
		return err
	}
	return further
}

// ringNode is a process that forwards visits, with what derive makes of self.
func ringNode(derive func(context.Context) (context.Context, context.CancelFunc)) func(*proc.Self[ringVisit]) error {
	return func(self *proc.Self[ringVisit]) error {
		ctx, cancel := derive(self)
		defer cancel()
		for visit, err := range self.Messages() {
			if err != nil {
				return err
			}
			visit.Reply.Reply(ringForward(ctx, visit.Next))
		}
		return nil
	}
}

// ringVisits starts a visit of pids, one calling the next, from outside.
func ringVisits(w *harness.World, pids ...proc.Pid[ringVisit]) error {
	w.Helper()
	errs := make(chan error, 1)
	go func() { errs <- ringForward(context.Background(), pids) }()
	return harness.Value(w, errs)
}

// ringIs holds that err is the failure of a ring with exactly these members, in
// the order in which each waits for the next one.
func ringIs(w *harness.World, err error, members ...proc.ID) {
	w.Helper()
	interrupt, ok := err.(proc.ErrorInterrupt)
	require.True(w, ok, "error is %T: %v", err, err)
	ring, ok := errors.AsType[proc.CallRing](interrupt.Err)
	require.True(w, ok, "%T: %v", interrupt.Err, interrupt.Err)
	require.Len(w, ring.Members, len(members))
	first := -1
	for i, id := range ring.Members {
		require.Contains(w, interrupt.Err.Error(), id.String())
		require.Contains(w, err.Error(), id.String())
		if id == members[0] {
			first = i
		}
	}
	require.GreaterOrEqual(w, first, 0, "%v is no member of %v", members[0], ring.Members)
	for i, id := range members {
		require.Equal(w, id, ring.Members[(first+i)%len(members)], "member %d of %v", i, ring.Members)
	}
}

// C5, F15: a call that closes a ring of one, two or three processes fails at
// once and names them in order; all of them go on. Whoever calls into the ring
// without being called from it is no member.
func TestC5_RingFailsAtOnce(t *testing.T) {
	for _, c := range callAsProcess {
		t.Run(c.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				var n [4]proc.Pid[ringVisit]
				for i := range n {
					n[i] = proc.Spawn(s, ringNode(c.derive))
				}
				for range 3 { // a ring that has been refused leaves nothing behind
					ringIs(w, ringVisits(w, n[0], n[0]), n[0].ID)
					ringIs(w, ringVisits(w, n[0], n[1], n[0]), n[0].ID, n[1].ID)
					ringIs(w, ringVisits(w, n[0], n[1], n[2], n[0]), n[0].ID, n[1].ID, n[2].ID)
					ringIs(w, ringVisits(w, n[3], n[2], n[1], n[0], n[3]), n[3].ID, n[2].ID, n[1].ID, n[0].ID)
					ringIs(w, ringVisits(w, n[0], n[1], n[1]), n[1].ID)
					ringIs(w, ringVisits(w, n[0], n[1], n[2], n[1]), n[1].ID, n[2].ID)
					ringIs(w, ringVisits(w, n[0], n[1], n[2], n[3], n[1]), n[1].ID, n[2].ID, n[3].ID)
					require.NoError(w, ringVisits(w, n[0], n[1], n[2], n[3]))
					require.NoError(w, ringVisits(w, n[3], n[2], n[1], n[0]))
				}
				w.Settle()
				for _, pid := range n {
					info, _ := pid.Info()
					require.Zero(w, info.Mailbox)
				}
			})
		})
	}
}

// C5: a ring is found through names, Via pids and Contramap views too.
func TestC5_RingThroughOtherPids(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		name := proc.NewName[ringVisit]("ring_test")
		a := proc.Spawn(s, ringNode(callAsProcess[0].derive), proc.Registered(name))
		b := proc.Spawn(s, ringNode(callAsProcess[0].derive))
		for _, again := range []proc.Pid[ringVisit]{
			proc.Named(s, name),
			proc.Via(s, func() (proc.Pid[ringVisit], bool) { return a, true }),
			proc.Contramap(a, func(v ringVisit) ringVisit { return v }),
		} {
			ringIs(w, ringVisits(w, again, again), a.ID)
			ringIs(w, ringVisits(w, a, again), a.ID)
			ringIs(w, ringVisits(w, again, b, again), a.ID, b.ID)
			ringIs(w, ringVisits(w, b, again, b), a.ID, b.ID)
		}
	})
}

// C5, C7: a call with Outside or with a task's context is not the process's, so
// it is no part of a ring: the process may answer it.
func TestC7_CallFromOutsideIsNoPartOfARing(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		answers := make(chan callResult, 2)
		for _, start := range []func(*proc.Self[callAsk]){
			func(self *proc.Self[callAsk]) {
				ctx, to := proc.Outside(self), self.Pid()
				go func() { answers <- callMake(ctx, callForever, to, 4) }()
			},
			func(self *proc.Self[callAsk]) {
				to := self.Pid()
				proc.Go(self, func(ctx context.Context) (int, error) {
					answers <- callMake(ctx, callForever, to, 4)
					return 0, nil
				})
			},
		} {
			proc.Spawn(s, func(self *proc.Self[callAsk]) error {
				start(self)
				return callDouble(self)
			})
			r := harness.Value(w, answers)
			require.NoError(w, r.err)
			require.Equal(w, 8, r.value)
		}
	})
}

// C5: calls that wait for the same process, or one for the other in a row, are
// no ring.
func TestC5_NoRing(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		held := make(chan callAsk, 3)
		last := proc.Spawn(s, callHold(held))
		forward := func(to proc.Pid[callAsk]) proc.Pid[callAsk] {
			return proc.Spawn(s, func(self *proc.Self[callAsk]) error {
				for ask, err := range self.Messages() {
					if err != nil {
						return err
					}
					ask.Reply.Reply(callMake(self, callForever, to, ask.N).value + 1)
				}
				return nil
			})
		}
		b, c := forward(last), forward(last)
		var results []<-chan callResult
		for _, to := range []proc.Pid[callAsk]{b, c, last} {
			results = append(results, callBases[0].from(s, callForever, to, 1))
		}
		for range 3 {
			harness.Value(w, held).Reply.Reply(10)
		}
		for i, want := range []int{11, 11, 10} {
			r := harness.Value(w, results[i])
			require.NoError(w, r.err)
			require.Equal(w, want, r.value)
		}
	})
}

// ringDelegating runs first → … → last → first, where the first one's call is
// delegated to a process outside of the ring, which answers only when all of them
// wait. It passes on what each call ended with, from first to last.
func ringDelegating(w *harness.World, s *proc.System, members int, share func(proc.ReplyTo[int]) proc.ReplyTo[int]) []callResult {
	answer := make(chan struct{}, 1)
	helper := proc.Spawn(s, func(self *proc.Self[any]) error {
		r, err := proc.Receive(self, sel.Message[proc.ReplyTo[int]]())
		if err == nil {
			_, err = proc.Receive(self, sel.Equal("answer"))
		}
		r.Reply(1000)
		answer <- struct{}{}
		return err
	})
	results := make([]chan callResult, members)
	pids := make([]proc.Pid[callAsk], members)
	start := make(chan struct{})
	for i := range members {
		results[i] = make(chan callResult, 1)
		pids[i] = proc.Spawn(s, func(self *proc.Self[callAsk]) error {
			<-start // the pids are known
			next := pids[(i+1)%members]
			if i == 0 { // calls first, answers then
				results[0] <- callMake(self, callForever, next, 0)
				ask, err := self.Receive()
				ask.Reply.Reply(100)
				return err
			}
			ask, err := self.Receive()
			if err != nil {
				return err
			}
			if i == 1 {
				helper.Send(share(ask.Reply))
			}
			r := callMake(self, callForever, next, i)
			results[i] <- r
			ask.Reply.Reply(r.value + 1)
			return nil
		})
	}
	close(start)
	w.Settle()
	helper.Send("answer")
	harness.Value(w, answer)
	var all []callResult
	for _, r := range results {
		all = append(all, harness.Value(w, r))
	}
	return all
}

// C5: a call that somebody else than its server will answer is no part of a
// ring; without Delegate it would be.
func TestC5_DelegatedCallIsNoPartOfARing(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		delegate := func(r proc.ReplyTo[int]) proc.ReplyTo[int] { return r.Delegate() }
		for _, members := range []int{2, 3, 5} {
			all := ringDelegating(w, s, members, delegate)
			for i, r := range all {
				require.NoError(w, r.err, "call %d of %d", i, members)
			}
			require.Equal(w, 1000, all[0].value, "from the helper")
			require.Equal(w, 100, all[members-1].value, "from the first")

			all = ringDelegating(w, s, members, func(r proc.ReplyTo[int]) proc.ReplyTo[int] { return r })
			require.Error(w, all[members-1].err, "the ring of %d is closed", members)
			_, ok := errors.AsType[proc.CallRing](all[members-1].err)
			require.True(w, ok)
		}
	})
}

// Decided: Join of the own id is a CallRing at once, with every context that is
// the process's own, by any name.
func TestDecided_JoinOfTheOwnID(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		name := proc.NewName[string]("ring_test_join")
		for _, c := range callAsProcess {
			errs, calls := make(chan error, 2), make(chan proc.ID, 1)
			pid := proc.Spawn(s, func(self *proc.Self[string]) error {
				calls <- self.ID()
				ctx, cancel := c.derive(self)
				defer cancel()
				_, err := proc.Join(ctx, self.ID())
				errs <- err
				_, err = proc.Join(ctx, proc.Named(self, name).ID)
				errs <- err
				return nil
			}, proc.Registered(name))
			id := harness.Value(w, calls)
			for range 2 {
				err := harness.Value(w, errs)
				ring, ok := errors.AsType[proc.CallRing](err)
				require.True(w, ok, "%s: %v", c.name, err)
				require.Len(w, ring.Members, 1)
				require.Equal(w, id, ring.Members[0])
				require.Contains(w, err.Error(), id.String())
			}
			harness.Ended(w, pid.ID)
		}
	})
}
