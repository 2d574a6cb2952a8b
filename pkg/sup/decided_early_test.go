package sup_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// A supervisor that ends as soon as it has begun: Run returns nil if that was a
// normal end, else its reason, however early it was.
func TestRun_AnEarlyEndIsHowItEnded(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		c.is("slow", manner{slow: true})
		s := w.System()
		job := func(err error) sup.Child {
			job := sup.Worker("job", func(self *proc.Self[string]) error { return err })
			job.Restart, job.Significant = sup.Transient, true
			return job
		}
		for range w.Sized(200, 50, 3) {
			id, returned := run(s, sup.Spec{AutoShutdown: sup.AnySignificant, Children: []sup.Child{job(nil)}})
			require.NoError(w, harness.Value(w, returned))
			require.Equal(w, proc.ExitNormally{}, harness.Ended(w, id))

			id, returned = run(s, sup.Spec{AutoShutdown: sup.AnySignificant, Children: []sup.Child{job(nil), c.child("slow")}})
			require.NoError(w, harness.Value(w, returned))
			require.Equal(w, proc.ExitNormally{}, harness.Ended(w, id))

			_, returned = run(s, sup.Spec{AutoShutdown: sup.AnySignificant, Intensity: -1, Children: []sup.Child{job(errBroken)}})
			err := harness.Value(w, returned)
			require.Equal(w, "job", as[sup.TooManyRestarts](w, err).Child)
			require.IsType(w, proc.ExitUnhandledError{}, err, "its reason is what Run returns")
		}
	})
}
