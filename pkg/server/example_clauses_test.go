package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
	"github.com/harkgo/hark/pkg/server"
	"github.com/harkgo/hark/pkg/sup"
)

// quiet is for examples in which a server crashes.
var quiet = zerolog.New(io.Discard)

// desk is a state, and prints what it gets.
type desk struct{ name string }

func (d *desk) open(_ *proc.Self[any], name string) error { d.name = name; return nil }

func (d *desk) text(_ *proc.Self[any], text string) error {
	fmt.Println(d.name, "got", text)
	return nil
}

// sent starts a server, sends it some messages, and waits until it has ended.
func sent(of *server.Server[desk, any, string], messages ...any) {
	ctx, system := context.Background(), proc.NewSystem(proc.WithLogger(quiet))
	defer func() { _ = system.Stop(ctx) }()
	pid, err := of.Start(ctx, system, "desk")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range messages {
		pid.Send(m)
	}
	reason, _ := proc.Join(ctx, pid.ID)
	fmt.Println(reason)
}

// Messages of any type are handled by it, those of the runtime too. What a handler
// returns says what becomes of the server.
func ExampleOn() {
	watch := func(d *desk, self *proc.Self[any], n int) error {
		child := proc.Spawn(self, func(*proc.Self[any]) error { return nil }, proc.Titled("child"))
		self.Monitor(child.ID)
		return nil
	}
	down := func(d *desk, _ *proc.Self[any], m proc.ProcessDown) error {
		fmt.Println("child", m.Reason)
		return server.Stop
	}
	sent(server.New((*desk).open, server.On((*desk).text), server.On(watch), server.On(down)), "a letter", 1)
	// Output:
	// desk got a letter
	// child ended normally
	// ended normally
}

// A selector picks messages by more than their type, and makes something else of them.
func ExampleOnSelect() {
	urgent := sel.With(func(n int) (string, bool) { return fmt.Sprint("urgent ", n), n > 100 })
	rest := func(d *desk, _ *proc.Self[any], n int) error {
		fmt.Println(d.name, "files", n)
		return server.Stop
	}
	sent(server.New((*desk).open, server.OnSelect(urgent, (*desk).text), server.On(rest)), 500, 7)
	// Output:
	// desk got urgent 500
	// desk files 7
	// ended normally
}

// Asked to end, the server does so in its own way.
func ExampleOnInterrupt() {
	leave := func(d *desk, self *proc.Self[any], _ proc.NormalExitRequested) error {
		fmt.Println(d.name, "tidies up")
		return server.Stop
	}
	ask := func(_ *desk, self *proc.Self[any], n int) error {
		self.ID().Interrupt(proc.NormalExitRequested{}) // as a supervisor does
		return nil
	}
	sent(server.New((*desk).open, server.On(ask), server.OnInterrupt(leave)), 1)
	// Output:
	// desk tidies up
	// ended normally
}

// A session that nobody uses ends.
func ExampleOnIdle() {
	expire := func(d *desk, _ *proc.Self[any]) error {
		fmt.Println(d.name, "closes")
		return server.Stop
	}
	sent(server.New((*desk).open, server.On((*desk).text), server.OnIdle(10*time.Millisecond, expire)), "a letter")
	// Output:
	// desk got a letter
	// desk closes
	// ended normally
}

// A server that is strict about what it is sent.
func ExampleServer_Unhandled() {
	sent(server.New((*desk).open, server.On((*desk).text)).Unhandled(server.Crash), "a letter", 3.14)
	// Output:
	// desk got a letter
	// unhandled error: no handler for messages of type float64
}

// Finally is called however the server ends, unless it is killed.
func ExampleServer_Finally() {
	of := server.New((*desk).open, server.On(func(*desk, *proc.Self[any], int) error { panic("ink") })).
		Finally(func(d *desk, _ *proc.Self[any]) { fmt.Println(d.name, "is locked") })
	sent(of, 1)
	// Output:
	// desk is locked
	// panic: ink
}

// Lookup is a request that takes a while.
type Lookup struct {
	server.Request[string]
	Word string
}

// library answers when a task has found what was asked for. Meanwhile it goes on.
type library struct {
	waiting map[proc.Ref]server.Request[string]
}

func (l *library) open(*proc.Self[any], struct{}) error {
	l.waiting = make(map[proc.Ref]server.Request[string])
	return nil
}

func (l *library) lookup(self *proc.Self[any], q *Lookup) error {
	task := proc.Go(self, func(context.Context) (string, error) {
		if q.Word == "" {
			return "", errors.New("look up what?")
		}
		return "see under " + q.Word, nil
	})
	task.Notify(self)
	l.waiting[task.Ref] = q.Request
	return nil
}

func (l *library) found(_ *proc.Self[any], m proc.TaskEnded[string]) error {
	request := l.waiting[m.Ref]
	delete(l.waiting, m.Ref)
	if m.Err != nil {
		request.Fail(m.Err)
	} else {
		request.Reply(m.Value)
	}
	return nil
}

// A request may be kept and answered later.
func ExampleRequest() {
	ctx, system := context.Background(), proc.NewSystem()
	defer func() { _ = system.Stop(ctx) }()
	libraries := server.New((*library).open, server.On((*library).lookup), server.On((*library).found))
	pid, _ := libraries.Start(ctx, system, struct{}{})

	fmt.Println(server.CallWithin(ctx, time.Minute, pid, &Lookup{Word: "server"}))
	_, err := server.Call(ctx, pid, new(Lookup))
	fmt.Println(err)
	// Output:
	// see under server <nil>
	// look up what?
}

// A supervised server is up when its init has returned.
func ExampleServer_BodyReady() {
	_ = proc.Run(context.Background(), func(self *proc.Self[any]) error {
		name := proc.NewName[ToAccount]("savings")
		_, err := sup.Start(self, sup.Spec{Children: []sup.Child{
			sup.WorkerReady("savings", time.Second, accounts.BodyReady(100), proc.Registered(name)),
		}})
		if err != nil {
			return err
		}
		fmt.Println(server.Call(self, proc.Named(self, name), new(Balance)))
		return nil
	})
	// Output: 100 <nil>
}

// A pool of servers, each with a key and an argument.
func ExampleServer_Enter() {
	_ = proc.Run(context.Background(), func(self *proc.Self[any]) error {
		pool, err := sup.StartPool(self, sup.PoolSpec[string, int, ToAccount]{
			BodyReady: func(self *proc.Self[ToAccount], owner string, initial int, ready func()) error {
				return accounts.Enter(self, initial, ready)
			},
		})
		if err != nil {
			return err
		}
		ada, err := pool.Spawn(self, "ada", 70)
		if err != nil {
			return err
		}
		fmt.Println(server.Call(self, ada, new(Balance)))
		return nil
	})
	// Output: 70 <nil>
}
