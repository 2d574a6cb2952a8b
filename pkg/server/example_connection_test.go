package server_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/server"
)

// The phases of a connection.
const (
	connecting server.Phase = "connecting"
	waiting    server.Phase = "waiting"
	connected  server.Phase = "connected"
	closing    server.Phase = "closing"
)

type (
	// Line is a request to write a line. It is answered when the line is out.
	Line struct {
		server.Request[int]
		Text string
	}
	// Bye asks the connection to close.
	Bye struct{}
)

// wire is what has been dialled.
type wire struct{ *strings.Builder }

// Conn is a connection. Requests that come while there is none wait in the mailbox:
// the phase connecting has no handler for them, and there is nothing to be stashed,
// postponed or handed on.
type Conn struct {
	dial     func(context.Context) (wire, error)
	attempts int
	wire     wire
}

func (c *Conn) open(_ *proc.Self[any], dial func(context.Context) (wire, error)) error {
	c.dial = dial
	return nil
}

// connect dials on a task, so that the server can be asked to close meanwhile.
func (c *Conn) connect(self *proc.Self[any], _ server.Phase) error {
	proc.Go(self, c.dial).Notify(self)
	return nil
}

func (c *Conn) dialled(_ *proc.Self[any], m proc.TaskEnded[wire]) error {
	if m.Err != nil {
		fmt.Println("dial again:", m.Err)
		return server.To(waiting)
	}
	c.wire = m.Value
	return server.To(connected)
}

// backOff is how long to wait before the next attempt.
func (c *Conn) backOff(*proc.Self[any]) time.Duration {
	c.attempts++
	return time.Millisecond << min(c.attempts, 10)
}

func (c *Conn) again(*proc.Self[any]) error { return server.To(connecting) }

func (c *Conn) write(_ *proc.Self[any], q *Line) (int, error) {
	return c.wire.WriteString(q.Text + "\n")
}

func (c *Conn) bye(*proc.Self[any], Bye) error { return server.To(closing) }

var errClosing = errors.New("the connection is closing")

func (c *Conn) refuse(*proc.Self[any], *Line) (int, error) { return 0, errClosing }

func (c *Conn) closed(*proc.Self[any]) error { return server.Stop }

func (c *Conn) enter(_ *proc.Self[any], phase server.Phase) error {
	fmt.Println(phase)
	return nil
}

var connections = server.New((*Conn).open,
	server.OnEnter((*Conn).enter),
	server.In(connecting,
		server.OnEnter((*Conn).connect),
		server.On((*Conn).dialled),
	),
	server.In(waiting,
		server.OnTimeoutFunc((*Conn).backOff, (*Conn).again),
	),
	server.In(connected,
		server.OnCall((*Conn).write),
		server.On((*Conn).bye),
	),
	server.In(closing,
		server.OnCall((*Conn).refuse),
		server.OnIdle(10*time.Millisecond, (*Conn).closed),
	),
)

// A connection in phases: what is asked of it while it connects is answered when it
// is connected.
func ExampleIn() {
	ctx, system := context.Background(), proc.NewSystem()
	defer func() { _ = system.Stop(ctx) }()

	out, attempts := wire{new(strings.Builder)}, 0
	conn, err := connections.Start(ctx, system, func(context.Context) (wire, error) {
		if attempts++; attempts == 1 {
			return wire{}, errors.New("nobody there")
		}
		return out, nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(server.Call(ctx, conn, &Line{Text: "hello"})) // it is still connecting
	conn.Send(Bye{})
	_, err = server.Call(ctx, conn, &Line{Text: "too late"})
	fmt.Println(err)
	<-conn.Done()
	fmt.Print("sent: ", out)
	// Output:
	// connecting
	// dial again: nobody there
	// waiting
	// connecting
	// connected
	// 6 <nil>
	// closing
	// the connection is closing
	// sent: hello
}
