package server_test

import (
	"context"
	"fmt"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/server"
)

// The phases of an order.
const (
	placed  server.Phase = "placed"
	paid    server.Phase = "paid"
	shipped server.Phase = "shipped"
)

// What happens to an order. It comes from different parts of a shop, in any order.
type (
	Paid     struct{ Amount int }
	Packed   struct{ Parcel string }
	Received struct{}
	Status   struct{ server.Request[string] }
)

// Purchase is the state of an order.
type Purchase struct {
	price  int
	parcel string
	phase  server.Phase
}

func (p *Purchase) place(_ *proc.Self[any], price int) error { p.price = price; return nil }

func (p *Purchase) enter(_ *proc.Self[any], phase server.Phase) error {
	p.phase = phase
	fmt.Println("now", phase)
	return nil
}

func (p *Purchase) pay(_ *proc.Self[any], m Paid) error {
	if p.price -= m.Amount; p.price > 0 {
		return nil
	}
	return server.To(paid)
}

func (p *Purchase) pack(_ *proc.Self[any], m Packed) error {
	p.parcel = m.Parcel
	return server.To(shipped)
}

func (p *Purchase) receive(*proc.Self[any], Received) error { return server.Stop }

func (p *Purchase) status(*proc.Self[any], *Status) (string, error) {
	return fmt.Sprintf("%s, open: %d, parcel: %q", p.phase, p.price, p.parcel), nil
}

var purchases = server.New((*Purchase).place,
	server.OnEnter((*Purchase).enter),
	server.OnCall((*Purchase).status), // in every phase
	server.In(placed, server.On((*Purchase).pay)),
	server.In(paid, server.On((*Purchase).pack)),
	server.In(shipped, server.On((*Purchase).receive)),
)

// An order goes its way though its events come in the wrong order: each waits until
// its phase has come.
func ExampleTo() {
	ctx, system := context.Background(), proc.NewSystem()
	defer func() { _ = system.Stop(ctx) }()
	order, _ := purchases.Start(ctx, system, 30)

	order.Send(Packed{"no. 7"}) // the warehouse is faster than the bank
	order.Send(Paid{10})
	fmt.Println(server.Call(ctx, order, new(Status)))
	order.Send(Received{})
	order.Send(Paid{20})
	reason, _ := proc.Join(ctx, order.ID)
	fmt.Println(reason)
	// Output:
	// now placed
	// placed, open: 20, parcel: "" <nil>
	// now paid
	// now shipped
	// ended normally
}

// A common OnEnter sees each change of phase.
func ExampleOnEnter() {
	type light struct{}
	type change struct{ server.Request[struct{}] }
	next := map[server.Phase]server.Phase{"red": "green", "green": "red"}
	in := func(phase server.Phase) server.Clause[light, *change] {
		return server.In(phase, server.OnCall(func(*light, *proc.Self[*change], *change) (struct{}, error) {
			return struct{}{}, server.To(next[phase])
		}))
	}
	lights := server.New[light, *change, struct{}](nil, in("red"), in("green"),
		server.OnEnter(func(_ *light, _ *proc.Self[*change], phase server.Phase) error {
			fmt.Println(phase)
			return nil
		}))
	ctx, system := context.Background(), proc.NewSystem()
	pid, _ := lights.Start(ctx, system, struct{}{})
	for range 3 {
		_, _ = server.Call(ctx, pid, new(change))
	}
	_ = system.Stop(ctx)
	// Output:
	// red
	// green
	// red
	// green
}
