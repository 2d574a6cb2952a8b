package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
	"github.com/harkgo/hark/pkg/server"
)

type (
	// Translate is a request whose answer takes a while.
	Translate struct {
		server.Request[string]
		Text string
	}
	// Note is an event. Some are urgent.
	Note struct {
		Text   string
		Urgent bool
	}
)

// Desk is the state: the requests that are to be answered yet.
type Desk struct {
	open map[proc.Ref]server.Request[string]
}

func (d *Desk) begin(*proc.Self[any], struct{}) error {
	d.open = make(map[proc.Ref]server.Request[string])
	return nil
}

// translate answers nothing: it keeps the request, and the desk goes on.
func (d *Desk) translate(self *proc.Self[any], q *Translate) error {
	task := proc.Go(self, func(context.Context) (string, error) { return strings.ToUpper(q.Text), nil })
	task.Notify(self)
	d.open[task.Ref] = q.Request
	return nil
}

// translated answers, when the task has ended.
func (d *Desk) translated(_ *proc.Self[any], m proc.TaskEnded[string]) error {
	request := d.open[m.Ref]
	delete(d.open, m.Ref)
	if m.Err != nil {
		request.Fail(m.Err)
	} else {
		request.Reply(m.Value)
	}
	return nil
}

func (d *Desk) ring(_ *proc.Self[any], n Note) error {
	fmt.Println("rings:", n.Text)
	return nil
}

func (d *Desk) file(_ *proc.Self[any], n Note) error {
	fmt.Println("files:", n.Text)
	return nil
}

// leave is what the desk does about the wish that it ends.
func (d *Desk) leave(_ *proc.Self[any], why proc.NormalExitRequested) error {
	fmt.Println("closes:", why, "with", len(d.open), "open")
	return server.Stop
}

var urgent = sel.Message[Note]().Where(func(n Note) bool { return n.Urgent })

var desks = server.New((*Desk).begin,
	server.On((*Desk).translate),
	server.On((*Desk).translated),
	server.OnSelect(urgent, (*Desk).ring),
	server.On((*Desk).file), // the notes that are not
	server.OnInterrupt((*Desk).leave),
)

func main() {
	proc.Main(func(self *proc.Self[string]) error {
		desk, err := desks.Start(self, self, struct{}{})
		if err != nil {
			return err
		}
		desk.Send(Note{Text: "lunch at one"})
		desk.Send(Note{Text: "fire", Urgent: true})
		text, err := server.Call(self, desk, &Translate{Text: "hello"})
		fmt.Println(text, err)
		desk.Interrupt(proc.NormalExitRequested{})
		reason, err := proc.Join(self, desk.ID)
		fmt.Println(reason, err)
		return nil
	})
}
