package sim_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sim"
	"github.com/harkgo/hark/pkg/sup"
)

type poolRequest struct{ reply proc.ReplyTo[int] }

// A pool whose children fail in all ways: no key is served by two at a time, whoever asks
// gets an answer or an error, and in the end all keys can be had again.
func TestFault_Pool(t *testing.T) {
	faults := map[string]func() sim.Fault{
		"kill":      func() sim.Fault { return sim.Kill(sim.Titled("key *")).AtMost(3) },
		"crash":     func() sim.Fault { return sim.Crash(sim.Titled("key *")).AtMost(3) },
		"failstart": func() sim.Fault { return sim.FailStart(sim.Titled("key *")).AtMost(2) },
		"pause":     func() sim.Fault { return sim.Pause(sim.Titled("key *"), time.Minute).AtMost(2) },
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			sim.Check(t, func(s *sim.Sim) {
				sys := s.System()
				living := make(map[string]proc.ID)
				pool, err := sup.StartPoolIn(s.Context(), sys, sup.PoolSpec[string, int, poolRequest]{
					Restart: sup.Transient, Intensity: sup.Unlimited, PerKey: 5,
					Options: func(key string, _ int) []proc.SpawnOption { return []proc.SpawnOption{proc.Titled("key " + key)} },
					Body: func(self *proc.Self[poolRequest], key string, _ int) error {
						if other, ok := living[key]; ok && other.Alive() {
							s.Errorf("two at a time")
						}
						living[key] = self.ID()
						for m, err := range self.Messages() {
							if err != nil {
								return err
							}
							m.reply.Reply(1)
						}
						return nil
					},
				})
				require.NoError(s, err)
				s.Fault(fault())
				answers := 0
				for i := range 3 {
					proc.Spawn(sys, func(self *proc.Self[string]) error {
						defer func() { answers++ }()
						for _, key := range []string{"a", "b"} {
							pid, _, err := pool.GetOrSpawn(self, key, i)
							if err != nil {
								continue
							}
							_, _ = proc.CallWithin(self, 10*time.Second, pid, func(r proc.ReplyTo[int]) poolRequest { return poolRequest{r} })
							if i == 2 {
								_ = pool.StopChild(self, key)
							}
						}
						return nil
					})
				}
				s.Eventually("all have been answered", func() bool { return answers == 3 }, sim.WithinTime(time.Hour))
				s.Sleep(time.Hour)
				for _, key := range []string{"a", "b"} {
					ctx, cancel := context.WithTimeout(s.Context(), time.Hour)
					defer cancel()
					for tries := 1; ; tries++ { // the last fault may come only now
						pid, _, err := pool.GetOrSpawn(ctx, key, 1)
						if err == nil {
							_, err = proc.CallWithin(ctx, time.Hour, pid, func(r proc.ReplyTo[int]) poolRequest { return poolRequest{r} })
						}
						if err == nil {
							break
						}
						require.Less(s, tries, 10, "%v", err)
					}
				}
			}, sim.Runs(500))
		})
	}
}
