package proc_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// deadletters collects what the hook of a system was shown.
type deadletters struct {
	mu  sync.Mutex
	all []proc.DeadLetter
}

func (d *deadletters) hook(letter proc.DeadLetter) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all = append(d.all, letter)
}

func (d *deadletters) seen() []proc.DeadLetter {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]proc.DeadLetter(nil), d.all...)
}

// deadlettersSystem makes a system whose dead letters are collected.
func deadlettersSystem(w *harness.World, opts ...proc.Option) (*proc.System, *deadletters) {
	d := &deadletters{}
	return w.System(append([]proc.Option{proc.WithDeadLetters(d.hook)}, opts...)...), d
}

// deadlettersCount is the number of dead letters of s.
func deadlettersCount(s *proc.System) int {
	n := uint64(0)
	for _, of := range s.Counters().DeadLetters {
		n += of
	}
	return int(n)
}

// expect waits until s has as many dead letters as are wanted, and demands that
// they are those, in any order, and that hook and counters agree.
func (d *deadletters) expect(w *harness.World, s *proc.System, want ...any) {
	w.Helper()
	w.Eventually(fmt.Sprintf("%d dead letters", len(want)), func() bool {
		return len(d.seen()) >= len(want) && deadlettersCount(s) >= len(want)
	})
	if w.Bubble {
		w.Settle()
	}
	messages, byReason := []any{}, map[string]uint64{}
	for _, letter := range d.seen() {
		messages = append(messages, letter.Message)
		byReason[letter.Reason]++
	}
	require.ElementsMatch(w, want, messages)
	counted := map[string]uint64{}
	for reason, n := range s.Counters().DeadLetters {
		if n > 0 {
			counted[reason] = n
		}
	}
	require.Equal(w, byReason, counted)
}

// expectNone demands that nothing is a dead letter of s. So that one on its way
// would be seen, it makes one of its own.
func (d *deadletters) expectNone(w *harness.World, s *proc.System) {
	w.Helper()
	gone := proc.Spawn(s, func(*proc.Self[string]) error { return nil })
	harness.Ended(w, gone.ID)
	gone.Send("the only one")
	d.expect(w, s, "the only one")
}

// deadlettersEndings are ways to end a puppet that has nothing to do.
var deadlettersEndings = []struct {
	name string
	end  func(p puppet[any])
}{
	{"returns", func(p puppet[any]) { p.leave() }},
	{"panics", func(p puppet[any]) { p.todo <- func(*proc.Self[any]) { panic("crash") } }},
	{"exits", func(p puppet[any]) { p.todo <- func(self *proc.Self[any]) { self.Exit(proc.ExitNormally{}) } }},
	{"crashes", func(p puppet[any]) {
		p.todo <- func(self *proc.Self[any]) { self.Exit(proc.ExitUnhandledError{Err: errors.New("failed")}) }
	}},
	{"is shut down", func(p puppet[any]) { p.Shutdown(proc.ExitNormallyWith{Detail: "enough"}) }},
	{"is killed", func(p puppet[any]) { p.Kill() }},
}

// What is sent to a process after it has ended, however, is a dead letter that names it.
func TestM3_SentToADeadProcess(t *testing.T) {
	for _, ending := range deadlettersEndings {
		t.Run(ending.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s, dead := deadlettersSystem(w)
				p := puppetOf[any](w, s)
				ending.end(p)
				harness.Ended(w, p.ID)
				p.Send("by the test")
				proc.Contramap(p.Pid, func(i int) any { return fmt.Sprint("mapped ", i) }).Send(1)
				other := puppetOf[int](w, s)
				puppetDo(other, func(*proc.Self[int]) bool { puppetSend[any](p.Pid, nil, []int{1}); return true })
				dead.expect(w, s, "by the test", "mapped 1", nil, []int{1})
				for _, letter := range dead.seen() {
					require.True(w, letter.To == p.ID, "to %v instead of %v", letter.To, p.ID)
					require.NotEmpty(w, letter.Reason)
				}
			})
		})
	}
}

// A message to a process that never started is one, and so is one to a name that nobody has.
func TestM3_SentToNobody(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s, dead := deadlettersSystem(w)
		name := proc.NewName[string]("deadletters")
		holder := puppetOf[string](w, s, proc.Registered(name))
		proc.Spawn(s, func(*proc.Self[string]) error { return nil }, proc.Registered(name)).Send("never started")
		dead.expect(w, s, "never started")

		holder.leave()
		harness.Ended(w, holder.ID)
		proc.Named(s, name).Send("unregistered")
		dead.expect(w, s, "never started", "unregistered")
	})
}

// A message that a timer sends is a message like others: to a dead process it is a dead letter.
func TestM3_SentAfterDeath(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s, dead := deadlettersSystem(w)
		p := puppetOf[int](w, s)
		gone := proc.Spawn(s, func(*proc.Self[string]) error { return nil })
		harness.Ended(w, gone.ID)
		puppetDo(p, func(self *proc.Self[int]) bool {
			proc.SendAfter(self, time.Millisecond, gone, "late")
			return true
		})
		dead.expect(w, s, "late")
	})
}

// All that is left in a mailbox at exit is dead letters: fresh, looked at before, and nil.
func TestM3_LeftAtExit(t *testing.T) {
	for _, ending := range deadlettersEndings {
		t.Run(ending.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s, dead := deadlettersSystem(w)
				p := puppetOf[any](w, s)
				puppetSend[any](p.Pid, "aside", 1.5, nil, 1, "behind")
				require.Equal(w, 1, puppetReceive(p, sel.Message[int]()))
				blocked := puppetBegin(p, sel.Message[int]())
				puppetSend[any](p.Pid, "while blocked", true, 2, "fresh")
				require.Equal(w, 2, puppetMessage(p, blocked))
				puppetSend[any](p.Pid, "last", nil)
				dead.expect(w, s)
				ending.end(p)
				harness.Ended(w, p.ID)
				dead.expect(w, s, "aside", 1.5, nil, "behind", "while blocked", true, "fresh", "last", nil)
				for _, letter := range dead.seen() {
					require.True(w, letter.To == p.ID)
				}
			})
		})
	}
}

// Also a process that is blocked when it is ended leaves what it did not want.
func TestM3_LeftAtExitOfABlockedProcess(t *testing.T) {
	for name, end := range map[string]func(id proc.ID){
		"interrupt": func(id proc.ID) { id.Interrupt(proc.NormalExitRequested{}) },
		"shutdown":  func(id proc.ID) { id.Shutdown(proc.ExitNormally{}) },
		"kill":      func(id proc.ID) { id.Kill() },
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s, dead := deadlettersSystem(w)
				pid := proc.Spawn(s, func(self *proc.Self[any]) error {
					_, err := proc.Receive(self, sel.Message[int]())
					return err
				})
				puppetSend[any](pid, "queued", nil)
				w.Settle()
				puppetSend[any](pid, "arrived", 1.5)
				end(pid.ID)
				harness.Ended(w, pid.ID)
				dead.expect(w, s, "queued", nil, "arrived", 1.5)
			})
		})
	}
}

// A killed process is dead although its goroutine goes on: what it had and what it is sent are dead letters already then.
func TestM3_KilledWhileBusy(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s, dead := deadlettersSystem(w)
		started, release := make(chan bool, 1), make(chan struct{})
		pid := proc.Spawn(s, func(*proc.Self[any]) error {
			started <- true
			<-release
			return nil
		})
		harness.Value(w, started)
		puppetSend[any](pid, 1, 2, 3)
		pid.Kill()
		pid.Send(4)
		dead.expect(w, s, 1, 2, 3, 4)
		close(release)
		dead.expectStill(w, s, 1, 2, 3, 4)
	})
}

// expectStill is expect after all goroutines of killed processes have unwound.
func (d *deadletters) expectStill(w *harness.World, s *proc.System, want ...any) {
	w.Helper()
	w.Eventually("nothing is abandoned", func() bool {
		for range s.Abandoned() {
			return false
		}
		return true
	})
	d.expect(w, s, want...)
}

// What arrives while a process unwinds, or waits for the end of those it owns, is counted once.
func TestM3_SentWhileEnding(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s, dead := deadlettersSystem(w)
		unwinding, release := make(chan bool, 2), make(chan struct{})
		childUp := make(chan bool, 1)
		pid := proc.Spawn(s, func(self *proc.Self[any]) error {
			proc.Spawn(self, func(child *proc.Self[int]) error {
				defer func() { unwinding <- true; <-release }()
				childUp <- true
				_, err := child.Receive()
				return err
			}, proc.Owned())
			defer func() { unwinding <- true; <-release }()
			_, err := proc.Receive(self, sel.Message[int]())
			return err
		})
		harness.Value(w, childUp)
		pid.Send("before")
		pid.Shutdown(proc.ExitNormally{})
		harness.Value(w, unwinding)
		pid.Send("deferred functions are running")
		release <- struct{}{}
		harness.Value(w, unwinding) // now the child's deferred function is what the end waits for
		pid.Send("reason is fixed")
		w.Eventually("the last one is a dead letter already", func() bool {
			return slices.ContainsFunc(dead.seen(), func(letter proc.DeadLetter) bool { return letter.Message == "reason is fixed" })
		})
		require.True(w, pid.Alive())
		release <- struct{}{}
		harness.Ended(w, pid.ID)
		pid.Send("dead")
		dead.expect(w, s, "before", "deferred functions are running", "reason is fixed", "dead")
	})
}

// However senders race with the end, each message is either received or a dead letter, once.
func TestM3_CountedExactlyUnderLoad(t *testing.T) {
	for _, ending := range deadlettersEndings {
		t.Run(ending.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				const senders, each = 6, 400
				s, dead := deadlettersSystem(w)
				p := puppetOf[any](w, s)
				received := make(chan any, senders*each)
				p.todo <- func(self *proc.Self[any]) {
					for range senders * each / 3 {
						m, err := proc.Receive(self, sel.Message[messagesNote]().Where(func(m messagesNote) bool { return m.N%4 > 0 }))
						if err != nil {
							return
						}
						received <- m
					}
				}
				var sent sync.WaitGroup
				want := make([]any, 0, senders*each)
				for from := range senders {
					for n := range each {
						want = append(want, messagesNote{from, n})
					}
					sent.Go(func() {
						for n := range each {
							p.Send(messagesNote{from, n})
							if from == 0 && n == each/2 {
								ending.end(p)
							}
						}
					})
				}
				sent.Wait()
				harness.Ended(w, p.ID)
				w.Eventually("every message has been counted", func() bool {
					return deadlettersCount(s)+len(received) >= len(want) && len(dead.seen())+len(received) >= len(want)
				})
				if w.Bubble {
					w.Settle()
				}
				require.Equal(w, len(want), deadlettersCount(s)+len(received))
				all := map[any]int{}
				for _, letter := range dead.seen() {
					all[letter.Message]++
				}
				for range len(received) {
					all[<-received]++
				}
				for _, m := range want {
					require.Equal(w, 1, all[m], "%v", m)
				}
				require.Len(w, all, len(want))
			})
		})
	}
}

// "Stop now" precedes the 100 messages that are queued; they are counted, exactly.
func TestF3_AShutdownPrecedesMessages(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s, dead := deadlettersSystem(w)
		handled, release := make(chan int, 101), make(chan struct{})
		pid := proc.Spawn(s, func(self *proc.Self[int]) error {
			for m, err := range self.Messages() {
				if err != nil {
					return err
				}
				handled <- m
				<-release
			}
			return nil
		})
		var want []any
		for i := range 101 {
			pid.Send(i)
			if i > 0 {
				want = append(want, i)
			}
		}
		require.Equal(w, 0, harness.Value(w, handled))
		pid.Shutdown(proc.ExitNormallyWith{Detail: "stop now"})
		w.Arrive()
		close(release)
		require.Equal(w, proc.ExitNormallyWith{Detail: "stop now"}, harness.Ended(w, pid.ID))
		require.Empty(w, handled)
		dead.expect(w, s, want...)
	})
}

// Stopping the system loses nothing silently: what was not received is counted, exactly.
func TestF9_StopCountsWhatItDrops(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s, dead := deadlettersSystem(w)
		var want []any
		taken := make(chan int, 500)
		for i := range 5 {
			pid := proc.Spawn(s, func(self *proc.Self[int]) error {
				for m, err := range self.Messages() {
					if err != nil {
						return err
					}
					if taken <- m; m%100 == 2 {
						return self.Sleep(time.Hour)
					}
				}
				return nil
			})
			for n := range 100 {
				pid.Send(100*i + n)
				if n > 2 {
					want = append(want, 100*i+n)
				}
			}
		}
		for range 15 {
			harness.Value(w, taken)
		}
		require.NoError(w, s.Stop(context.Background()))
		require.Empty(w, taken)
		dead.expect(w, s, want...)
	})
}
