package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/harkgo/hark/pkg/proc"
)

// Call is a request to a server and its reply. Hark's call has a deadline, sees
// the death of the server and drops a late reply. The rival is a goroutine that
// gets a struct with a fresh reply channel in it, and has nothing of that; the
// one with a timer has the deadline.
//
// While any Go timer is pending the Go scheduler reads the clock at each switch.
// Hark's deadlines are such timers. So there is also a rival in a program that has
// timers of its own, one for each caller, as most services have.
func Call() []Comparison {
	var all []Comparison
	for _, callers := range []int{1, 64} {
		all = append(all, Comparison{
			Name: fmt.Sprintf("Call/callers=%d", callers),
			Rows: timed(1.2),
			Sides: []Side{
				{"hark", callHark(callers)},
				{"channels", callChannels(callers, askChannel)},
				{"channels-timer", callChannels(callers, askChannelWithin)},
			},
		}, Comparison{
			Name: fmt.Sprintf("Call/timers/callers=%d", callers),
			Rows: timed(1.2),
			Sides: []Side{
				{"hark", callHark(callers)},
				{"channels", amongTimers(callers, callChannels(callers, askChannel))},
			},
		})
	}
	return all
}

type question struct {
	n     int
	reply proc.ReplyTo[int]
}

// serve is a server.
func serve(self *proc.Self[question]) error {
	for {
		q, err := self.Receive()
		if err != nil {
			return err
		}
		q.reply.Reply(q.n + 1)
	}
}

func callHark(callers int) func(*testing.B) {
	return func(b *testing.B) {
		b.ReportAllocs()
		s := newSystem(b)
		server := proc.Spawn(s, serve)
		begin(b)
		clients := make([]proc.ID, callers)
		for i := range clients {
			clients[i] = proc.Spawn(s, func(self *proc.Self[any]) error {
				for n := range share(b.N, i, callers) {
					answer, err := proc.Call(self, server, func(reply proc.ReplyTo[int]) question {
						return question{n, reply}
					})
					if err != nil {
						return err
					}
					if answer != n+1 {
						return fmt.Errorf("%d is the answer to %d", answer, n)
					}
				}
				return nil
			}).ID
		}
		for _, id := range clients {
			wait(b, id)
		}
	}
}

// amongTimers is run in a program that has some timers pending.
func amongTimers(timers int, run func(*testing.B)) func(*testing.B) {
	return func(b *testing.B) {
		for range max(timers, 16*runtime.GOMAXPROCS(0)) { // some for each processor
			var made sync.WaitGroup
			made.Go(func() {
				t := time.AfterFunc(time.Hour, func() {})
				b.Cleanup(func() { t.Stop() })
			})
			made.Wait()
		}
		run(b)
	}
}

type channelQuestion struct {
	n     int
	reply chan int
}

func askChannel(server chan<- channelQuestion, n int) (int, error) {
	reply := make(chan int, 1)
	server <- channelQuestion{n, reply}
	return <-reply, nil
}

func askChannelWithin(server chan<- channelQuestion, n int) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	reply := make(chan int, 1)
	select {
	case server <- channelQuestion{n, reply}:
	case <-ctx.Done():
		return 0, errors.New("not heard in time")
	}
	select {
	case answer := <-reply:
		return answer, nil
	case <-ctx.Done():
		return 0, errors.New("no answer in time")
	}
}

func callChannels(callers int, ask func(chan<- channelQuestion, int) (int, error)) func(*testing.B) {
	return func(b *testing.B) {
		b.ReportAllocs()
		server := make(chan channelQuestion)
		defer close(server)
		go func() {
			for q := range server {
				q.reply <- q.n + 1
			}
		}()
		begin(b)
		var clients sync.WaitGroup
		for i := range callers {
			clients.Go(func() {
				for n := range share(b.N, i, callers) {
					answer, err := ask(server, n)
					if err != nil {
						b.Error(err)
						return
					}
					if answer != n+1 {
						b.Errorf("%d is the answer to %d", answer, n)
						return
					}
				}
			})
		}
		clients.Wait()
	}
}
