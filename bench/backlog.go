package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// Backlog is a process that has messages queued: how much memory each one takes,
// how long it takes to fill the mailbox and to drain it, and what is left of that
// memory then. In the second workload the process has gone through all of them in
// search for another one. The rival is a channel that has room for all. The large
// backlog is ten million.
func Backlog(large bool) []Comparison {
	n := 1_000_000
	if large {
		n = 10_000_000
	}
	rows := []Row{{Unit: perQueued}, {Unit: perFill}, {Unit: perDrain}, {Unit: perRest}}
	channels := Side{"channels", backlogChannels.of(n)}
	return []Comparison{
		{
			Name: fmt.Sprintf("Backlog/queued=%d", n), N: 1,
			Rows:  rows,
			Sides: []Side{{"hark", backlogHark.of(n)}, channels},
		},
		{
			Name: fmt.Sprintf("Backlog/aside=%d", n), N: 1,
			Rows:  rows,
			Sides: []Side{{"hark", backlogHarkAside.of(n)}, channels},
		},
	}
}

var (
	backlogHark      = measurement{"backlog-hark", harkBacklog(false)}
	backlogHarkAside = measurement{"backlog-hark-aside", harkBacklog(true)}
	backlogChannels  = measurement{"backlog-channels", channelsBacklog}
)

func harkBacklog(aside bool) func(n int) map[string]float64 {
	return func(n int) map[string]float64 {
		s := proc.NewSystem(proc.WithLogger(zerolog.Nop()))
		defer func() {
			if err := s.Stop(context.Background()); err != nil {
				panic(err)
			}
		}()
		look, looked, drain, drained := make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan struct{})
		pid := proc.Spawn(s, func(self *proc.Self[*Note]) error {
			<-look
			if aside {
				if _, err := proc.ReceiveWithin(self, 0, sel.Message[*Triple]()); err == nil {
					panic("received what nobody has sent")
				}
			}
			close(looked)
			<-drain
			for range n {
				if _, err := self.Receive(); err != nil {
					return err
				}
			}
			close(drained)
			_, err := self.Receive()
			return err
		})
		note := new(Note)
		before := resident()
		filled := timeOf(func() {
			for range n {
				pid.Send(note)
			}
		})
		close(look)
		<-looked
		with := resident()
		emptied := timeOf(func() {
			close(drain)
			<-drained
		})
		return backlogValues(n, before, with, resident(), filled, emptied)
	}
}

func channelsBacklog(n int) map[string]float64 {
	before := resident()
	notes := make(chan *Note, n)
	note := new(Note)
	filled := timeOf(func() {
		for range n {
			notes <- note
		}
	})
	with := resident()
	drained := make(chan struct{})
	emptied := timeOf(func() {
		go func() {
			for range n {
				<-notes
			}
			close(drained)
		}()
		<-drained
	})
	values := backlogValues(n, before, with, resident(), filled, emptied)
	close(notes) // it has been in use until here
	return values
}

func backlogValues(n int, before, with, after float64, filled, emptied time.Duration) map[string]float64 {
	return map[string]float64{
		perQueued: (with - before) / float64(n),
		perFill:   float64(filled.Nanoseconds()) / float64(n),
		perDrain:  float64(emptied.Nanoseconds()) / float64(n),
		perRest:   (after - before) / float64(n),
	}
}

func timeOf(f func()) time.Duration {
	began := time.Now()
	f()
	return time.Since(began)
}
