package sup_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// U10: sup.Named stays good across restarts of the supervisor, and its operations
// work; while nobody has the name they fail at once.
func TestU10_ANamedSupervisorAcrossItsRestarts(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c, ctx := newCast(w), context.Background()
		s := w.System()
		named := sup.Named(s, "pumps")
		_, err := named.Children(ctx)
		as[proc.OtherProcessNotRunning](w, err)
		_, err = named.StartChild(ctx, c.child("new"))
		as[proc.OtherProcessNotRunning](w, err)

		k := newKeeper(w, s)
		ref := k.start(sup.Spec{Intensity: 10, Observe: c.observe, Children: []sup.Child{
			sup.Supervisor("n", sup.Spec{Children: c.children("x")}, sup.Registered("pumps")),
		}})
		require.Equal(w, words("x running"), list(w, named))
		for n := range 3 {
			id, err := named.StartChild(ctx, c.child("y"))
			require.NoError(w, err)
			require.True(w, id.Alive())
			as[sup.AlreadyStarted](w, errorOf(named.StartChild(ctx, c.child("y"))))
			require.NoError(w, named.StopChild(ctx, "y"))
			require.NoError(w, errorOf(named.RestartChild(ctx, "y")))
			status(w, ref, "n").ID.Kill()
			c.event(sup.ChildStarted, "n", n+2)
			require.Equal(w, words("x running"), list(w, named))
		}
		n, err := ref.Supervisor(ctx, "n")
		require.NoError(w, err)
		require.Equal(w, n.ID, status(w, ref, "n").ID)
		info, ok := n.Info()
		require.True(w, ok)
		require.Equal(w, "pumps", info.Name)

		// Stop and Wait are of who has the name now.
		require.NoError(w, named.Stop(ctx))
		c.event(sup.ChildStarted, "n", 5)
		require.Equal(w, words("x running"), list(w, named))

		require.NoError(w, ref.Stop(ctx))
		_, err = named.Children(ctx)
		as[proc.OtherProcessNotRunning](w, err)
	})
}

func errorOf(_ proc.ID, err error) error { return err }

// A name in use is refused, by Start and as a failed start of a nested one.
func TestU10_ATakenNameIsAFailedStart(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		k := newKeeper(w, w.System())
		holder := k.start(sup.Spec{}, sup.Registered("pumps"))
		got := harness.Value(w, k.begin(sup.Spec{}, sup.Registered("pumps")))
		require.Equal(w, holder.ID, as[proc.NameTaken](w, got.err).Holder)
		got = harness.Value(w, k.begin(sup.Spec{Children: []sup.Child{sup.Supervisor("n", sup.Spec{}, sup.Registered("pumps"))}}))
		require.Equal(w, "n", as[sup.StartFailed](w, got.err).Child)
		require.Equal(w, holder.ID, as[proc.NameTaken](w, got.err).Holder)
		k.undisturbed()
		require.True(w, holder.Alive())
	})
}

// U10: a Named pid of a worker stays good across restarts. In the gap a call
// fails at once, with the reason; the next life answers.
func TestU10_ANamedWorkerAcrossItsRestarts(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c, ctx := newCast(w), context.Background()
		s := w.System()
		name := proc.NewName[counting]("counter")
		newKeeper(w, s).start(sup.Spec{Backoff: sup.Backoff{First: time.Minute}, Observe: c.observe, Children: []sup.Child{
			sup.Worker("counter", counter, proc.Registered(name)),
		}})
		for _, pid := range []proc.Pid[counting]{
			proc.Named(s, name), proc.Via(s, func() (proc.Pid[counting], bool) { return proc.Whereis(s, name) }),
		} {
			add := func() (int, error) {
				return proc.Call(ctx, pid, func(r proc.ReplyTo[int]) counting { return counting{add: 2, total: r} })
			}
			total, err := add()
			require.NoError(w, err)
			require.Equal(w, 2, total)
			c.forget()
			pid.Send(counting{crash: true})
			c.event(sup.ChildRestarting, "counter", 1)
			w.Settle()
			began := time.Now()
			_, err = add()
			as[proc.OtherProcessNotRunning](w, err)
			require.Zero(w, time.Since(began))
			c.event(sup.ChildStarted, "counter", 1)
			total, err = add()
			require.NoError(w, err)
			require.Equal(w, 2, total)
			time.Sleep(time.Hour)
			pid.Send(counting{crash: true}) // and again, for the next kind of pid to begin with
			w.Settle()
			time.Sleep(time.Hour)
		}
	})
}

// Ref{ID: id} is a Ref, the id a plain or a named one.
func TestU10_ARefOfAnID(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c, ctx := newCast(w), context.Background()
		ref := start(w, sup.Spec{Children: c.children("a")})
		require.Equal(w, ref, sup.Ref{ID: ref.ID})
		info, _ := c.now("a").Info()
		require.Equal(w, words("a running"), list(w, sup.Ref{ID: info.Parent}))
		require.NoError(w, sup.Ref{ID: info.Parent}.Stop(ctx))
		require.False(w, ref.Alive())

		var zero sup.Ref
		_, err := zero.Children(ctx)
		as[proc.OtherProcessNotRunning](w, err)
		as[proc.OtherProcessNotRunning](w, zero.StopChild(ctx, "a"))
	})
}

// Decided: an operation on a Ref whose process is no supervisor is WrongKind, and
// does nothing to that process.
func TestDecided_ARefOfAProcessThatIsNoSupervisor(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		ctx := context.Background()
		k := newKeeper(w, w.System())
		c := newCast(w)
		ref := sup.Ref{ID: k.ID}
		_, children := ref.Children(ctx)
		_, start := ref.StartChild(ctx, c.child("a"))
		_, again := ref.RestartChild(ctx, "a")
		_, nested := ref.Supervisor(ctx, "a")
		for what, err := range map[string]error{
			"Children": children, "StartChild": start, "RestartChild": again, "Supervisor": nested,
			"StopChild": ref.StopChild(ctx, "a"), "DeleteChild": ref.DeleteChild(ctx, "a"), "Stop": ref.Stop(ctx), "Wait": ref.Wait(ctx),
		} {
			wrong := as[sup.WrongKind](w, err)
			require.Equal(w, sup.WorkerKind, wrong.Kind, what)
			require.NotEmpty(w, wrong.Error())
		}
		k.undisturbed()
		require.True(w, k.Alive())
		info, _ := k.Info()
		require.Zero(w, info.Mailbox)
		require.Zero(w, c.count("a"))
	})
}

// Decided: a bound among the options of a supervisor has no effect.
func TestDecided_ABoundOfASupervisorHasNoEffect(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c, ctx := newCast(w), context.Background()
		k := newKeeper(w, w.System())
		ref := k.start(sup.Spec{Intensity: many, Children: c.children("a, b"), Observe: c.observe}, proc.Bounded(1, proc.DropOldest), proc.Bounded(1, proc.Reject))
		var answers []<-chan error
		for range 100 {
			answers = append(answers, harness.Async(w, func() error { _, err := ref.Children(ctx); return err }))
		}
		for n := range 10 {
			c.now("a").Kill()
			c.now("b").Kill()
			c.event(sup.ChildStarted, "a", n+2)
			c.event(sup.ChildStarted, "b", n+2)
		}
		for _, answer := range answers {
			require.NoError(w, harness.Value(w, answer))
		}
	})
}
