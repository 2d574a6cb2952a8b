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

// Whoever calls with a request that is refused learns so at once; a message is a
// dead letter; what the runtime has sent is neither.
func TestRefuse(t *testing.T) {
	type question struct{ reply proc.ReplyTo[int] }
	harness.Everywhere(t, func(w *harness.World) {
		letters := make(chan proc.DeadLetter, 10)
		s := w.System(proc.WithCallTimeout(-1), proc.WithDeadLetters(func(l proc.DeadLetter) { letters <- l }))
		refuser := proc.Spawn(s, func(self *proc.Self[any]) error {
			proc.StartTimer(self, 0)
			for {
				m, err := proc.Receive(self, sel.Or(sel.Raw[question](), sel.Except()))
				if err != nil {
					return err
				}
				proc.Refuse(self, m)
				proc.Refuse(self, "again") // no more about the call
			}
		}, proc.Titled("refuser"))
		_, err := proc.Call(context.Background(), refuser, func(r proc.ReplyTo[int]) any { return question{r} })
		require.ErrorIs(w, err, proc.ErrRefused)
		require.ErrorContains(w, err, "process "+refuser.ID.String()+" (refuser) does not handle requests of type proc_test.question")
		_, ok := errors.AsType[proc.ErrorInterrupt](err)
		require.True(w, ok)
		for range 2 { // of the timer and of the call
			require.Equal(w, proc.DeadLetter{To: refuser.ID, Message: "again", Reason: "refused"}, harness.Value(w, letters))
		}
		refuser.Send("what?")
		require.Equal(w, proc.DeadLetter{To: refuser.ID, Message: "what?", Reason: "refused"}, harness.Value(w, letters))
		require.Equal(w, "again", harness.Value(w, letters).Message)
		require.Equal(w, uint64(4), s.Counters().DeadLetters["refused"])
	})
}

// A request that has been answered, or handed on, before it is refused is not
// failed again.
func TestRefuse_AfterTheAnswer(t *testing.T) {
	type question struct{ reply proc.ReplyTo[int] }
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		pid := proc.Spawn(s, func(self *proc.Self[any]) error {
			m, err := proc.Receive(self, sel.Except())
			if err != nil {
				return err
			}
			m.(question).reply.Reply(3)
			proc.Refuse(self, m)
			return nil
		})
		n, err := proc.Call(context.Background(), pid, func(r proc.ReplyTo[int]) any { return question{r} })
		require.NoError(w, err)
		require.Equal(w, 3, n)
		harness.Ended(w, pid.ID)
		require.Empty(w, s.Counters().DeadLetters)
	})
}
