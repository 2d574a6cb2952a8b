package sup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// What happens to a start whose parent gets something else to do.

// Decided: an interrupt during a start stops what was started, in reverse order,
// and is returned, as it is.
func TestDecided_AnInterruptDuringAStart(t *testing.T) {
	for _, interrupt := range []proc.InterruptReason{
		proc.NormalExitRequested{}, proc.InterruptedBy{Value: "never mind"}, proc.ErrorInterrupt{Err: errBroken},
	} {
		harness.Everywhere(t, func(w *world) {
			c := newCast(w)
			c.is("x", manner{slow: true})
			k := newKeeper(w, w.System())
			start := k.begin(sup.Spec{Observe: c.observe, Children: []sup.Child{
				c.child("a"), c.child("b"), sup.Supervisor("n", sup.Spec{Children: c.children("w, x")}), c.child("d"),
			}})
			c.saw("x starts")
			k.Interrupt(interrupt)
			require.Equal(w, interrupt, harness.Value(w, start).err)
			// Start has waited for it all.
			require.Equal(w, []string{
				"a starts", "b starts beside a", "w starts beside a b", "x starts beside a b w",
				"x asked beside a b w", "w asked beside a b", "b asked beside a", "a asked",
			}, c.diary())
			require.False(w, c.now("a").Alive())
			require.Zero(w, c.count("d"))
			k.undisturbed()
		})
	}
}

// The stop of an interrupted start takes what its steps take, and Start waits for it.
func TestDecided_AnInterruptedStartTakesTheStepsOfAStop(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c := newCast(w)
		c.is("a", manner{finish: time.Hour})
		c.is("b", manner{slow: true, deaf: true})
		k := newKeeper(w, w.System())
		start := k.begin(sup.Spec{Children: []sup.Child{
			c.child("a", stop(sup.Stop{Finish: sup.NoLimit})), c.child("b"),
		}})
		c.saw("b starts")
		began := time.Now()
		k.Interrupt(proc.NormalExitRequested{})
		require.Equal(w, proc.NormalExitRequested{}, harness.Value(w, start).err)
		require.Equal(w, time.Hour+3*time.Second, time.Since(began))
		c.wrote("a starts", "b starts beside a", "b asked beside a", "b cleans up beside a", "a asked")
	})
}

// A parent that is shut down, or killed, while it starts a supervisor leaves nothing.
func TestU7_TheParentEndsDuringAStart(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for name, do := range map[string]func(proc.ID){
			"shutdown": func(id proc.ID) { id.Shutdown(proc.ExitUnhandledError{Err: errBroken}) },
			"kill":     func(id proc.ID) { id.Kill() },
		} {
			c := newCast(w)
			c.is("x", manner{slow: true})
			k := newKeeper(w, w.System())
			k.begin(sup.Spec{Children: []sup.Child{
				c.child("a"), sup.Supervisor("n", sup.Spec{Children: c.children("w, x")}), c.child("d"),
			}})
			c.saw("x starts")
			do(k.ID)
			harness.Ended(w, k.ID)
			for _, id := range words("a, w, x") {
				require.False(w, c.now(id).Alive(), "%s: %s", name, id)
			}
			if name == "shutdown" {
				c.wrote("a starts", "w starts beside a", "x starts beside a w",
					"x cleans up beside a w", "w cleans up beside a", "a cleans up")
			}
			require.Zero(w, c.count("d"))
		}
	})
}

// A supervisor is linked to its parent, owned by it, and does not come alone.
func TestU1_TheParentOwnsAndIsLinked(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		k := newKeeper(w, w.System())
		ref := k.start(sup.Spec{Children: c.children("a")}, proc.Titled("root"))
		info, ok := ref.Info()
		require.True(w, ok)
		require.Equal(w, k.ID, info.Parent)
		require.Equal(w, []proc.ID{k.ID}, info.Links)
		require.Equal(w, "root", info.Title)
		require.Zero(w, info.Mailbox)
		c.forget()

		// Linked: a crash of the supervisor interrupts the parent, with the cause.
		ref.Interrupt(proc.ErrorInterrupt{Err: errBroken})
		crashed := as[proc.LinkedProcessCrashed](w, harness.Value(w, k.interrupts))
		require.Equal(w, ref.ID, crashed.ID)
		require.ErrorIs(w, crashed, errBroken)

		// Owned: it does not outlive the parent.
		ref = k.start(sup.Spec{Children: c.children("b")})
		harness.Leave(k.Pid, nil)
		harness.Ended(w, k.ID)
		require.False(w, ref.Alive())
		require.False(w, c.now("b").Alive())
	})
}
