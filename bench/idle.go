package bench

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// Idle is a crowd of processes that wait for a message: how much memory each
// one takes, with the address that a message can be sent to, and how long the
// garbage collector takes to look at all of them. In further workloads they wait
// with a selector of two types, and have made a call before. The rival is as many
// goroutines, each blocked on a channel. The large crowd is a million.
func Idle(large bool) []Comparison {
	n := 100_000
	if large {
		n = 1_000_000
	}
	comparison := func(name string, target float64, hark measurement) Comparison {
		return Comparison{
			Name:  fmt.Sprintf("Idle/%s/processes=%d", name, n),
			Rows:  []Row{{Unit: perThread, Target: target}, {Unit: perGC}},
			Sides: []Side{{"hark", hark.of(n)}, {"channels", idleChannels.of(n)}},
			N:     1,
		}
	}
	return []Comparison{
		comparison("receive", 1.1, idleHark),
		comparison("or", 0, idleHarkOr),
		comparison("called", 0, idleHarkCalled),
	}
}

var (
	idleHark       = measurement{"idle-hark", harkIdle(waitInReceive)}
	idleHarkOr     = measurement{"idle-hark-or", harkIdle(waitInOr)}
	idleHarkCalled = measurement{"idle-hark-called", harkIdle(waitAfterCall)}
	idleChannels   = measurement{"idle-channels", channelsIdle}
)

// waitInReceive and the others are what the processes of a crowd do: they say
// that they are ready, and wait for a message.
func waitInReceive(self *proc.Self[*Note], _ proc.Pid[question], ready func()) error {
	ready()
	_, err := self.Receive()
	return err
}

var noteOrTriple = sel.Or(
	sel.Case(func(*Note) int { return 1 }),
	sel.Case(func(*Triple) int { return 2 }),
)

func waitInOr(self *proc.Self[*Note], _ proc.Pid[question], ready func()) error {
	ready()
	_, err := proc.Receive(self, noteOrTriple)
	return err
}

func waitAfterCall(self *proc.Self[*Note], server proc.Pid[question], ready func()) error {
	_, err := proc.Call(self, server, func(reply proc.ReplyTo[int]) question { return question{1, reply} })
	ready()
	if err != nil {
		return err
	}
	_, err = self.Receive()
	return err
}

func harkIdle(body func(self *proc.Self[*Note], server proc.Pid[question], ready func()) error) func(n int) map[string]float64 {
	return func(n int) map[string]float64 {
		s := proc.NewSystem(proc.WithLogger(zerolog.Nop()), proc.WithCallTimeout(time.Minute))
		defer func() {
			if err := s.Stop(context.Background()); err != nil {
				panic(err)
			}
		}()
		server := proc.Spawn(s, serve)
		all := make([]proc.Pid[*Note], n)
		var ready, ended sync.WaitGroup
		ready.Add(n)
		ended.Add(n)
		return idle(n, func() {
			for i := range all {
				all[i] = proc.Spawn(s, func(self *proc.Self[*Note]) error {
					defer ended.Done()
					return body(self, server, ready.Done)
				})
			}
			ready.Wait()
		}, func() {
			note := new(Note)
			for _, pid := range all {
				pid.Send(note)
			}
			ended.Wait()
		})
	}
}

func channelsIdle(n int) map[string]float64 {
	all := make([]chan *Note, n)
	var ready, ended sync.WaitGroup
	ready.Add(n)
	ended.Add(n)
	return idle(n, func() {
		for i := range all {
			notes := make(chan *Note)
			all[i] = notes
			go func() {
				defer ended.Done()
				ready.Done()
				<-notes
			}()
		}
		ready.Wait()
	}, func() {
		note := new(Note)
		for _, notes := range all {
			notes <- note
		}
		ended.Wait()
	})
}

// idle measures what start brings to life, and ends it with a message for each.
func idle(n int, start, end func()) map[string]float64 {
	before := resident()
	start()
	began := time.Now()
	runtime.GC()
	collected := time.Since(began)
	with := resident()
	end()
	return map[string]float64{
		perThread: (with - before) / float64(n),
		perGC:     float64(collected.Microseconds()) / 1000,
	}
}
