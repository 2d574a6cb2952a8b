package probe_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/probe"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
	"github.com/harkgo/hark/pkg/sim"
)

// Tick is what a metronome sends.
type Tick int

// metronome sends a tick each second, as long as there is somebody who listens.
func metronome(to proc.Pid[Tick]) func(self *proc.Self[string]) error {
	return func(self *proc.Self[string]) error {
		self.Monitor(to.ID)
		for n := Tick(1); ; n++ {
			down, err := proc.ReceiveWithin(self, time.Second, sel.Message[proc.ProcessDown]())
			if err == nil {
				return down.Reason
			}
			if _, ok := err.(proc.TimeoutInterrupt); !ok {
				return err
			}
			to.Send(n)
		}
	}
}

// metronomeTest is one test for all of the ways in which it can be run.
func metronomeTest(t probe.TB, sys *proc.System) {
	listener := probe.New[Tick](t, sys, proc.Titled("listener"))
	boss := probe.New[string](t, sys, proc.Titled("boss"))
	m := proc.Spawn(sys, metronome(listener.Pid()), proc.Titled("metronome"))

	listener.ExpectNothing(time.Second / 2)
	for n := range Tick(3) {
		if got := listener.Next(); got != n+1 {
			t.Errorf("got tick %d", got)
		}
	}
	boss.Monitor(m.ID)
	listener.End(nil)
	boss.ExpectDown(m.ID)
}

func TestMetronome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := proc.NewSystem(proc.WithLogger(zerolog.Nop()))
		t.Cleanup(func() { _ = sys.Stop(context.Background()) })
		metronomeTest(t, sys)
	})
}

func TestMetronome_UnderManySchedules(t *testing.T) {
	sim.Check(t, func(s *sim.Sim) { metronomeTest(s, s.System()) }, sim.Runs(100))
}

func ExampleNew() {
	var t *testing.T // of the test
	synctest.Test(t, func(t *testing.T) {
		sys := proc.NewSystem(proc.WithLogger(zerolog.Nop()))
		t.Cleanup(func() { _ = sys.Stop(context.Background()) })

		listener := probe.New[Tick](t, sys)
		m := proc.Spawn(sys, metronome(listener.Pid()))
		if got := listener.Next(); got != 1 {
			t.Errorf("the first tick is %d", got)
		}
		m.Shutdown(proc.ExitNormally{})
		listener.ExpectDown(m.ID)
	})
}

// A probe stands in for a server, and answers as the test wants.
func ExampleAsk() {
	var t *testing.T // of the test
	synctest.Test(t, func(t *testing.T) {
		sys := proc.NewSystem(proc.WithLogger(zerolog.Nop()))
		t.Cleanup(func() { _ = sys.Stop(context.Background()) })

		client, server := probe.New[string](t, sys), probe.New[request](t, sys)
		answer := probe.Ask(client, server.Pid(), func(r proc.ReplyTo[int]) request { return request{20, r} })
		got := server.Next()
		got.reply.Reply(got.n + 1)
		if answer.Reply() != 21 {
			t.Error("a wrong answer")
		}
	})
}
