package sup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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
		everywhere(t, func(w *world) {
			c := newCast(w)
			c.is("x", manner{slow: true})
			k := newKeeper(w, w.system())
			start := k.begin(sup.Spec{Observe: c.observe, Children: []sup.Child{
				c.child("a"), c.child("b"), sup.Supervisor("n", sup.Spec{Children: c.children("w, x")}), c.child("d"),
			}})
			c.saw("x starts")
			k.Interrupt(interrupt)
			require.Equal(w.T, interrupt, value(w, start).err)
			// Start has waited for it all.
			require.Equal(w.T, []string{
				"a starts", "b starts beside a", "w starts beside a b", "x starts beside a b w",
				"x asked beside a b w", "w asked beside a b", "b asked beside a", "a asked",
			}, c.diary())
			require.False(w.T, c.now("a").Alive())
			require.Zero(w.T, c.count("d"))
			k.undisturbed()
		})
	}
}

// The stop of an interrupted start takes what its steps take, and Start waits for it.
func TestDecided_AnInterruptedStartTakesTheStepsOfAStop(t *testing.T) {
	virtually(t, func(w *world) {
		c := newCast(w)
		c.is("a", manner{finish: time.Hour})
		c.is("b", manner{slow: true, deaf: true})
		k := newKeeper(w, w.system())
		start := k.begin(sup.Spec{Children: []sup.Child{
			c.child("a", stop(sup.Stop{Finish: sup.NoLimit})), c.child("b"),
		}})
		c.saw("b starts")
		began := time.Now()
		k.Interrupt(proc.NormalExitRequested{})
		require.Equal(w.T, proc.NormalExitRequested{}, value(w, start).err)
		require.Equal(w.T, time.Hour+3*time.Second, time.Since(began))
		c.wrote("a starts", "b starts beside a", "b asked beside a", "b cleans up beside a", "a asked")
	})
}

// A parent that is shut down, or killed, while it starts a supervisor leaves nothing.
func TestU7_TheParentEndsDuringAStart(t *testing.T) {
	everywhere(t, func(w *world) {
		for name, do := range map[string]func(proc.ID){
			"shutdown": func(id proc.ID) { id.Shutdown(proc.ExitUnhandledError{Err: errBroken}) },
			"kill":     func(id proc.ID) { id.Kill() },
		} {
			c := newCast(w)
			c.is("x", manner{slow: true})
			k := newKeeper(w, w.system())
			k.begin(sup.Spec{Children: []sup.Child{
				c.child("a"), sup.Supervisor("n", sup.Spec{Children: c.children("w, x")}), c.child("d"),
			}})
			c.saw("x starts")
			do(k.ID)
			ended(w, k.ID)
			for _, id := range words("a, w, x") {
				require.False(w.T, c.now(id).Alive(), "%s: %s", name, id)
			}
			if name == "shutdown" {
				c.wrote("a starts", "w starts beside a", "x starts beside a w",
					"x cleans up beside a w", "w cleans up beside a", "a cleans up")
			}
			require.Zero(w.T, c.count("d"))
		}
	})
}

// A supervisor is linked to its parent, owned by it, and does not come alone.
func TestU1_TheParentOwnsAndIsLinked(t *testing.T) {
	everywhere(t, func(w *world) {
		c := newCast(w)
		k := newKeeper(w, w.system())
		ref := k.start(sup.Spec{Children: c.children("a")}, proc.Titled("root"))
		info, ok := ref.Info()
		require.True(w.T, ok)
		require.Equal(w.T, k.ID, info.Parent)
		require.Equal(w.T, []proc.ID{k.ID}, info.Links)
		require.Equal(w.T, "root", info.Title)
		require.Zero(w.T, info.Mailbox)
		c.forget()

		// Linked: a crash of the supervisor interrupts the parent, with the cause.
		ref.Interrupt(proc.ErrorInterrupt{Err: errBroken})
		crashed := as[proc.LinkedProcessCrashed](w, value(w, k.interrupts))
		require.Equal(w.T, ref.ID, crashed.ID)
		require.ErrorIs(w.T, crashed, errBroken)

		// Owned: it does not outlive the parent.
		ref = k.start(sup.Spec{Children: c.children("b")})
		leave(k.Pid, nil)
		ended(w, k.ID)
		require.False(w.T, ref.Alive())
		require.False(w.T, c.now("b").Alive())
	})
}
