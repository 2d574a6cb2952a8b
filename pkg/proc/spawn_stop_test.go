package proc

import (
	"context"
	"runtime"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
)

// An owner is killed while a process that it spawns is refused because the system
// stops: that one is its already, and is found dead, not killed.
func TestS3_AnOwnerIsKilledWhileItSpawnsDuringAStop(t *testing.T) {
	for range 100 {
		s := NewSystem(WithLogger(zerolog.Nop()))
		spawn := make(chan bool)
		owner := Spawn(s, func(self *Self[int]) error {
			<-spawn
			Spawn(self, func(*Self[int]) error { return nil }, Owned())
			return nil
		})
		p := owner.local()
		until := func(f func() bool) {
			for ok := false; !ok; runtime.Gosched() {
				p.Lock()
				ok = f()
				p.Unlock()
			}
		}

		shard := &s.live[(p.number+1)%shards] // of the next process
		shard.mu.Lock()
		s.stopping.begun.Store(true)
		spawn <- true
		until(func() bool { m := p.more.Load(); return m != nil && len(m.children) == 1 })
		killed := make(chan bool)
		go func() { owner.Kill(); close(killed) }()
		until(func() bool { return p.ctl.Load()&ctlKilled != 0 })
		shard.mu.Unlock() // now the spawn is refused, and whoever is first has the new process
		<-killed

		for range s.Processes() {
			t.Fatal("nobody is alive")
		}
		require.EqualValues(t, 1, s.Counters().Ended)
		require.NoError(t, s.Stop(context.Background()))
	}
}
