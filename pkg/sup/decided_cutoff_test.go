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

// Operations that meet each other, and those that could wait for themselves.

// Decided: StopChild of a child that is being started ends the start; a
// StartChild under way fails and stores nothing.
func TestDecided_StopChildEndsAStart(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for _, strategy := range []sup.Strategy{sup.OneForOne, sup.OneForAll, sup.RestForOne} {
			c, ctx := newCast(w), context.Background()
			c.is("new", manner{slow: true})
			ref := start(w, sup.Spec{Strategy: strategy, Children: c.children("a, b"), Observe: c.observe})
			got := harness.Async(w, func() error { return errorOf(ref.StartChild(ctx, c.child("new"))) })
			c.saw("new starts")
			require.NoError(w, ref.StopChild(ctx, "new"))
			require.Error(w, harness.Value(w, got))
			require.False(w, c.now("new").Alive())
			require.Equal(w, words("a running, b running"), list(w, ref), "%v", strategy)
			c.is("new", manner{})
			require.NoError(w, errorOf(ref.StartChild(ctx, c.child("new"))))

			// By RestartChild: the description stays.
			require.NoError(w, ref.StopChild(ctx, "b"))
			c.is("b", manner{slow: true})
			got = harness.Async(w, func() error { return errorOf(ref.RestartChild(ctx, "b")) })
			c.life("b", 2)
			w.Settle()
			require.NoError(w, ref.StopChild(ctx, "b"))
			require.Error(w, harness.Value(w, got))
			require.Equal(w, words("a running, b stopped, new running"), list(w, ref))

			// By a restart: it is not retried.
			c.is("a", manner{slow: true})
			c.is("b", manner{})
			c.crash("a", errBroken)
			c.life("a", 2)
			w.Settle()
			require.NoError(w, ref.StopChild(ctx, "a"))
			w.Settle()
			require.Equal(w, "a stopped", list(w, ref)[0])
			require.Equal(w, 2, c.count("a"))
			w.Eventually("the group is complete", func() bool { return status(w, ref, "new").State == sup.Running })
		}
	})
}

// StopChild of a child that was not ready in time, and is being stopped for that,
// is the last word as well: it is not started again.
func TestDecided_StopChildOfAChildThatIsTooLate(t *testing.T) {
	for _, strategy := range []sup.Strategy{sup.OneForOne, sup.OneForAll, sup.RestForOne} {
		harness.Virtually(t, func(w *world) {
			c, ctx := newCast(w), context.Background()
			ref := start(w, sup.Spec{Strategy: strategy, Intensity: many, Observe: c.observe, Children: []sup.Child{
				c.child("a"), c.childWithin("b", time.Second), c.child("d"),
			}})
			c.is("b", manner{slow: true, numb: true})
			c.crash("b", errBroken)
			c.life("b", 2)
			time.Sleep(2 * time.Second) // it was shut down a second ago, and will be killed in another one
			require.Equal(w, sup.Stopping, status(w, ref, "b").State)
			began := time.Now()
			require.NoError(w, ref.StopChild(ctx, "b"))
			require.Equal(w, time.Second, time.Since(began))
			time.Sleep(time.Hour)
			require.Equal(w, words("a running, b stopped, d running"), list(w, ref), "%v", strategy)
			require.Equal(w, 2, c.count("b"))
		})
	}
}

// Decided, and Erlang: StopChild of one that waits in a group's back-off takes
// that one out of the group; the others come back in time.
func TestDecided_StopChildTakesOneOutOfAGroup(t *testing.T) {
	for _, who := range words("a, b, d") {
		harness.Virtually(t, func(w *world) {
			c, ctx := newCast(w), context.Background()
			ref := start(w, sup.Spec{Strategy: sup.OneForAll, Backoff: sup.Backoff{First: time.Minute}, Children: c.children("a, b, d"), Observe: c.observe})
			c.crash("b", errBroken)
			w.Settle()
			require.Equal(w, words("a restarting, b restarting, d restarting"), list(w, ref))
			began := time.Now()
			require.NoError(w, ref.StopChild(ctx, who))
			require.Zero(w, time.Since(began))
			require.Equal(w, sup.Stopped, status(w, ref, who).State)
			time.Sleep(2 * time.Minute)
			for _, s := range statuses(w, ref) {
				if s.Child == who {
					require.Equal(w, sup.Stopped, s.State)
					require.Equal(w, 1, c.count(who))
				} else {
					require.Equal(w, sup.Running, s.State, "%s, when %s was stopped", s.Child, who)
					require.Equal(w, 2, c.count(s.Child))
				}
			}
		})
	}
	// If all of them are taken out nothing is left to start.
	harness.Virtually(t, func(w *world) {
		c, ctx := newCast(w), context.Background()
		ref := start(w, sup.Spec{Strategy: sup.OneForAll, Backoff: sup.Backoff{First: time.Minute}, Children: c.children("a, b")})
		c.crash("b", errBroken)
		require.NoError(w, ref.StopChild(ctx, "b"))
		require.NoError(w, ref.StopChild(ctx, "a"))
		time.Sleep(time.Hour)
		require.Equal(w, words("a stopped, b stopped"), list(w, ref))
		require.NoError(w, errorOf(ref.RestartChild(ctx, "b")))
		require.Equal(w, words("a stopped, b running"), list(w, ref))
	})
}

// Decided: an operation cut off by a stop of the supervisor ends with
// OtherProcessNotRunning, at once when the stop comes.
func TestDecided_AnOperationCutOffByAStop(t *testing.T) {
	for _, what := range words("StopChild, RestartChild, StartChild") {
		for name, do := range map[string]func(ref sup.Ref){
			"interrupted": func(ref sup.Ref) { ref.Interrupt(proc.NormalExitRequested{}) },
			"shut down":   func(ref sup.Ref) { ref.Shutdown(proc.ExitNormally{}) },
			"killed":      func(ref sup.Ref) { ref.Kill() },
		} {
			t.Run(what+", "+name, func(t *testing.T) {
				harness.Everywhere(t, func(w *world) {
					c := newCast(w)
					ref := slowSupervisor(w, w.System(), c)
					got := harness.Async(w, func() error { return operations(c)[what](context.Background(), ref) })
					c.began(what)
					do(ref)
					err := harness.Value(w, got)
					require.Equal(w, ref.ID, as[proc.OtherProcessNotRunning](w, err).ID)
					harness.Leave(c.now("slow"), nil)
					harness.Ended(w, ref.ID)
				})
			})
		}
	}
}

// A child that stops itself, or its supervisor, is interrupted by what it asks
// for: nobody waits for ever.
func TestDecided_AChildStopsItselfOrItsSupervisor(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for _, nested := range []bool{false, true} {
			c, ctx := newCast(w), context.Background()
			spec := sup.Spec{Children: c.children("a, b")}
			if nested {
				spec = sup.Spec{Children: []sup.Child{sup.Supervisor("n", spec), c.child("z")}}
			}
			root := start(w, spec)
			ref := root
			if nested {
				var err error
				ref, err = root.Supervisor(ctx, "n")
				require.NoError(w, err)
			}
			b := c.now("b")
			got := harness.Begin(b, func(self *proc.Self[order]) error { return ref.StopChild(self, "b") })
			require.Equal(w, proc.NormalExitRequested{}, harness.Value(w, got))
			harness.Leave(b, nil) // it has been asked, but it was this that it was asked for
			harness.Ended(w, b.ID)
			w.Eventually("b has been stopped", func() bool { return status(w, ref, "b").State == sup.Stopped })

			a := c.now("a")
			got = harness.Begin(a, func(self *proc.Self[order]) error { return root.Stop(self) })
			require.Equal(w, proc.NormalExitRequested{}, harness.Value(w, got))
			harness.Leave(a, nil)
			require.Equal(w, proc.ExitNormally{}, harness.Ended(w, root.ID))
		}
	})
}

// A child may start, stop, restart and list its siblings, whatever the strategy.
func TestDecided_AChildManagesItsSiblings(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for _, strategy := range []sup.Strategy{sup.OneForOne, sup.OneForAll, sup.RestForOne} {
			c := newCast(w)
			ref := start(w, sup.Spec{Strategy: strategy, Children: c.children("a, b")})
			require.NoError(w, harness.Do(w, c.now("a"), func(self *proc.Self[order]) error {
				if _, err := ref.StartChild(self, c.child("new")); err != nil {
					return err
				}
				if err := ref.StopChild(self, "b"); err != nil {
					return err
				}
				if _, err := ref.RestartChild(self, "b"); err != nil {
					return err
				}
				if err := ref.StopChild(self, "new"); err != nil {
					return err
				}
				return ref.DeleteChild(self, "new")
			}))
			require.Equal(w, words("a running, b running"), list(w, ref))
		}
	})
}

// Two children that stop each other at the same time do not wait for each other.
func TestDecided_ChildrenThatStopEachOther(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for _, strategy := range []sup.Strategy{sup.OneForOne, sup.OneForAll, sup.RestForOne} {
			c := newCast(w)
			ref := start(w, sup.Spec{Strategy: strategy, Children: c.children("a, b")})
			for _, pair := range [][2]string{{"a", "b"}, {"b", "a"}} {
				c.now(pair[0]).Send(func(self *proc.Self[order]) *harness.End {
					if err := ref.StopChild(self, pair[1]); err != nil {
						return &harness.End{Err: err}
					}
					return nil
				})
			}
			// Unless one has been stopped before it came to ask, both are asked while they ask.
			w.Eventually("one of them has been stopped", func() bool {
				all := statuses(w, ref)
				return all[0].State == sup.Stopped || all[1].State == sup.Stopped
			})
			require.NoError(w, harness.Value(w, harness.Async(w, func() error { return ref.Stop(context.Background()) })))
		}
	})
}

// Operations during the supervisor's own start, by a child that is being started:
// each is answered, refused or ends with the start; none hangs it for longer than
// the child may take.
func TestDecided_OperationsOfAStartingChildOnItsSupervisor(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		for what, operation := range map[string]func(self *proc.Self[order], ref sup.Ref, c *cast) error{
			"Children": func(self *proc.Self[order], ref sup.Ref, c *cast) error { _, err := ref.Children(self); return err },
			"StartChild": func(self *proc.Self[order], ref sup.Ref, c *cast) error {
				return errorOf(ref.StartChild(self, c.child("new")))
			},
			"StopChild":    func(self *proc.Self[order], ref sup.Ref, c *cast) error { return ref.StopChild(self, "a") },
			"StopChild, b": func(self *proc.Self[order], ref sup.Ref, c *cast) error { return ref.StopChild(self, "b") },
			"Stop":         func(self *proc.Self[order], ref sup.Ref, c *cast) error { return ref.Stop(self) },
		} {
			for _, strategy := range []sup.Strategy{sup.OneForOne, sup.OneForAll} {
				c := newCast(w)
				k := newKeeper(w, w.System())
				start := k.begin(sup.Spec{Strategy: strategy, Children: []sup.Child{
					c.child("a"),
					sup.WorkerReady("b", time.Minute, func(self *proc.Self[order], ready func()) error {
						info, _ := self.ID().Info()
						if err := operation(self, sup.Ref{ID: info.Parent}, c); err != nil {
							return err
						}
						return c.play("b", self, ready)
					}),
				}})
				got := harness.Value(w, start)
				if what == "Children" {
					require.NoError(w, got.err)
				}
				if got.err == nil {
					require.NoError(w, got.ref.Stop(context.Background()))
				}
				k.undisturbed()
				for _, id := range words("a, new") {
					if c.count(id) > 0 {
						require.False(w, c.now(id).Alive(), "%s: %s", what, id)
					}
				}
			}
		}
	})
}

// Decided: a stop during a group restart abandons the restart: nobody starts any more.
func TestDecided_AStopAbandonsAGroupRestart(t *testing.T) {
	for _, strategy := range []sup.Strategy{sup.OneForAll, sup.RestForOne} {
		for stage, prepare := range map[string]func(c *cast){
			"while the others stop": func(c *cast) { c.is("d", manner{deaf: true}) },
			"while it starts":       func(c *cast) {},
		} {
			t.Run(strategy.String()+", "+stage, func(t *testing.T) {
				harness.Everywhere(t, func(w *world) {
					c := newCast(w)
					prepare(c)
					ref := start(w, sup.Spec{Strategy: strategy, Children: []sup.Child{
						c.child("a"), c.child("b"), c.child("d", stop(sup.Stop{Finish: sup.NoLimit})), c.child("e"),
					}})
					c.is("b", manner{slow: true})
					c.crash("b", errBroken)
					lives := 1
					if stage == "while it starts" {
						lives = 2
						c.life("b", 2)
					} else {
						c.saw("d asked")
					}
					w.Settle()
					ref.Interrupt(proc.NormalExitRequested{})
					w.Settle()
					harness.Leave(c.now("d"), nil)
					require.Equal(w, proc.ExitNormally{}, harness.Ended(w, ref.ID))
					require.Equal(w, lives, c.count("b"))
					require.Equal(w, 1, c.count("d"))
					require.Equal(w, 1, c.count("e"))
				})
			})
		}
	}
	harness.Virtually(t, func(w *world) { // while it waits
		c := newCast(w)
		ref := start(w, sup.Spec{Strategy: sup.OneForAll, Backoff: sup.Backoff{First: time.Minute}, Children: c.children("a, b, d")})
		c.crash("b", errBroken)
		w.Settle()
		require.NoError(w, ref.Stop(context.Background()))
		time.Sleep(time.Hour)
		require.Equal(w, []int{1, 1, 1}, []int{c.count("a"), c.count("b"), c.count("d")})
	})
}
