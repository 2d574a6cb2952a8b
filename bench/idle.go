package bench

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/proc"
)

// Idle is a crowd of processes that wait for a message: how much memory each
// one takes, with the address that a message can be sent to, and how long the
// garbage collector takes to look at all of them. The rival is as many
// goroutines, each blocked on a channel. The large crowd is a million.
func Idle(large bool) []Comparison {
	sizes := []int{1000, 100_000}
	if large {
		sizes = []int{1_000_000}
	}
	var all []Comparison
	for _, n := range sizes {
		all = append(all, Comparison{
			Name:  fmt.Sprintf("Idle/processes=%d", n),
			Rows:  []Row{{Unit: perThread, Target: 1.1}, {Unit: perGC}},
			Sides: []Side{{"hark", idleHark.of(n)}, {"channels", idleChannels.of(n)}},
			N:     1,
		})
	}
	return all
}

var (
	idleHark     = measurement{"idle-hark", harkIdle}
	idleChannels = measurement{"idle-channels", channelsIdle}
)

func harkIdle(n int) map[string]float64 {
	s := proc.NewSystem(proc.WithLogger(zerolog.Nop()))
	defer func() {
		if err := s.Stop(context.Background()); err != nil {
			panic(err)
		}
	}()
	all := make([]proc.Pid[*Note], n)
	var ready, ended sync.WaitGroup
	ready.Add(n)
	ended.Add(n)
	return idle(n, func() {
		for i := range all {
			all[i] = proc.Spawn(s, func(self *proc.Self[*Note]) error {
				ready.Done()
				_, err := self.Receive()
				ended.Done()
				return err
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
				ready.Done()
				<-notes
				ended.Done()
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
