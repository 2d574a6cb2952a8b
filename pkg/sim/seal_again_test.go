package sim

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
)

type onlyParcel struct{ p *parcel }

func sentAgain[M any](first bool, make func(*parcel) M) func(s *Sim) {
	return func(s *Sim) {
		to := proc.Spawn(s.System(), func(self *proc.Self[M]) error {
			for _, err := range self.Messages() {
				if err != nil {
					return err
				}
			}
			return nil
		}, proc.Titled("taker"))
		s.Settle()
		p := &parcel{items: []int{1}}
		if first {
			to.Send(make(p))
			s.Settle()
		}
		to.Send(make(p))
		p.items[0]++ // still on its way
		s.Settle()
	}
}

func findsChange(t *testing.T, body func(s *Sim), opts ...Option) bool {
	c := newCheck(t, body, opts)
	c.runs = 300
	r := c.find()
	if r != nil {
		t.Log(r.outcome.failure.what)
	}
	return r != nil && r.outcome.failure.kind == failureChanged
}

func TestSeal_ResentInHand(t *testing.T) {
	for _, o := range [][]Option{nil, {Instant()}} {
		for _, first := range []bool{false, true} {
			require.True(t, findsChange(t, sentAgain(first, func(p *parcel) *parcel { return p }), o...), "pointer %v %d", first, len(o))
			require.True(t, findsChange(t, sentAgain(first, func(p *parcel) onlyParcel { return onlyParcel{p} }), o...), "struct of one %v %d", first, len(o))
		}
	}
}

// The same may be sent to somebody again, who changes it once it has the first: in its
// mailbox or in its hand, when it has waited or not.
func TestSeal_SentAgainToOneWhoChangesIt(t *testing.T) {
	for _, waits := range []bool{false, true} {
		changesAgain(t, waits, func(p *parcel) *parcel { return p }, func(p *parcel) { p.items[0]++ })
		changesAgain(t, waits, func(p *parcel) onlyParcel { return onlyParcel{p} }, func(o onlyParcel) { o.p.items[0]++ })
		changesAgain(t, waits, func(p *parcel) []int { return p.items }, func(items []int) { items[0]++ })
	}
}

func changesAgain[M any](t *testing.T, waits bool, make func(*parcel) M, change func(M)) {
	t.Helper()
	for _, o := range [][]Option{nil, {Instant()}} {
		require.False(t, findsChange(t, func(s *Sim) {
			to := proc.Spawn(s.System(), func(self *proc.Self[M]) error {
				for range 3 {
					m, err := self.Receive()
					if err != nil {
						return err
					}
					change(m)
				}
				return nil
			}, proc.Titled("taker"))
			if waits {
				s.Settle()
			}
			m := make(&parcel{items: []int{1}})
			to.Send(m)
			to.Send(m)
			s.Settle()
			to.Send(m)
			_, _ = proc.Join(s.Context(), to.ID)
		}, o...), "%T, waits: %v, %d options", *new(M), waits, len(o))
	}
}

// What comes into the hand while the receiver is interrupted is received later, from the
// mailbox.
func TestSeal_SentAgainAndInterrupted(t *testing.T) {
	require.False(t, findsChange(t, func(s *Sim) {
		to := proc.Spawn(s.System(), func(self *proc.Self[onlyParcel]) error {
			for n := 0; n < 3; {
				o, err := self.Receive()
				if err != nil {
					_ = self.Sleep(time.Second)
					continue
				}
				o.p.items[0]++
				n++
			}
			return nil
		}, proc.Titled("taker"))
		s.Settle()
		p := &parcel{items: []int{1}}
		s.Go(func() { to.ID.Interrupt(proc.ErrorInterrupt{}) })
		for range 3 {
			to.Send(onlyParcel{p})
			s.Settle()
			s.Sleep(time.Minute)
		}
		_, _ = proc.Join(s.Context(), to.ID)
	}))
}

// What Flush has given is the receiver's as what Receive has given is.
func TestSeal_Flush(t *testing.T) {
	for name, take := range map[string]func(self *proc.Self[*parcel]){
		"receive": func(self *proc.Self[*parcel]) {
			if p, err := self.Receive(); err == nil {
				p.items[0]++
			}
		},
		"flush": func(self *proc.Self[*parcel]) {
			for _, m := range self.Flush() {
				m.(*parcel).items[0]++
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.False(t, findsChange(t, func(s *Sim) {
				to := proc.Spawn(s.System(), func(self *proc.Self[*parcel]) error {
					for range 2 {
						take(self)
						self.Sleep(time.Second)
					}
					return nil
				}, proc.Titled("taker"))
				p := &parcel{items: []int{1}}
				to.Send(p)
				to.Send(p)
				_, _ = proc.Join(s.Context(), to.ID)
			}))
		})
	}
}

// A message that is sent again, with a change in between while the first is in the mailbox.
func TestSeal_ResentWhileInMailbox(t *testing.T) {
	require.True(t, findsChange(t, func(s *Sim) {
		to := taker(s.System(), "taker", nothing)
		to.Send(&parcel{})
		p := &parcel{items: []int{1}}
		to.Send(p)
		s.Settle() // it is in the mailbox, and the taker sleeps
		p.items[0] = 2
		to.Send(p) // the first is changed
		s.Sleep(time.Hour)
	}))
}

// Once all have been received, one that is sent again is looked at as the first was.
func TestSeal_SentAgainWhenReceived(t *testing.T) {
	require.True(t, findsChange(t, func(s *Sim) {
		to := proc.Spawn(s.System(), func(self *proc.Self[*parcel]) error {
			p, err := self.Receive()
			_ = p
			for err == nil {
				self.Sleep(time.Second)
				_, err = self.Receive()
			}
			return err
		}, proc.Titled("taker"))
		p := &parcel{items: []int{1}}
		to.Send(p)
		to.Send(p)
		s.Sleep(time.Second / 2)
		q := p
		to.Send(q)
		s.Sleep(time.Second * 5) // all three are received
		to.Send(q)
		q.items[0] = 7
		s.Settle()
	}))
}

// firstOfAll has arrivals come first, and then whoever was there first go on.
type firstOfAll struct{}

func (firstOfAll) String() string        { return "first of all" }
func (firstOfAll) Begin(*rand.Rand, int) {}
func (firstOfAll) Choose(options []Step) int {
	best := 0
	for i, o := range options {
		if o.Kind == Arrives {
			return i
		}
		if o.Actor < options[best].Actor {
			best = i
		}
	}
	return best
}

// What arrives behind that which is in the receiver's hand is in its mailbox.
func TestSeal_BehindWhatIsInTheHand(t *testing.T) {
	for _, o := range [][]Option{nil, {Instant()}} {
		require.True(t, findsChange(t, func(s *Sim) {
			to := proc.Spawn(s.System(), func(self *proc.Self[onlyParcel]) error {
				for range 2 {
					if _, err := self.Receive(); err != nil {
						return err
					}
					if err := self.Sleep(time.Second); err != nil {
						return err
					}
				}
				return nil
			}, proc.Titled("taker"))
			s.Settle()
			p := &parcel{items: []int{1}}
			to.Send(onlyParcel{new(parcel)})
			to.Send(onlyParcel{p})
			s.Sleep(time.Second / 2)
			p.items[0]++
			s.Sleep(time.Hour)
		}, append(o, Strategies(firstOfAll{}))...), "%d options", len(o))
	}
}
