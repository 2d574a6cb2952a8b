package lock

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/log"
	"github.com/harkgo/hark/pkg/proc"
)

// start starts a lender in a system of its own. Its log is shown if the test
// fails. The system is stopped inside the bubble: a goroutine that it left
// behind would fail the test.
func start(t *testing.T) proc.Pid[Borrow] {
	var lines log.Capture
	system := proc.NewSystem(proc.WithLogger(log.JSON(&lines)))
	t.Cleanup(func() {
		require.NoError(t, system.Stop(context.Background())) // t.Context has ended by now
		if t.Failed() {
			t.Log(lines.String())
		}
	})
	return proc.Spawn(system, Lender, proc.Titled("lender"))
}

func TestOneBorrowerAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lender := start(t)
		require.NoError(t, Ask(t.Context(), lender, "Ada"))
		require.EqualError(t, Ask(t.Context(), lender, "Bob"), "Ada has it")
	})
}

// In the bubble an hour takes no time, and ends exactly when it should.
func TestTheTermEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lender := start(t)
		require.NoError(t, Ask(t.Context(), lender, "Ada"))

		time.Sleep(Term - 1)
		require.EqualError(t, Ask(t.Context(), lender, "Bob"), "Ada has it")
		time.Sleep(time.Nanosecond)
		synctest.Wait() // until the lender, too, has nothing left to do
		require.NoError(t, Ask(t.Context(), lender, "Bob"))
	})
}

func TestAskingAgainExtendsTheTerm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lender := start(t)
		require.NoError(t, Ask(t.Context(), lender, "Ada"))
		time.Sleep(Term / 2)
		require.NoError(t, Ask(t.Context(), lender, "Ada"))
		time.Sleep(Term - 1)
		require.EqualError(t, Ask(t.Context(), lender, "Bob"), "Ada has it")
	})
}

// What a client gets when the lender is gone.
func TestTheLenderIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lender := start(t)
		lender.Shutdown(proc.ExitNormallyWith{Detail: "out of business"})
		err := Ask(t.Context(), lender, "Ada")
		require.ErrorAs(t, err, new(proc.OtherProcessNotRunning))
		require.ErrorContains(t, err, "out of business")
	})
}
