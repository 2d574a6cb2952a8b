package server_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/server"
)

// ToAccount is what an account is for.
type ToAccount interface{ toAccount() }

type (
	// Deposit is an event: nobody waits for an answer.
	Deposit struct{ Amount int }

	// Balance and Withdraw are requests: they are answered with what is left.
	Balance  struct{ server.Request[int] }
	Withdraw struct {
		server.Request[int]
		Amount int
	}
)

func (Deposit) toAccount()   {}
func (*Balance) toAccount()  {}
func (*Withdraw) toAccount() {}

var errOverdrawn = errors.New("there is not as much")

// Account is the state of an account.
type Account struct{ balance int }

func (a *Account) open(_ *proc.Self[ToAccount], initial int) error {
	if initial < 0 {
		return errOverdrawn
	}
	a.balance = initial
	return nil
}

func (a *Account) deposit(_ *proc.Self[ToAccount], m Deposit) error {
	a.balance += m.Amount
	return nil
}

func (a *Account) ask(*proc.Self[ToAccount], *Balance) (int, error) { return a.balance, nil }

func (a *Account) withdraw(_ *proc.Self[ToAccount], m *Withdraw) (int, error) {
	if m.Amount > a.balance {
		return 0, errOverdrawn // the client's trouble, not the server's
	}
	a.balance -= m.Amount
	return a.balance, nil
}

var accounts = server.New((*Account).open,
	server.On((*Account).deposit),
	server.OnCall((*Account).ask),
	server.OnCall((*Account).withdraw),
)

// A server is a state, an init, and methods that are bound to messages.
func Example() {
	ctx, system := context.Background(), proc.NewSystem()
	defer func() { _ = system.Stop(ctx) }()

	account, err := accounts.Start(ctx, system, 100)
	if err != nil {
		fmt.Println(err)
		return
	}
	account.Send(Deposit{20})
	fmt.Println(server.Call(ctx, account, new(Balance)))
	fmt.Println(server.Call(ctx, account, &Withdraw{Amount: 70}))

	_, err = server.Call(ctx, account, &Withdraw{Amount: 70})
	refused, answered := errors.AsType[server.Failure](err)
	fmt.Println(answered, refused.Err)
	// Output:
	// 120 <nil>
	// 50 <nil>
	// true there is not as much
}

// The error of an init is that of the start.
func ExampleServer_Start() {
	ctx, system := context.Background(), proc.NewSystem(proc.WithLogger(quiet))
	defer func() { _ = system.Stop(ctx) }()

	_, err := accounts.Start(ctx, system, -5)
	fmt.Println(errors.Is(err, errOverdrawn))
	failed, _ := errors.AsType[server.StartFailed](err)
	fmt.Println(failed.State, failed.Reason)
	// Output:
	// true
	// Account unhandled error: there is not as much
}

// Client is a part of what an account is for: to look, and not to touch.
type Client interface {
	ToAccount
	looks()
}

func (*Balance) looks() {}

// Who gets a view can send no more than that.
func ExampleView() {
	ctx, system := context.Background(), proc.NewSystem()
	defer func() { _ = system.Stop(ctx) }()
	account, _ := accounts.Start(ctx, system, 100)

	var auditor proc.Pid[Client] = server.View[Client](account)
	// auditor.Send(Deposit{1}) does not compile.
	fmt.Println(server.Call(ctx, auditor, new(Balance)))
	// Output: 100 <nil>
}

// A handler of calls returns the answer, or an error for the caller.
func ExampleOnCall() {
	type Half struct {
		server.Request[int]
		Of int
	}
	type none struct{}
	halves := server.New(func(*none, *proc.Self[any], struct{}) error { return nil },
		server.OnCall(func(_ *none, _ *proc.Self[any], q *Half) (int, error) {
			if q.Of%2 != 0 {
				return 0, fmt.Errorf("%d is odd", q.Of)
			}
			return q.Of / 2, nil
		}))
	ctx, system := context.Background(), proc.NewSystem()
	defer func() { _ = system.Stop(ctx) }()
	pid, _ := halves.Start(ctx, system, struct{}{})
	fmt.Println(server.Call(ctx, pid, &Half{Of: 6}))
	fmt.Println(server.Call(ctx, pid, &Half{Of: 7}))
	// Output:
	// 3 <nil>
	// 0 7 is odd
}

// A call with a limit of its own. The server does what it was asked to do all the same.
func ExampleCallWithin() {
	type Wait struct{ server.Request[int] }
	type none struct{}
	slow := server.New(func(*none, *proc.Self[any], struct{}) error { return nil },
		server.OnCall(func(_ *none, self *proc.Self[any], _ *Wait) (int, error) { return 0, self.Sleep(time.Hour) }))
	ctx, system := context.Background(), proc.NewSystem()
	defer func() { _ = system.Stop(ctx) }()
	pid, _ := slow.Start(ctx, system, struct{}{})
	_, err := server.CallWithin(ctx, 10*time.Millisecond, pid, new(Wait))
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	// Output: true
}

// Whoever wants no word of its init spawns a server like any process.
func ExampleServer_Body() {
	ctx, system := context.Background(), proc.NewSystem()
	defer func() { _ = system.Stop(ctx) }()
	account := proc.Spawn(system, accounts.Body(100), proc.Titled("account"))
	fmt.Println(server.Call(ctx, account, new(Balance)))
	// Output: 100 <nil>
}

// An error of a call is the server's answer, or tells that there was none.
func ExampleAnswered() {
	ctx, system := context.Background(), proc.NewSystem()
	defer func() { _ = system.Stop(ctx) }()
	account, _ := accounts.Start(ctx, system, 100)
	ask := func() {
		_, err := server.Call(ctx, account, &Withdraw{Amount: 170})
		answer, answered := server.Answered(err)
		fmt.Println(answered, answer)
	}
	ask()
	account.Shutdown(proc.ExitNormally{})
	_, _ = proc.Join(ctx, account.ID)
	ask()
	// Output:
	// true there is not as much
	// false <nil>
}

// What functions of several handlers share may ask for the phase.
func ExamplePhaseOf() {
	type light struct{}
	type Press struct{ server.Request[server.Phase] }
	press := func(next server.Phase) server.Clause[light, any] {
		return server.OnCall(func(_ *light, self *proc.Self[any], _ *Press) (server.Phase, error) {
			return server.PhaseOf(self), server.To(next) // which is yet to come
		})
	}
	lights := server.New(func(*light, *proc.Self[any], struct{}) error { return nil },
		server.In("off", press("on")),
		server.In("on", press("off")))
	ctx, system := context.Background(), proc.NewSystem()
	defer func() { _ = system.Stop(ctx) }()
	pid, _ := lights.Start(ctx, system, struct{}{})
	for range 3 {
		fmt.Println(server.Call(ctx, pid, new(Press)))
	}
	// Output:
	// off <nil>
	// on <nil>
	// off <nil>
}
