package bench

import (
	"fmt"
	"sync"
	"testing"

	"github.com/harkgo/hark/pkg/proc"
)

const ringSize = 1000

// Ring is a thousand processes, each of which passes tokens on to the next one.
// The time is that of a hop. The rival has a channel from each to the next.
func Ring() []Comparison {
	var all []Comparison
	for _, tokens := range []int{1, 100} {
		all = append(all, Comparison{
			Name: fmt.Sprintf("Ring/tokens=%d", tokens),
			Sides: []Side{
				{"hark", ringHark(tokens)},
				{"channels", ringChannels(tokens, 0)},
				{"channels-buffered", ringChannels(tokens, 1024)},
			},
		})
	}
	return all
}

// token goes round until it has made all its hops.
type token struct{ left int }

func ringHark(tokens int) func(*testing.B) {
	return func(b *testing.B) {
		b.ReportAllocs()
		var done sync.WaitGroup
		done.Add(tokens)
		inProcess(b, func(self *proc.Self[any]) error {
			var first proc.Pid[token]
			ready := make(chan struct{})
			node := func(next *proc.Pid[token]) func(*proc.Self[token]) error {
				return func(self *proc.Self[token]) error {
					<-ready
					next := *next
					for {
						t, err := self.Receive()
						if err != nil {
							return err
						}
						if t.left <= 1 {
							done.Done()
							continue
						}
						next.Send(token{t.left - 1})
					}
				}
			}
			next := &first
			for range ringSize {
				pid := proc.Spawn(self, node(next))
				next = &pid
			}
			first = *next
			close(ready)
			begin(b)
			for i := range tokens {
				first.Send(token{share(b.N, i, tokens)})
			}
			done.Wait()
			return nil
		})
	}
}

func ringChannels(tokens, room int) func(*testing.B) {
	return func(b *testing.B) {
		b.ReportAllocs()
		var done, nodes sync.WaitGroup
		done.Add(tokens)
		channels := make([]chan token, ringSize)
		for i := range channels {
			channels[i] = make(chan token, room)
		}
		for i, from := range channels {
			to := channels[(i+1)%ringSize]
			nodes.Go(func() {
				for t := range from {
					if t.left <= 1 {
						done.Done()
						continue
					}
					to <- token{t.left - 1}
				}
			})
		}
		end := begin(b)
		for i := range tokens {
			channels[0] <- token{share(b.N, i, tokens)}
		}
		done.Wait()
		end()
		for _, c := range channels {
			close(c)
		}
		nodes.Wait()
	}
}
