package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// Say is what a room accepts: a line, and where to tell how many there are.
type Say struct {
	Line  string
	Lines proc.ReplyTo[int]
}

// room is one room of many. Its key is its name; what else it is given when it is
// started is its topic.
func room(self *proc.Self[Say], name, topic string) error {
	lines := 0
	for m, err := range self.Messages() {
		if err != nil {
			return err
		}
		if strings.Contains(m.Line, "fire") {
			return errors.New("all have left the " + name)
		}
		lines++
		m.Lines.Reply(lines)
	}
	return nil
}

// rooms is an address that stays good: made once, it leads to whatever room has a
// key, in whatever life of the pool.
var rooms = sup.NewPool(sup.PoolSpec[string, string, Say]{
	Body:    room,
	Restart: sup.Transient, // after a crash; a room that ends normally is gone
	PerKey:  2,             // a room that crashes for the third time within Period is given up,
	Period:  time.Minute,   // and the others are not concerned
})

// say says something in a room, and opens it first if need be.
func say(self *proc.Self[string], name, line string) {
	pid, opened, err := rooms.GetOrSpawn(self, name, "any topic") // waits for a restart
	if err != nil {
		fmt.Println(name, err)
		return
	}
	lines, err := proc.Call(self, pid, func(r proc.ReplyTo[int]) Say { return Say{line, r} })
	if err != nil {
		fmt.Printf("%s: %v\n", name, errors.Unwrap(err))
		return
	}
	fmt.Printf("%s: opened %t, lines %d\n", name, opened, lines)
}

func run(self *proc.Self[string]) error {
	tree, err := sup.Start(self, sup.Spec{Children: []sup.Child{rooms.Child("rooms")}})
	if err != nil {
		return err
	}
	say(self, "kitchen", "hello")
	say(self, "cellar", "hello")
	say(self, "kitchen", "is there cake?")
	say(self, "cellar", "fire!")
	say(self, "cellar", "hello") // in the next life of the room
	say(self, "cellar", "fire!")
	say(self, "cellar", "fire!")
	say(self, "cellar", "hello") // in a new room
	say(self, "kitchen", "good night")
	fmt.Println("rooms:", rooms.Len())
	return tree.Stop(self)
}

func main() {
	proc.Main(run, proc.WithLogger(zerolog.Nop()))
}
