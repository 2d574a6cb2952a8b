package proc_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// note is a message that tells who sent it and how many that one had sent before.
type messagesNote struct{ From, N int }

var messagesName = proc.NewName[messagesNote]("messages.receiver")

// Send returns although nobody receives; the mailbox has no limit and nothing is lost.
func TestM1_SendNeverBlocks(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		n := w.Sized(100_000, 100_000, 1000)
		s, dead := deadlettersSystem(w)
		p := puppetOf[int](w, s)
		for i := range n {
			p.Send(i)
		}
		w.Arrive()
		require.Equal(w, n, p.waiting())
		got := puppetDo(p, func(self *proc.Self[int]) int {
			for i := range n {
				if m, err := self.Receive(); err != nil || m != i {
					return i
				}
			}
			return n
		})
		require.Equal(w, n, got, "the messages up to here came in order")
		require.Zero(w, p.waiting())
		dead.expect(w, s)
	})
}

// Send does not fail, whatever has become of the receiver.
func TestM1_SendNeverFails(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		name := proc.NewName[int]("messages.taken")
		holder := puppetOf[int](w, s, proc.Registered(name))
		targets := map[string]proc.Pid[int]{
			"idle":          holder.Pid,
			"returned":      proc.Spawn(s, func(*proc.Self[int]) error { return nil }),
			"crashed":       proc.Spawn(s, func(*proc.Self[int]) error { panic("crash") }),
			"never started": proc.Spawn(s, func(*proc.Self[int]) error { return nil }, proc.Registered(name)),
			"full":          puppetOf[int](w, s, proc.Bounded(1, proc.Reject)).Pid,
			"dropping":      puppetOf[int](w, s, proc.Bounded(1, proc.DropOldest)).Pid,
			"named":         proc.Named(s, name),
			"unregistered":  proc.Named(s, proc.NewName[int]("messages.nobody")),
			"zero":          {},
			"nowhere":       proc.Via(s, func() (proc.Pid[int], bool) { return proc.Pid[int]{}, false }),
		}
		harness.Ended(w, targets["returned"].ID)
		harness.Ended(w, targets["crashed"].ID)
		killed := puppetOf[int](w, s)
		killed.Kill()
		targets["killed"] = killed.Pid
		for what, pid := range targets {
			require.NotPanics(w, func() { puppetSend(pid, 1, 2, 3) }, what)
		}
	})
}

// What each of many senders sends arrives in the order in which it sent it.
func TestM2_OrderOfEachSender(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		const senders, each = 8, 500
		s := w.System()
		p := puppetOf[messagesNote](w, s)
		for from := range senders {
			proc.Spawn(s, func(*proc.Self[int]) error {
				for n := range each {
					p.Send(messagesNote{from, n})
				}
				return nil
			})
		}
		require.Empty(w, puppetDo(p, func(self *proc.Self[messagesNote]) string {
			next := map[int]int{}
			for range senders * each {
				m, err := self.Receive()
				if err != nil {
					return err.Error()
				}
				if m.N != next[m.From] {
					return fmt.Sprintf("%d of sender %d instead of %d", m.N, m.From, next[m.From])
				}
				next[m.From]++
			}
			return ""
		}))
	})
}

// The order is that of sending, whichever kind of Pid and of sending is used.
func TestM2_OrderAcrossKindsOfSending(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		const rounds = 50
		s := w.System()
		p := puppetOf[messagesNote](w, s, proc.Registered(messagesName), proc.Bounded(1000, proc.Reject))
		number := func(n int) messagesNote { return messagesNote{N: n} }
		view := proc.Contramap(p.Pid, number)
		named := proc.Named(s, messagesName)
		via := proc.Via(s, func() (proc.Pid[messagesNote], bool) { return p.Pid, true })
		ways := []func(n int){
			func(n int) { p.Send(number(n)) },
			func(n int) { view.Send(n) },
			func(n int) { require.NoError(w, p.TrySend(number(n))) },
			func(n int) { named.Send(number(n)) },
			func(n int) { require.NoError(w, p.SendContext(context.Background(), number(n))) },
			func(n int) { via.Send(number(n)) },
			func(n int) { require.NoError(w, view.TrySend(n)) },
			func(n int) { proc.Contramap(named, number).Send(n) },
		}
		for i := range rounds * len(ways) {
			ways[i%len(ways)](i)
		}
		for i := range rounds * len(ways) {
			require.Equal(w, number(i), puppetReceive(p, sel.Message[messagesNote]()))
		}
	})
}

// messagesEndings are ways of a process to end: by itself, or by the test once it is blocked.
var messagesEndings = []struct {
	name string
	end  func(self *proc.Self[int]) error
	from func(id proc.ID)
}{
	{"returns", func(*proc.Self[int]) error { return nil }, nil},
	{"fails", func(*proc.Self[int]) error { return errors.New("failed") }, nil},
	{"panics", func(*proc.Self[int]) error { panic("crash") }, nil},
	{"exits", func(self *proc.Self[int]) error { self.Exit(proc.ExitNormally{}); return nil }, nil},
	{"shuts itself down", func(self *proc.Self[int]) error {
		self.ID().Shutdown(proc.ExitNormally{})
		return self.Sleep(time.Hour)
	}, nil},
	{"kills itself", func(self *proc.Self[int]) error {
		self.ID().Kill()
		return self.Sleep(time.Hour)
	}, nil},
	{"is interrupted", messagesBlock, func(id proc.ID) { id.Interrupt(proc.NormalExitRequested{}) }},
	{"is shut down", messagesBlock, func(id proc.ID) { id.Shutdown(proc.ExitNormally{}) }},
	{"is killed", messagesBlock, func(id proc.ID) { id.Kill() }},
}

func messagesBlock(self *proc.Self[int]) error {
	_, err := self.Receive()
	return err
}

// However a sender ends, its ProcessDown comes after everything it has sent.
func TestM2_ProcessDownComesAfterTheMessages(t *testing.T) {
	const n = 20
	for _, ending := range messagesEndings {
		t.Run(ending.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				p := puppetOf[messagesNote](w, s)
				child := puppetDo(p, func(self *proc.Self[messagesNote]) proc.Pid[int] {
					pid, _ := proc.SpawnMonitor(self, func(child *proc.Self[int]) error {
						for i := range n {
							p.Send(messagesNote{N: i})
						}
						return ending.end(child)
					})
					return pid
				})
				if ending.from != nil {
					w.Eventually("the sender is blocked", func() bool {
						info, ok := child.Info()
						return ok && info.State == proc.Receiving
					})
					ending.from(child.ID)
				}
				for i := range n {
					require.Equal(w, messagesNote{N: i}, puppetReceive(p, sel.Any()))
				}
				down, ok := puppetReceive(p, sel.Any()).(proc.ProcessDown)
				require.True(w, ok)
				require.Equal(w, child.ID, down.ID)
			})
		})
	}
}

// What deferred functions of the sender send precedes its ProcessDown too.
func TestM2_ProcessDownComesAfterDeferredSends(t *testing.T) {
	for _, ending := range messagesEndings {
		if ending.name == "kills itself" || ending.name == "is killed" {
			continue // those are dead before their deferred functions run
		}
		t.Run(ending.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				p := puppetOf[messagesNote](w, s)
				child := puppetDo(p, func(self *proc.Self[messagesNote]) proc.Pid[int] {
					pid, _ := proc.SpawnMonitor(self, func(child *proc.Self[int]) error {
						defer p.Send(messagesNote{N: 2})
						defer p.Send(messagesNote{N: 1})
						return ending.end(child)
					})
					return pid
				})
				if ending.from != nil {
					w.Eventually("the sender is blocked", func() bool {
						info, ok := child.Info()
						return ok && info.State == proc.Receiving
					})
					ending.from(child.ID)
				}
				require.Equal(w, messagesNote{N: 1}, puppetReceive(p, sel.Any()))
				require.Equal(w, messagesNote{N: 2}, puppetReceive(p, sel.Any()))
				require.IsType(w, proc.ProcessDown{}, puppetReceive(p, sel.Any()))
			})
		})
	}
}

// The same with many senders at once and a receiver that receives all the while.
func TestM2_ProcessDownComesAfterTheMessagesUnderLoad(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		const senders, each = 300, 10
		s := w.System()
		p := puppetOf[messagesNote](w, s)
		require.Empty(w, puppetDo(p, func(self *proc.Self[messagesNote]) string {
			number := map[proc.ID]int{}
			for from := range senders {
				pid, _ := proc.SpawnMonitor(self, func(child *proc.Self[int]) error {
					for n := range each {
						p.Send(messagesNote{from, n})
					}
					switch from % 3 {
					case 0:
						child.ID().Kill()
					case 1:
						child.Exit(proc.ExitNormally{})
					}
					return nil
				})
				number[pid.ID] = from
			}
			seen, downs := map[int]int{}, 0
			for downs < senders {
				m, err := proc.Receive(self, sel.Any())
				if err != nil {
					return err.Error()
				}
				switch m := m.(type) {
				case messagesNote:
					if m.N != seen[m.From] {
						return fmt.Sprintf("%d of sender %d instead of %d", m.N, m.From, seen[m.From])
					}
					seen[m.From]++
				case proc.ProcessDown:
					downs++
					if got := seen[number[m.ID]]; got != each {
						return fmt.Sprintf("down after %d of %d messages", got, each)
					}
				}
			}
			return ""
		}))
	})
}

// A process can send to itself, and receives that in order with all else.
func TestM4_SendToOneself(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		p := puppetOf[int](w, s)
		p.Send(1)
		w.Arrive()
		got := puppetDo(p, func(self *proc.Self[int]) []int {
			self.Pid().Send(2)
			p.Send(3)
			var all []int
			for i := range 6 {
				m, err := self.Receive()
				if err != nil {
					return nil
				}
				if all = append(all, m); i < 3 {
					self.Pid().Send(10 * m)
				}
			}
			return all
		})
		require.Equal(w, []int{1, 2, 3, 10, 20, 30}, got)
	})
}

// A process can be sent to, by every way, as soon as it has been spawned, by every way.
func TestM5_SendAsSoonAsSpawned(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		const n = 200
		s, dead := deadlettersSystem(w)
		sums := make(chan int, 3*n)
		adder := func(self *proc.Self[int]) error {
			sum := 0
			for range 3 {
				m, err := self.Receive()
				if err != nil {
					return err
				}
				sum += m
			}
			sums <- sum
			return nil
		}
		use := func(pid proc.Pid[int]) error {
			pid.Send(1)
			if err := pid.TrySend(10); err != nil {
				return err
			}
			return pid.SendContext(context.Background(), 100)
		}
		for range n {
			require.NoError(w, use(proc.Spawn(s, adder)))
		}
		p := puppetOf[int](w, s)
		require.NoError(w, puppetDo(p, func(self *proc.Self[int]) error {
			for range n {
				monitored, ref := proc.SpawnMonitor(self, adder)
				if err := errors.Join(use(monitored), use(proc.SpawnLink(self, adder))); err != nil {
					return err
				}
				self.Demonitor(ref)
			}
			return nil
		}))
		for range 3 * n {
			require.Equal(w, 111, harness.Value(w, sums))
		}
		dead.expect(w, s)
	})
}

// Spawned under a name, it can be sent to by that name at once.
func TestM5_SendByNameAsSoonAsSpawned(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s, dead := deadlettersSystem(w)
		for i := range 100 {
			name := proc.NewName[int](fmt.Sprint("messages.", i))
			got := make(chan int, 1)
			proc.Spawn(s, func(self *proc.Self[int]) error {
				m, err := self.Receive()
				got <- m
				return err
			}, proc.Registered(name))
			proc.Named(s, name).Send(i + 1)
			require.Equal(w, i+1, harness.Value(w, got))
		}
		dead.expect(w, s)
	})
}
