package proc_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// loopScript is the state of a process that receives now this and now that.
type loopScript struct {
	seed  int
	n     int // receives that have ended
	start time.Time
	mu    *sync.Mutex
	seen  *[]string
	told  *int // how often it has been told to hibernate
}

// run receives until it is told to hibernate, shut down, or sent a false. What it waits for, and how long, depends on
// how many receives have ended.
func (s *loopScript) run(self *proc.Self[any]) error {
	for {
		at := s.n*7 + s.seed
		o := oracleLeaves[(at*at+at/3)%(len(oracleLeaves)-1)]
		d := []time.Duration{-1, 3 * time.Millisecond, 40 * time.Millisecond, 40 * time.Millisecond, time.Second, -1}[at%6]
		wanted := sel.Or(o.real, sel.Map(sel.Equal(false), oracleTextOf[bool]))
		var own func(any) string
		if o.name == "Any" {
			own = oracleText
		}
		v, err := proc.ReceiveOrHibernate(self, d, wanted, own)
		s.mu.Lock()
		if err == proc.Hibernate {
			*s.told++
			s.mu.Unlock()
			return err
		}
		s.n++
		*s.seen = append(*s.seen, fmt.Sprint(time.Since(s.start), " ", o.name, " ", v, " ", err))
		s.mu.Unlock()
		if v == oracleText(false) {
			return nil
		}
	}
}

func oracleTextOf[A any](a A) string { return oracleText(a) }

// Whatever is sent and when, a process that hibernates receives the same, at the same time, as one that keeps its
// goroutine.
func TestLoop_HibernationMakesNoDifference(t *testing.T) {
	harness.Virtually(t, func(w *harness.World) {
		loop := proc.NewLoop(func(self *proc.Self[any], s *loopScript) error { return s.run(self) })
		told := 0
		rapid.Check(w, func(t *rapid.T) {
			s := w.System()
			proc.SetWarm(s, rapid.SampledFrom([]int{1, 1024}).Draw(t, "warm"),
				rapid.SampledFrom([]time.Duration{time.Millisecond, 10 * time.Millisecond}).Draw(t, "for"))
			var seen [2][]string
			none := 0
			var mu sync.Mutex
			script := loopScript{mu: &mu, seed: rapid.IntRange(0, 1000).Draw(t, "seed"), start: time.Now()}
			plain, looping := script, script
			plain.seen, plain.told = &seen[0], &none
			looping.seen, looping.told = &seen[1], &told
			pids := []proc.Pid[any]{
				proc.Spawn(s, func(self *proc.Self[any]) error { return plain.run(self) }),
				loopEnter(s, loop, looping),
			}
			other := loopEnter(s, loopSum, 0) // takes the place of a warm one
			both := func(f func(proc.Pid[any])) {
				for _, p := range pids {
					f(p)
				}
			}
			same := func() {
				mu.Lock()
				defer mu.Unlock()
				require.Equal(t, seen[0], seen[1])
			}
			t.Repeat(map[string]func(*rapid.T){
				"": func(*rapid.T) {
					synctest.Wait()
					same()
				},
				"send": func(t *rapid.T) {
					for range rapid.IntRange(1, 3).Draw(t, "messages") {
						m := rapid.SampledFrom(oracleMessages).Draw(t, "message")
						both(func(p proc.Pid[any]) { p.Send(m) })
						if rapid.Bool().Draw(t, "settle") {
							synctest.Wait()
						}
					}
				},
				"interrupt": func(t *rapid.T) {
					n := rapid.IntRange(1, 2).Draw(t, "interrupts")
					for i := range n {
						both(func(p proc.Pid[any]) { p.Interrupt(proc.InterruptedBy{Value: i}) })
						synctest.Wait() // else a message may come between the two
					}
				},
				"late event": func(*rapid.T) { both(func(p proc.Pid[any]) { proc.LateEvent(p.ID) }) },
				"sleep": func(t *rapid.T) {
					time.Sleep(rapid.SampledFrom([]time.Duration{
						time.Millisecond / 2, 2 * time.Millisecond, 5 * time.Millisecond, 15 * time.Millisecond, 70 * time.Millisecond, 2 * time.Second,
					}).Draw(t, "d"))
				},
				"the other one": func(*rapid.T) { other.Send(1) },
			})
			both(func(p proc.Pid[any]) { p.Send(false) })
			for i := 0; pids[0].Alive() || pids[1].Alive(); i++ {
				require.Less(t, i, 100_000)
				time.Sleep(time.Millisecond / 2)
			}
			synctest.Wait()
			same()
			require.Zero(t, none)
			require.NoError(t, s.Stop(t.Context()))
		})
		require.Positive(w, told)
	})
}
