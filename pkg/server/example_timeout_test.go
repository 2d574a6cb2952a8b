package server_test

import (
	"context"
	"fmt"
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/server"
)

// Seat is a seat that can be reserved for a moment.
type Seat struct{ who string }

type (
	// Reserve is a request for the seat. While it is reserved it waits.
	Reserve struct {
		server.Request[string]
		Who string
	}
	// Pay makes a reservation one for good.
	Pay struct{}
)

func (s *Seat) reserve(_ *proc.Self[any], q *Reserve) (string, error) {
	s.who = q.Who
	return "reserved for " + s.who, server.To("reserved")
}

func (s *Seat) pay(*proc.Self[any], Pay) error {
	fmt.Println(s.who, "has paid")
	return server.Stop
}

func (s *Seat) expire(*proc.Self[any]) error {
	fmt.Println(s.who, "has not paid")
	return server.To("free")
}

var seats = server.New[Seat, any, struct{}](nil,
	server.In("free", server.OnCall((*Seat).reserve)),
	server.In("reserved",
		server.On((*Seat).pay),
		server.OnTimeout(20*time.Millisecond, (*Seat).expire),
	),
)

// A reservation that is not paid for expires; whoever asks meanwhile waits.
func ExampleOnTimeout() {
	ctx, system := context.Background(), proc.NewSystem()
	defer func() { _ = system.Stop(ctx) }()
	seat, _ := seats.Start(ctx, system, struct{}{})

	fmt.Println(server.Call(ctx, seat, &Reserve{Who: "Ada"}))
	fmt.Println(server.Call(ctx, seat, &Reserve{Who: "Bob"}))
	seat.Send(Pay{})
	<-seat.Done()
	// Output:
	// reserved for Ada <nil>
	// Ada has not paid
	// reserved for Bob <nil>
	// Bob has paid
}

// A connection that backs off: each stay in the phase waiting is longer than the one
// before. See the example of In for the rest of it.
func ExampleOnTimeoutFunc() {
	type retries struct{ n int }
	of := server.New[retries, any, struct{}](nil,
		server.In("trying", server.OnEnter(func(r *retries, _ *proc.Self[any], _ server.Phase) error {
			if r.n++; r.n > 3 {
				return server.Stop
			}
			return server.To("waiting")
		})),
		server.In("waiting", server.OnTimeoutFunc(
			func(r *retries, _ *proc.Self[any]) time.Duration {
				d := time.Millisecond << r.n
				fmt.Println("waits for", d)
				return d
			},
			func(*retries, *proc.Self[any]) error { return server.To("trying") },
		)))
	ctx, system := context.Background(), proc.NewSystem()
	pid, _ := of.Start(ctx, system, struct{}{})
	<-pid.Done()
	_ = system.Stop(ctx)
	// Output:
	// waits for 2ms
	// waits for 4ms
	// waits for 8ms
}
