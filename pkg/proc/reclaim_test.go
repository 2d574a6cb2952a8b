package proc_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// reclaimBlock is a message of which one can tell whether it is still reachable.
type reclaimBlock struct {
	n int
	_ *reclaimBlock // makes it a type with pointers
	_ [64]byte
}

func (b *reclaimBlock) String() string { return fmt.Sprint("block ", b.n) }

// reclaimSend sends n blocks and keeps none of them alive.
//
//go:noinline
func reclaimSend(pid proc.Pid[any], n int) []weak.Pointer[reclaimBlock] {
	sent := make([]weak.Pointer[reclaimBlock], n)
	for i := range n {
		b := &reclaimBlock{n: i}
		sent[i] = weak.Make(b)
		pid.Send(b)
	}
	return sent
}

// reclaimed waits until the blocks are gone.
func reclaimed(w *harness.World, sent []weak.Pointer[reclaimBlock]) {
	w.Helper()
	if w.Sim != nil {
		return // a simulator keeps what has been sent, to see whether somebody changes it
	}
	for i, b := range sent {
		w.Eventually(fmt.Sprint("block ", i, " has been collected"), func() bool {
			if b.Value() != nil {
				runtime.GC()
			}
			return b.Value() == nil
		})
	}
}

// reclaimTake lets p take with f, which says whether it succeeded.
func reclaimTake(p puppet[any], f func(self *proc.Self[any]) bool) {
	p.w.Helper()
	require.True(p.w, puppetDo(p, f))
}

// However it is taken, the process lives on and the message does not.
func TestM6_TakenMessagesAreNotKept(t *testing.T) {
	const n = 5
	receive := func(self *proc.Self[any], f func() error) bool {
		for range n {
			if f() != nil {
				return false
			}
		}
		return true
	}
	for name, take := range map[string]func(self *proc.Self[any]) bool{
		"Self.Receive": func(self *proc.Self[any]) bool {
			return receive(self, func() error { _, err := self.Receive(); return err })
		},
		"by type": func(self *proc.Self[any]) bool {
			return receive(self, func() error { _, err := proc.Receive(self, sel.Message[*reclaimBlock]()); return err })
		},
		"by interface": func(self *proc.Self[any]) bool {
			return receive(self, func() error { _, err := proc.Receive(self, sel.Message[fmt.Stringer]()); return err })
		},
		"by function": func(self *proc.Self[any]) bool {
			return receive(self, func() error {
				_, err := proc.Receive(self, sel.Dynamic(func(m any) (int, bool) { b, ok := m.(*reclaimBlock); return b.n, ok }))
				return err
			})
		},
		"in another order": func(self *proc.Self[any]) bool {
			last := n
			return receive(self, func() error {
				last--
				_, err := proc.Receive(self, sel.Message[*reclaimBlock]().Where(func(b *reclaimBlock) bool { return b.n == last }))
				return err
			})
		},
		"ReceiveWithin": func(self *proc.Self[any]) bool {
			return receive(self, func() error { _, err := proc.ReceiveWithin(self, 0, sel.Any()); return err })
		},
		"ReceiveWithMonitor": func(self *proc.Self[any]) bool {
			return receive(self, func() error { _, err := proc.ReceiveWithMonitor(self, proc.ID{}, sel.Any()); return err })
		},
		"Flush": func(self *proc.Self[any]) bool { return len(self.Flush()) == n },
		"Messages": func(self *proc.Self[any]) bool {
			got := 0
			for range self.Messages() {
				if got++; got == n {
					break
				}
			}
			return true
		},
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				p := puppetOf[any](w, s)
				sent := reclaimSend(p.Pid, n)
				w.Arrive()
				reclaimTake(p, take)
				reclaimed(w, sent)
				require.True(w, p.Alive())

				// the same of messages that had been looked at and set aside
				sent = reclaimSend(p.Pid, n)
				w.Arrive()
				puppetTry(p, sel.Message[int]())
				reclaimTake(p, take)
				reclaimed(w, sent)
				require.True(w, p.Alive())
			})
		})
	}
}

// A message that went to a blocked receive is not kept either, nor while the process is blocked in the next one.
func TestM6_HandedOverMessagesAreNotKept(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p := puppetOf[any](w, s)
		done := puppetStart(p, func(self *proc.Self[any]) error {
			for {
				if _, err := proc.Receive(self, sel.Message[*reclaimBlock]()); err != nil {
					return err
				}
			}
		})
		p.receiving()
		sent := reclaimSend(p.Pid, 10)
		w.Arrive()
		p.Send("unwanted")
		reclaimed(w, sent)
		p.receiving()
		p.Interrupt(proc.InterruptedBy{Value: 1})
		require.Error(w, harness.Value(w, done))
	})
}

// Taken out of the midst of others that stay queued, of one type or of many, a message goes and the others stay.
func TestM6_TakenFromTheMidst(t *testing.T) {
	for _, aside := range []bool{false, true} {
		t.Run(fmt.Sprint("set aside ", aside), func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				const n = 600
				s := w.System()
				p := puppetOf[any](w, s)
				puppetSend[any](p.Pid, "before", 1, 2.5)
				sent := reclaimSend(p.Pid, n)
				puppetSend[any](p.Pid, "behind", 3)
				w.Arrive()
				if aside {
					puppetTry(p, sel.Message[bool]())
				}
				third := func(b *reclaimBlock) bool { return b.n%3 == 0 }
				reclaimTake(p, func(self *proc.Self[any]) bool {
					for range n / 3 {
						if _, err := proc.Receive(self, sel.Message[*reclaimBlock]().Where(third)); err != nil {
							return false
						}
					}
					return true
				})
				for i, b := range sent {
					if i%3 == 0 {
						reclaimed(w, []weak.Pointer[reclaimBlock]{b})
					} else {
						require.NotNil(w, b.Value())
					}
				}
				reclaimTake(p, func(self *proc.Self[any]) bool { // the first of those that are left, one by one
					for range n / 3 {
						if _, err := proc.Receive(self, sel.Message[*reclaimBlock]()); err != nil {
							return false
						}
					}
					return true
				})
				left := n / 3
				for _, b := range sent[:n/2] {
					reclaimed(w, []weak.Pointer[reclaimBlock]{b})
				}
				require.Equal(w, left+5, p.waiting())
			})
		})
	}
}

// After a timeout nothing keeps what was only looked at longer than the mailbox does.
func TestM6_LookedAtIsNotKeptLonger(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p := puppetOf[any](w, s)
		sent := reclaimSend(p.Pid, 20)
		w.Arrive()
		for _, d := range []time.Duration{0, time.Millisecond} {
			reclaimTake(p, func(self *proc.Self[any]) bool {
				_, err := proc.ReceiveWithin(self, d, sel.Any().Where(func(any) bool { return false }))
				return err != nil
			})
		}
		reclaimTake(p, func(self *proc.Self[any]) bool { return len(self.Flush()) == 20 })
		reclaimed(w, sent)
	})
}

// A large backlog costs no memory any more once it has been drained, though the process lives on.
func TestM6_ADrainedBacklogIsGivenBack(t *testing.T) {
	heap := func() uint64 {
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	drain := map[string]func(p puppet[any]){
		"by Receive": func(p puppet[any]) {
			reclaimTake(p, func(self *proc.Self[any]) bool {
				for {
					if _, err := proc.ReceiveWithin(self, 0, sel.Any()); err != nil {
						return true
					}
				}
			})
		},
		"by type, set aside before": func(p puppet[any]) {
			puppetTry(p, sel.Message[bool]())
			reclaimTake(p, func(self *proc.Self[any]) bool {
				for {
					if _, err := proc.ReceiveWithin(self, 0, sel.Message[int]()); err != nil {
						return true
					}
				}
			})
		},
		"by Flush": func(p puppet[any]) {
			reclaimTake(p, func(self *proc.Self[any]) bool { return len(self.Flush()) > 0 })
		},
	}
	for name, take := range drain {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				const n = 300_000
				s := w.System()
				p := puppetOf[any](w, s)
				p.Send(0)
				take(p)
				before := heap()
				for i := range n {
					p.Send(i)
				}
				full := heap()
				require.Greater(w, full, before+16*n)
				take(p)
				require.Zero(w, p.waiting())
				w.Eventually("the memory is given back", func() bool { return heap() < before+(full-before)/8 })
			}, harness.NotSimulated("the trace is larger than the backlog"))
		})
	}
}
