package bench

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/harkgo/hark/pkg/proc"
)

// PingPong is a message that goes to and fro between two processes. The time is
// that of a round trip. In the busy workload, goroutines that compute and never
// block take every processor meanwhile: whoever gives its turn away to wait for
// an answer gets it back late.
func PingPong() []Comparison {
	return []Comparison{
		{
			Name:  "PingPong/value",
			Rows:  timed(1.15),
			Sides: []Side{{"hark", pingPongHark}, {"channels", pingPongChannels}},
		},
		{
			Name:  "PingPong/pointer",
			Rows:  timed(1.15),
			Sides: []Side{{"hark", pingPongPointersHark}, {"channels", pingPongPointersChannels}},
		},
		{
			Name:  "PingPong/busy",
			Rows:  timed(1.15),
			Sides: []Side{{"hark", whileBusy(pingPongHark)}, {"channels", whileBusy(pingPongChannels)}},
		},
	}
}

type (
	ping struct{ n int }
	pong struct{ n int }
)

func pingPongHark(b *testing.B) {
	b.ReportAllocs()
	inProcess(b, func(self *proc.Self[pong]) error {
		me := self.Pid()
		ponger := proc.Spawn(self, func(self *proc.Self[ping]) error {
			for {
				got, err := self.Receive()
				if err != nil {
					return err
				}
				me.Send(pong(got))
			}
		})
		begin(b)
		for n := range b.N {
			ponger.Send(ping{n})
			got, err := self.Receive()
			if err != nil {
				return err
			}
			if got.n != n {
				return fmt.Errorf("pong %d came for ping %d", got.n, n)
			}
		}
		return nil
	})
}

func pingPongChannels(b *testing.B) {
	b.ReportAllocs()
	inGoroutine(func() {
		pings, pongs := make(chan ping), make(chan pong)
		go func() {
			for got := range pings {
				pongs <- pong(got)
			}
		}()
		defer close(pings)
		begin(b)
		for n := range b.N {
			pings <- ping{n}
			if got := <-pongs; got.n != n {
				b.Errorf("pong %d came for ping %d", got.n, n)
				return
			}
		}
	})
}

func pingPongPointersHark(b *testing.B) {
	b.ReportAllocs()
	inProcess(b, func(self *proc.Self[*pong]) error {
		me := self.Pid()
		ponger := proc.Spawn(self, func(self *proc.Self[*ping]) error {
			back := new(pong)
			for {
				got, err := self.Receive()
				if err != nil {
					return err
				}
				back.n = got.n
				me.Send(back)
			}
		})
		there := new(ping)
		begin(b)
		for n := range b.N {
			there.n = n
			ponger.Send(there)
			got, err := self.Receive()
			if err != nil {
				return err
			}
			if got.n != n {
				return fmt.Errorf("pong %d came for ping %d", got.n, n)
			}
		}
		return nil
	})
}

func pingPongPointersChannels(b *testing.B) {
	b.ReportAllocs()
	inGoroutine(func() {
		pings, pongs := make(chan *ping), make(chan *pong)
		go func() {
			back := new(pong)
			for got := range pings {
				back.n = got.n
				pongs <- back
			}
		}()
		defer close(pings)
		there := new(ping)
		begin(b)
		for n := range b.N {
			there.n = n
			pings <- there
			if got := <-pongs; got.n != n {
				b.Errorf("pong %d came for ping %d", got.n, n)
				return
			}
		}
	})
}

// whileBusy is run beside as many goroutines that compute as there are
// processors.
func whileBusy(run func(*testing.B)) func(*testing.B) {
	return func(b *testing.B) {
		var stop atomic.Bool
		var all sync.WaitGroup
		for range runtime.GOMAXPROCS(0) {
			all.Go(func() {
				for x := uint64(1); !stop.Load(); {
					for range 1000 {
						x = x*6364136223846793005 + 1442695040888963407
					}
					computed.Store(x)
				}
			})
		}
		defer all.Wait()
		defer stop.Store(true)
		run(b)
	}
}

// computed keeps what is computed from being left out.
var computed atomic.Uint64
