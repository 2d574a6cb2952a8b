package bench

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/harkgo/hark/pkg/proc"
)

const bigSize = 120

// Big is a crowd of processes, each of which pings others at random, one after
// the other, and answers the pings of others meanwhile. The time is that of a
// round trip.
func Big() []Comparison {
	return []Comparison{{
		Name:  "Big",
		Sides: []Side{{"hark", bigHark}, {"channels", bigChannels}},
	}}
}

// bigMessage is a ping, or the pong that answers one.
type bigMessage struct {
	from int
	pong bool
}

// stranger is somebody else than i.
func stranger(r *rand.Rand, i int) int {
	return (i + 1 + r.IntN(bigSize-1)) % bigSize
}

func bigHark(b *testing.B) {
	b.ReportAllocs()
	var done sync.WaitGroup
	done.Add(bigSize)
	start := make(chan struct{})
	inProcess(b, func(self *proc.Self[any]) error {
		all := make([]proc.Pid[bigMessage], bigSize)
		for i := range all {
			all[i] = proc.Spawn(self, func(self *proc.Self[bigMessage]) error {
				<-start
				r := rand.New(rand.NewPCG(1, uint64(i)))
				left := share(b.N, i, bigSize)
				for ; ; left-- {
					if left == 0 {
						done.Done()
					} else if left > 0 {
						all[stranger(r, i)].Send(bigMessage{from: i})
					}
					for {
						m, err := self.Receive()
						if err != nil {
							return err
						}
						if m.pong {
							break
						}
						all[m.from].Send(bigMessage{from: i, pong: true})
					}
				}
			})
		}
		begin(b)
		close(start)
		done.Wait()
		return nil
	})
}

func bigChannels(b *testing.B) {
	b.ReportAllocs()
	var done, ended sync.WaitGroup
	done.Add(bigSize)
	start := make(chan struct{})
	all := make([]chan bigMessage, bigSize)
	for i := range all {
		all[i] = make(chan bigMessage, 2*bigSize) // one ping and one pong from each at most
	}
	for i, inbox := range all {
		ended.Go(func() {
			<-start
			r := rand.New(rand.NewPCG(1, uint64(i)))
			left := share(b.N, i, bigSize)
			for ; ; left-- {
				if left == 0 {
					done.Done()
				} else if left > 0 {
					all[stranger(r, i)] <- bigMessage{from: i}
				}
				for {
					m, ok := <-inbox
					if !ok {
						return
					}
					if m.pong {
						break
					}
					all[m.from] <- bigMessage{from: i, pong: true}
				}
			}
		})
	}
	end := begin(b)
	close(start)
	done.Wait()
	end()
	for _, inbox := range all {
		close(inbox)
	}
	ended.Wait()
}
