package bench

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/server"
)

// IdleServers is how many idle servers there are, if it is not 0.
var IdleServers int

// Servers is what a server costs: a message that goes to and fro between two of
// them, beside two processes whose body is a loop; a call, beside a goroutine that
// gets a fresh reply channel with each request; and a crowd of idle ones, beside as
// many goroutines that wait on a channel, but a million at most. A large crowd is a
// million.
func Servers(large bool) []Comparison {
	all := []Comparison{
		{
			Name:  "Servers/PingPong",
			Sides: []Side{{"servers", pingPongServers}, {"processes", pingPongLoops}},
			Rows:  timed(1.25),
		},
	}
	for _, callers := range []int{1, 64} {
		all = append(all, Comparison{
			Name:  fmt.Sprintf("Servers/Call/callers=%d", callers),
			Sides: []Side{{"server", callServer(callers)}, {"channels", callGoroutine(callers)}},
			Rows:  []Row{{Unit: perOp}, {Unit: perHalf}, {Unit: perHundred}, {Unit: perThousand}},
		})
	}
	n := 100_000
	if large {
		n = 1_000_000
	}
	if IdleServers > 0 {
		n = IdleServers
	}
	return append(all, Comparison{
		Name:  fmt.Sprintf("Servers/Idle/servers=%d", n),
		Sides: []Side{{"servers", idleServers.of(n)}, {"channels", idleChannels.of(min(n, 1_000_000))}},
		Rows:  []Row{{Unit: perThread, Target: 0.2}, {Unit: perGC}},
		N:     1,
	})
}

// The latencies that all calls but so many are below of.
const (
	perHalf     = "p50-ns"
	perHundred  = "p99-ns"
	perThousand = "p99.9-ns"
)

// settling is how long servers work before they are measured. In its first moments
// a server may be asked to give up its goroutine, and a timer is pending for that,
// which makes the Go scheduler read the clock at each switch.
const settling = 300 * time.Millisecond

// volley is a message that goes to and fro until n is 0.
type volley struct {
	n    int
	back proc.Pid[volley]
	over chan<- struct{}
}

func (v volley) to(me proc.Pid[volley]) {
	if v.n == 0 {
		v.over <- struct{}{}
		return
	}
	v.back.Send(volley{v.n - 1, me, v.over})
}

type player struct{}

func (*player) hit(self *proc.Self[volley], v volley) error {
	v.to(self.Pid())
	return nil
}

var players = server.New[player, volley, struct{}](nil, server.On((*player).hit))

func pingPongServers(b *testing.B) {
	s := newSystem(b)
	play(b, func() proc.Pid[volley] {
		pid, err := players.Start(context.Background(), s, struct{}{})
		if err != nil {
			b.Fatal(err)
		}
		return pid
	})
}

func pingPongLoops(b *testing.B) {
	s := newSystem(b)
	play(b, func() proc.Pid[volley] {
		return proc.Spawn(s, func(self *proc.Self[volley]) error {
			for {
				v, err := self.Receive()
				if err != nil {
					return err
				}
				v.to(self.Pid())
			}
		})
	})
}

func play(b *testing.B, start func() proc.Pid[volley]) {
	b.ReportAllocs()
	one, other := start(), start()
	over := make(chan struct{})
	rally := func(n int) {
		one.Send(volley{2 * n, other, over}) // a round trip is two messages
		<-over
	}
	for began := time.Now(); time.Since(began) < settling; {
		rally(1000)
	}
	begin(b)
	rally(b.N)
}

// increment is a request.
type increment struct {
	server.Request[int]
	n int
}

type incrementer struct{}

func (*incrementer) increment(_ *proc.Self[*increment], q *increment) (int, error) {
	return q.n + 1, nil
}

var incrementers = server.New[incrementer, *increment, struct{}](nil, server.OnCall((*incrementer).increment))

// asking makes a request and returns the answer.
type asking func(n int) (int, error)

// callServer is done by processes.
func callServer(callers int) func(*testing.B) {
	return func(b *testing.B) {
		s := newSystem(b)
		pid, err := incrementers.Start(context.Background(), s, struct{}{})
		if err != nil {
			b.Fatal(err)
		}
		measureCalls(b, callers, func(run func(asking)) {
			wait(b, proc.Spawn(s, func(self *proc.Self[any]) error {
				run(func(n int) (int, error) { return server.Call(self, pid, &increment{n: n}) })
				return nil
			}).ID)
		})
	}
}

func callGoroutine(callers int) func(*testing.B) {
	return func(b *testing.B) {
		requests := make(chan channelQuestion)
		defer close(requests)
		go func() {
			for q := range requests {
				q.reply <- q.n + 1
			}
		}()
		measureCalls(b, callers, func(run func(asking)) {
			run(func(n int) (int, error) { return askChannel(requests, n) })
		})
	}
}

// measureCalls measures how long each call takes, of callers that all call the same
// server. Caller runs what it is given as one of them.
func measureCalls(b *testing.B, callers int, caller func(run func(asking))) {
	b.ReportAllocs()
	caller(func(ask asking) {
		for n, began := 0, time.Now(); time.Since(began) < settling; n++ {
			if _, err := ask(n); err != nil {
				b.Error(err)
				return
			}
		}
	})
	took := make([]time.Duration, b.N)
	end := begin(b)
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			caller(func(ask asking) {
				mine := took[b.N*i/callers : b.N*(i+1)/callers]
				for n := range mine {
					began := time.Now()
					answer, err := ask(n)
					mine[n] = time.Since(began)
					if err != nil || answer != n+1 {
						b.Errorf("%d is the answer to %d: %v", answer, n, err)
						return
					}
				}
			})
		})
	}
	all.Wait()
	end()
	slices.Sort(took)
	for unit, part := range map[string]float64{perHalf: 0.5, perHundred: 0.99, perThousand: 0.999} {
		b.ReportMetric(float64(took[int(part*float64(b.N-1))]), unit)
	}
}

// rester is an idle server.
type rester struct{ _ int }

func (*rester) note(*proc.Self[*Note], *Note) error { return server.Stop }

var resters = server.New[rester, *Note, struct{}](nil, server.On((*rester).note))

var idleServers = measurement{"idle-servers", func(n int) map[string]float64 {
	s := proc.NewSystem(proc.WithLogger(zerolog.Nop()))
	defer func() {
		if err := s.Stop(context.Background()); err != nil {
			panic(err)
		}
	}()
	all := make([]proc.Pid[*Note], n)
	goroutines := runtime.NumGoroutine()
	return idle(n, func() {
		for i := range all {
			var err error
			if all[i], err = resters.Start(context.Background(), s, struct{}{}); err != nil {
				panic(err)
			}
		}
		for runtime.NumGoroutine() > goroutines+1 { // one may come and go
			time.Sleep(10 * time.Millisecond)
		}
	}, func() {
		note := new(Note)
		for _, pid := range all {
			pid.Send(note)
		}
		for _, pid := range all {
			<-pid.Done()
		}
	})
}}
