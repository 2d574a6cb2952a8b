package sim

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
)

type parcel struct{ items []int }

// taker receives parcels, and says what it has found in each.
func taker(sys *proc.System, title string, got func(*parcel)) proc.Pid[*parcel] {
	return proc.Spawn(sys, func(self *proc.Self[*parcel]) error {
		for p, err := range self.Messages() {
			if err != nil || self.Sleep(time.Second) != nil {
				return err
			}
			got(p)
		}
		return nil
	}, proc.Titled(title))
}

func nothing(*parcel) {}

// requireChanged is the report of a check that must find a message that was changed.
func requireChanged(t *testing.T, body func(s *Sim), opts ...Option) string {
	t.Helper()
	r := failing(t, body, opts...)
	require.Equal(t, failureChanged, r.outcome.failure.kind, r.String())
	requireRepeats(t, r.check, r)
	return r.outcome.failure.what
}

func TestSeal_ChangedBySender(t *testing.T) {
	require.Regexp(t, `^a \*sim\.parcel to !1 taker was changed after it had been sent: noticed when it (arrived|was received)
    sent by the test in step \d+, at seal_test\.go:\d+
    changed by the test in step \d+, before it came to seal_test\.go:\d+$`,
		requireChanged(t, func(s *Sim) {
			to := taker(s.System(), "taker", nothing)
			p := &parcel{items: []int{1}}
			to.Send(p)
			p.items[0] = 2
			s.Sleep(time.Second)
		}))
}

// All ways that a message can take, and all times at which it can be changed.
func TestSeal_Finds(t *testing.T) {
	for name, body := range map[string]func(s *Sim, to proc.Pid[*parcel], p *parcel){
		"send": func(_ *Sim, to proc.Pid[*parcel], p *parcel) { to.Send(p) },
		"contramap": func(_ *Sim, to proc.Pid[*parcel], p *parcel) {
			proc.Contramap(to, func(items []int) *parcel { return &parcel{items} }).Send(p.items)
		},
		"try":     func(s *Sim, to proc.Pid[*parcel], p *parcel) { require.NoError(s, to.TrySend(p)) },
		"context": func(s *Sim, to proc.Pid[*parcel], p *parcel) { require.NoError(s, to.SendContext(s.Context(), p)) },
		"call that is given up": func(s *Sim, to proc.Pid[*parcel], p *parcel) {
			_, err := proc.CallWithin(s.Context(), time.Millisecond, to, func(proc.ReplyTo[int]) *parcel { return p })
			require.Error(s, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			for when, opts := range map[string][]Option{"queues": nil, "instant": {Instant()}} {
				t.Run(when, func(t *testing.T) {
					// While the taker is busy with another one it lies in the mailbox.
					what := requireChanged(t, func(s *Sim) {
						to := taker(s.System(), "taker", nothing)
						to.Send(&parcel{})
						p := &parcel{items: []int{1}}
						body(s, to, p)
						s.Sleep(time.Second / 2)
						p.items[0] = 2
						s.Sleep(time.Hour)
					}, opts...)
					require.Contains(t, what, "noticed when it was received")
					require.Contains(t, what, "changed by the test in step ")
				})
			}
		})
	}
}

// What a receiver is waiting for is put into its hand.
func TestSeal_InHand(t *testing.T) {
	what := requireChanged(t, func(s *Sim) {
		to := proc.Spawn(s.System(), func(self *proc.Self[parcel]) error { _, err := self.Receive(); return err })
		s.Settle()
		p := parcel{items: []int{1}}
		to.Send(p)
		p.items[0] = 2
		s.Settle()
	}, Instant())
	require.Contains(t, what, "noticed when it was received")
}

func TestSeal_Replies(t *testing.T) {
	type ask struct{ reply proc.ReplyTo[[]int] }
	what := requireChanged(t, func(s *Sim) {
		sys := s.System()
		server := proc.Spawn(sys, func(self *proc.Self[ask]) error {
			m, err := self.Receive()
			answer := []int{1}
			m.reply.Reply(answer)
			answer[0] = 2
			return err
		}, proc.Titled("server"))
		client := proc.Spawn(sys, func(self *proc.Self[int]) error {
			_, err := proc.Call(self, server, func(r proc.ReplyTo[[]int]) ask { return ask{r} })
			return err
		}, proc.Titled("client"))
		_, _ = proc.Join(s.Context(), client.ID)
	})
	require.Regexp(t, `^a \[\]int to !2 client was changed .*\n    sent by !1 server in step \d+, at seal_test.go:\d+\n    changed by !1 server in step`, what)
}

// Of two receivers of the same message neither may change it.
func TestSeal_ChangedByOtherReceiver(t *testing.T) {
	what := requireChanged(t, func(s *Sim) {
		sys := s.System()
		p := &parcel{items: []int{1}}
		for range 2 {
			proc.Spawn(sys, func(self *proc.Self[*parcel]) error {
				p, err := self.Receive()
				if err == nil {
					p.items[0]++
				}
				return err
			}).Send(p)
		}
		s.Settle()
	})
	require.Contains(t, what, "changed by !")
}

// What is no mistake is not reported.
func TestSeal_Allows(t *testing.T) {
	type locked struct {
		_ sync.Mutex
		n map[string]int
	}
	type guardedElsewhere struct{ n int }
	type carrier struct {
		locked *locked
		other  *guardedElsewhere
		s      *Sim
		random any
		_      time.Time
		_      proc.ReplyTo[int]
		_      func()
		done   chan int
	}
	for name, body := range map[string]func(s *Sim){
		"the receiver changes it, and passes it on": func(s *Sim) {
			sys := s.System()
			last := taker(sys, "last", func(p *parcel) { p.items[0]++ })
			first := taker(sys, "first", func(p *parcel) { p.items[0]++; last.Send(p); last.Send(&parcel{}) })
			first.Send(&parcel{items: []int{1}})
			s.Sleep(time.Minute)
		},
		"it comes and goes": func(s *Sim) {
			sys := s.System()
			var a, b proc.Pid[*parcel]
			n := 0
			a = taker(sys, "a", func(p *parcel) { p.items[0]++; b.Send(p) })
			b = taker(sys, "b", func(p *parcel) {
				if p.items[0]++; n < 5 {
					n++
					a.Send(p)
				}
			})
			a.Send(&parcel{items: []int{1}})
			s.Sleep(time.Minute)
			require.Equal(s, 5, n)
		},
		"sent again when it was refused": func(s *Sim) {
			to := proc.Spawn(s.System(), func(self *proc.Self[*parcel]) error {
				for p, err := range self.Messages() {
					if err != nil || self.Sleep(time.Second) != nil {
						return err
					}
					p.items[0]++
				}
				return nil
			}, proc.Bounded(1, proc.Reject))
			p := &parcel{items: []int{1}}
			to.Send(&parcel{items: []int{1}})
			s.Settle()
			to.Send(&parcel{items: []int{1}})
			s.Settle()
			require.ErrorIs(s, to.TrySend(p), proc.ErrMailboxFull)
			p.items[0] = 7
			s.Sleep(time.Minute)
			require.NoError(s, to.TrySend(p))
			s.Sleep(time.Minute)
			p.items[0] = 9
		},
		"sent several times, and changed by the receiver": func(s *Sim) {
			n := 0
			to := proc.Spawn(s.System(), func(self *proc.Self[*parcel]) error {
				for p, err := range self.Messages() {
					if err != nil {
						return err
					}
					p.items[0]++
					n++
				}
				return nil
			})
			for range 3 {
				p := &parcel{items: []int{1}}
				for range 3 {
					to.Send(p)
				}
				s.Settle()
			}
			require.Equal(s, 9, n)
			require.Empty(s, s.s.seals)
		},
		"to itself": func(s *Sim) {
			proc.Spawn(s.System(), func(self *proc.Self[*parcel]) error {
				p := &parcel{items: []int{1}}
				self.Pid().Send(p)
				proc.SendAfter(self, time.Second, self.Pid(), p)
				p.items[0]++
				_, err := self.Receive()
				p.items[0]++
				if err == nil {
					_, err = self.Receive()
				}
				return err
			})
			s.Sleep(time.Minute)
		},
		"shared, and safe": func(s *Sim) {
			to := proc.Spawn(s.System(), func(self *proc.Self[any]) error { _, err := self.Receive(); return err })
			c := carrier{locked: &locked{n: map[string]int{}}, other: &guardedElsewhere{}, s: s, random: s.Rand(), done: make(chan int, 1)}
			to.Send(c)
			c.locked.n["a"]++
			c.other.n++
			c.done <- 1
			s.Logf("something")
			s.Settle()
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, opts := range [][]Option{nil, {Instant()}} {
				Check(t, body, append(opts, Runs(200), Shared(&guardedElsewhere{}))...)
			}
		})
	}
}

// What a hash sees, and what it does not.
func TestContents(t *testing.T) {
	type node struct {
		next  *node
		value any
	}
	ring := &node{value: 1}
	ring.next = &node{next: ring, value: map[string][]int{"a": {1}, "b": {2}, "c": nil}}
	hash := func(v any) uint64 { return contentsOf(v, nil) }
	before := hash(ring)
	for range 100 { // whatever the order of the map
		require.Equal(t, before, hash(ring))
	}
	for name, change := range map[string]func() (undo func()){
		"in a ring":     func() func() { ring.value = 2; return func() { ring.value = 1 } },
		"of a type":     func() func() { ring.value = int8(1); return func() { ring.value = 1 } },
		"in a map":      func() func() { m := ring.next.value.(map[string][]int); m["b"][0]++; return func() { m["b"][0]-- } },
		"an entry more": func() func() { m := ring.next.value.(map[string][]int); m["d"] = nil; return func() { delete(m, "d") } },
		"a link":        func() func() { n := ring.next; ring.next = nil; return func() { ring.next = n } },
	} {
		undo := change()
		require.NotEqual(t, before, hash(ring), name)
		undo()
		require.Equal(t, before, hash(ring), name)
	}

	large := map[int]*node{}
	for i := range 300 {
		large[i] = &node{value: []string{"x"}}
	}
	before = hash(large)
	for range 20 {
		require.Equal(t, before, hash(large))
	}
	require.NotEqual(t, hash([2]bool{true}), hash([2]bool{false, true}))
	require.NotEqual(t, hash([]float64{1, 2}), hash([]float64{2, 1}))
	require.NotEqual(t, hash([]complex128{1}), hash([]complex128{1i}))
	require.NotEqual(t, hash(struct{ a, b string }{"ab", ""}), hash(struct{ a, b string }{"a", "b"}))
	require.NotEqual(t, hash(uint8(1)), hash(uint8(2)))
	require.Equal(t, hash((*node)(nil)), hash((*node)(nil)))
	deep := &node{}
	for range 1000 {
		deep = &node{next: deep}
	}
	require.Equal(t, hash(deep), hash(deep))
}
