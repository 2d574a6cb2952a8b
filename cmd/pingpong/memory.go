package main

import (
	"runtime"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// memory is what one idle player costs, in bytes of heap and stack.
type memory struct{ process, goroutine float64 }

// measureMemory starts n idle players of each kind, and compares what is in use
// after a collection with what was before. Each player has struck one ball, so
// that its stack is as large as playing makes it. Those of the first kind stay
// while the second is measured: else the second would be built from what the
// runtime has kept of the first, and look cheaper.
func (g *game) measureMemory(n int) (memory, error) {
	processes := make([]proc.Pid[ToPonger], n)
	goroutines := make([]chan *Ball, n)
	ball := newBall(g.config.payload)
	catcher := proc.Spawn(g.self, catch(g.self.Pid()), proc.Owned())
	ball.Home = catcher

	before := inUse()
	for i := range processes {
		processes[i] = proc.Spawn(g.self, func(self *proc.Self[ToPonger]) error {
			return strikeBack(self, new(PongerCard))
		}, proc.Owned())
	}
	for _, player := range processes {
		ball.stamp(1)
		player.Send(ball)
		if _, err := await(g, sel.Message[Caught]()); err != nil {
			return memory{}, err
		}
	}
	between := inUse()
	back := make(chan *Ball)
	for i := range goroutines {
		goroutines[i] = make(chan *Ball)
		go channelPonger(goroutines[i], back)
	}
	for _, there := range goroutines {
		ball.stamp(1)
		there <- ball
		<-back
	}
	after := inUse()

	catcher.Interrupt(proc.NormalExitRequested{})
	for _, player := range processes {
		player.Interrupt(proc.NormalExitRequested{})
	}
	for _, there := range goroutines {
		close(there)
	}
	for _, player := range processes {
		g.self.AwaitEnd(player.ID, -1)
	}
	runtime.KeepAlive(processes)
	runtime.KeepAlive(goroutines)
	return memory{
		process:   (between - before) / float64(n),
		goroutine: (after - between) / float64(n),
	}, nil
}

// catch is the body of who catches balls for the game, which is no pinger itself.
func catch(game proc.Pid[ToGame]) func(*proc.Self[ToPinger]) error {
	return func(self *proc.Self[ToPinger]) error {
		for _, err := range self.Messages() {
			if err != nil {
				return err
			}
			game.Send(Caught{})
		}
		return nil
	}
}

// inUse collects the garbage, twice because of finalizers and pools, and
// returns the bytes of heap and stacks that are left.
func inUse() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) + float64(m.StackInuse)
}
