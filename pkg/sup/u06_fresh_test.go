package sup_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// counting is a message to a worker that counts.
type counting struct {
	add   int
	crash bool
	total proc.ReplyTo[int]
}

// counter is a worker whose state is a number.
func counter(self *proc.Self[counting]) error {
	total := 0
	for m, err := range self.Messages() {
		if err != nil {
			return err
		}
		if m.crash {
			return errBroken
		}
		total += m.add
		m.total.Reply(total)
	}
	return nil
}

// U6, F6: a restart is a fresh run of the body: no variable, no message and no
// timer of the last life is there; what was in its mailbox is dead letters.
func TestF6_NoStateSurvivesARestart(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		var letters atomic.Int32
		s := w.System(proc.WithDeadLetters(func(proc.DeadLetter) { letters.Add(1) }))
		name := proc.NewName[counting]("counter")
		c := newCast(w)
		ref := newKeeper(w, s).start(sup.Spec{Observe: c.observe, Children: []sup.Child{
			sup.Worker("counter", counter, proc.Registered(name), proc.Titled("the counter"), proc.Bounded(10, proc.Reject)),
		}})
		pid := proc.Named(s, name)
		add := func(n int) int {
			total, err := proc.Call(context.Background(), pid, func(r proc.ReplyTo[int]) counting { return counting{add: n, total: r} })
			require.NoError(w, err)
			return total
		}
		add(1)
		require.Equal(w, 42, add(41))
		first := status(w, ref, "counter").ID

		pid.Send(counting{crash: true})
		harness.Ended(w, first)
		c.event(sup.ChildStarted, "counter", 2)
		second := status(w, ref, "counter").ID
		require.NotEqual(w, first, second)
		require.Equal(w, 1, add(1), "the number survived")

		// The options hold for each life.
		info, ok := second.Info()
		require.True(w, ok)
		require.Equal(w, "the counter", info.Title)
		require.Equal(w, "counter", info.Name)

		// What the first life had not received is not for the second one.
		c2 := newCast(w)
		ref = newKeeper(w, s).start(sup.Spec{Observe: c2.observe, Children: []sup.Child{c2.child("a")}})
		a := c2.now("a")
		proceed := make(chan struct{})
		harness.Begin(a, func(self *proc.Self[order]) int {
			proc.SendAfter(self, 1, self.Pid(), func(*proc.Self[order]) *harness.End { return nil })
			<-proceed
			return 0
		})
		harness.Leave(a, errBroken)
		harness.Begin(a, func(*proc.Self[order]) int { c2.note("a got the message of its past"); return 0 })
		close(proceed)
		c2.life("a", 2)
		c2.event(sup.ChildStarted, "a", 2)
		require.Equal(w, words("a running"), list(w, ref))
		info, ok = c2.now("a").Info()
		require.True(w, ok)
		require.Zero(w, info.Mailbox)
		c2.wrote("a starts", "a starts")
		require.NotZero(w, letters.Load())
	})
}

// U6: a nested supervisor that is restarted begins with the children of its
// description: those that were added are gone, those that were stopped are back,
// and nothing is counted any more.
func TestU6_ARestartedSupervisorBeginsWithItsDescription(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		ctx := context.Background()
		ref := start(w, sup.Spec{Observe: c.observe, Children: []sup.Child{
			sup.Supervisor("n", sup.Spec{Children: append(c.children("x, y"), c.child("temp", restart(sup.Temporary)))}),
		}})
		n, err := ref.Supervisor(ctx, "n")
		require.NoError(w, err)
		_, err = n.StartChild(ctx, c.child("added"))
		require.NoError(w, err)
		require.NoError(w, n.StopChild(ctx, "x"))
		c.crash("temp", nil)
		c.crashes("y", 2, errBroken)
		w.Eventually("y is up", func() bool { return status(w, n, "y").State == sup.Running })
		require.Equal(w, words("x stopped, y running, added running"), list(w, n))
		require.Equal(w, 2, status(w, n, "y").Restarts)

		n.Kill()
		c.event(sup.ChildStarted, "n", 2)
		again, err := ref.Supervisor(ctx, "n")
		require.NoError(w, err)
		require.NotEqual(w, n, again)
		require.Equal(w, words("x running, y running, temp running"), list(w, again))
		for _, s := range statuses(w, again) {
			require.Zero(w, s.Restarts)
			require.Nil(w, s.LastExit)
		}
		require.Equal(w, 1, c.count("added"))
		require.Equal(w, 1, status(w, ref, "n").Restarts)
	})
}

// A description is a value: what is changed in it after the start, or between
// two starts, changes no running supervisor.
func TestU6_TheDescriptionIsCopied(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		nested := sup.Spec{Children: c.children("x, y")}
		spec := sup.Spec{Observe: c.observe, Children: []sup.Child{c.child("a"), sup.Supervisor("n", nested)}}
		ref := start(w, spec)
		spec.Children[0] = c.child("intruder")
		nested.Children[0] = c.child("intruder")
		c.crashes("a", 1, errBroken)
		n, err := ref.Supervisor(context.Background(), "n")
		require.NoError(w, err)
		n.Kill()
		c.life("y", 2)
		require.Zero(w, c.count("intruder"))
	})
}
