package proc_test

import (
	"runtime"
	"testing"
	"weak"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// keptRequest asks with a block, which is worth watching.
type keptRequest struct {
	block *reclaimBlock
	reply proc.ReplyTo[int]
}

// keptBy runs do, which says what is to be collected, as a process that then, if it is to live on, waits for a message.
// The process's id is held until that has been collected.
func keptBy(w *harness.World, livesOn bool, do func(self *proc.Self[any], watch func(*reclaimBlock))) {
	w.Helper()
	s := w.System()
	blocks := make(chan weak.Pointer[reclaimBlock], 1)
	idle := make(chan bool)
	p := proc.Spawn(s, func(self *proc.Self[any]) error {
		do(self, func(b *reclaimBlock) { blocks <- weak.Make(b) })
		close(idle)
		if livesOn {
			_, err := self.Receive()
			return err
		}
		return nil
	})
	block := harness.Value(w, blocks)
	<-idle
	if !livesOn {
		_, err := proc.Join(w.Context(), p.ID)
		require.NoError(w, err)
	}
	reclaimed(w, []weak.Pointer[reclaimBlock]{block})
	runtime.KeepAlive(p)
}

// Neither a process that lives on nor the id of a dead one keeps what an operation was about once that is over.
func TestM6_WhatAnOperationWasAboutIsNotKept(t *testing.T) {
	request := func(b *reclaimBlock) func(proc.ReplyTo[int]) any {
		return func(r proc.ReplyTo[int]) any { return keptRequest{b, r} }
	}
	for name, do := range map[string]func(self *proc.Self[any], watch func(*reclaimBlock)){
		"the predicate of a receive": func(self *proc.Self[any], watch func(*reclaimBlock)) {
			b := &reclaimBlock{n: 1}
			watch(b)
			self.Pid().Send(1)
			self.Pid().Send("left")
			_, _ = proc.Receive(self, sel.With(func(i int) (int, bool) { return i, i == b.n }))
			_, _ = proc.ReceiveWithin(self, 1, sel.With(func(i int) (int, bool) { return i, i == b.n }))
			_ = self.Flush()
		},
		"the request of a call to a dead process": func(self *proc.Self[any], watch func(*reclaimBlock)) {
			dead := proc.Spawn(self, func(*proc.Self[any]) error { return nil })
			_, _ = proc.Join(self, dead.ID)
			b := new(reclaimBlock)
			watch(b)
			_, _ = proc.Call(self, dead, request(b))
		},
		"the request of a call whose server crashed": func(self *proc.Self[any], watch func(*reclaimBlock)) {
			b := new(reclaimBlock)
			watch(b)
			server := proc.Spawn(self, func(s *proc.Self[any]) error {
				_, _ = proc.Receive(s, sel.Message[string]())
				return nil
			})
			server.Send("go")
			_, _ = proc.Call(self, server, request(b))
		},
		"a dead server and its reason": func(self *proc.Self[any], watch func(*reclaimBlock)) {
			server, ref := proc.SpawnMonitor(self, func(s *proc.Self[any]) error {
				m, _ := s.Receive()
				b := new(reclaimBlock)
				watch(b)
				m.(keptRequest).reply.Reply(1)
				panic(b)
			})
			_, _ = proc.Call(self, server, request(nil))
			_, _ = proc.Receive(self, proc.SelectDown(ref))
		},
	} {
		for _, livesOn := range []bool{true, false} {
			t.Run(name+map[bool]string{true: ", lives on", false: ", dead"}[livesOn], func(t *testing.T) {
				harness.Everywhere(t, func(w *harness.World) { keptBy(w, livesOn, do) },
					harness.NotSimulated("the trace knows every process that there has been"))
			})
		}
	}
}
