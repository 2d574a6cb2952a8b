package mailbox

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/sel"
)

// The types of the messages of these tests.
type (
	red   struct{ n int }
	green struct{ n int }
	blue  struct{ n int }
	cool  interface{ cool() }
)

func (green) cool() {}
func (blue) cool()  {}

func number(message any) int {
	switch m := message.(type) {
	case red:
		return m.n
	case green:
		return m.n
	case blue:
		return m.n
	}
	return -1
}

func paint(color, n int) any {
	switch color % 4 {
	case 0:
		return red{n}
	case 1:
		return green{n}
	case 2:
		return blue{n}
	}
	return nil
}

// chosen is what the oracle and the box are asked for.
var chosen = []sel.MessageSelector[any]{
	sel.Map(sel.Message[red](), func(m red) any { return m }),
	sel.Map(sel.Message[cool](), func(m cool) any { return m }),
	sel.Any(),
	sel.Map(sel.Message[green]().Where(func(m green) bool { return m.n%3 == 0 }), func(m green) any { return m }),
	sel.Or(
		sel.Map(sel.Message[blue](), func(m blue) any { return m }),
		sel.Map(sel.Message[red]().Where(func(m red) bool { return m.n%2 == 0 }), func(m red) any { return m }),
	),
	sel.Dynamic(func(m any) (any, bool) { return m, number(m)%5 == 0 }),
	{},
	sel.Deliverable[any](),
	sel.Except(sel.Pattern{Type: sel.TypeFor[red](), Kind: sel.Exactly}),
	sel.Or(
		sel.Except(sel.Pattern{Type: sel.TypeFor[cool](), Kind: sel.Implements}),
		sel.Raw[blue](),
	),
}

// certain are the patterns of plain selectors, for Take.
func certain(which int) (sel.Pattern, func(any) bool) {
	switch which % 4 {
	case 0:
		s := sel.Message[red]()
		p, _ := s.Index()
		return p, func(m any) bool { _, ok := m.(red); return ok }
	case 1:
		s := sel.Message[cool]()
		p, _ := s.Index()
		return p, func(m any) bool { _, ok := m.(cool); return ok }
	case 2:
		s := sel.Deliverable[cool]()
		p, _ := s.Index()
		return p, func(m any) bool { _, ok := m.(cool); return ok || m == nil }
	}
	s := sel.Any()
	p, _ := s.Index()
	return p, func(any) bool { return true }
}

// receive is what proc does with a box, for a receiver that never parks.
func receive(b *Box, lock sync.Locker, s sel.MessageSelector[any]) (any, bool) {
	var c Cursor
	one, many := s.Index()
	c.Begin(b, one, many)
	for {
		m, ok := c.Next()
		if !ok {
			lock.Lock()
			more := b.Gather()
			lock.Unlock()
			if !more {
				return nil, false
			}
			continue
		}
		for i := range max(1, len(many)) {
			if !c.Admits(i) {
				continue
			}
			if v, ok := s.MatchAlternative(i, m); ok {
				if c.Accept() {
					return v, true
				}
				break
			}
		}
	}
}

// interrupted is a receive that passes over candidates, and then gives up.
func interrupted(b *Box, lock sync.Locker, s sel.MessageSelector[any], candidates int) {
	var c Cursor
	one, many := s.Index()
	c.Begin(b, one, many)
	for candidates >= 0 {
		if _, ok := c.Next(); ok {
			candidates--
			continue
		}
		lock.Lock()
		more := b.Gather()
		lock.Unlock()
		if !more {
			return
		}
		candidates--
	}
	lock.Lock()
	b.PutBack()
	lock.Unlock()
}

func take(b *Box, lock sync.Locker, p sel.Pattern) (any, bool) {
	for {
		if m, ok := b.Take(p); ok {
			return m, true
		}
		lock.Lock()
		more := b.Gather()
		lock.Unlock()
		if !more {
			return nil, false
		}
	}
}

// sent is what the oracle keeps of a message: its entry, and the message itself.
type sent struct{ entry, message any }

// program runs a random program on a box and on a plain list.
func program(t testing.TB, script []byte) {
	var (
		b        Box
		lock     sync.Mutex
		list     []sent // the oracle: in arrival order
		n        int
		envelope []*Envelope
		left     *Cursor // a receive that has found nothing, when leftAt had been sent
		leftAt   int
	)
	find := func(accept func(any) bool) (any, bool) {
		for i, s := range list {
			if accept(s.message) {
				list = append(list[:i:i], list[i+1:]...)
				return s.message, true
			}
		}
		return nil, false
	}
	for len(script) >= 2 {
		op, arg := script[0], int(script[1])
		script = script[2:]
		switch op % 12 {
		case 0, 1, 2, 3: // messages, in bursts
			for range 1 + int(op)/64 {
				n++
				m := paint(arg, n)
				list = append(list, sent{m, m})
				b.Put(m, false)
				arg++
			}
		case 4: // one that can be withdrawn
			n++
			e := &Envelope{Message: paint(arg, n), Runtime: arg&4 != 0}
			envelope = append(envelope, e)
			list = append(list, sent{e, e.Message})
			b.Put(e, false)
		case 5:
			s := chosen[arg%len(chosen)]
			got, ok := receive(&b, &lock, s)
			want, expect := find(func(m any) bool { _, ok := s.Match(m); return ok })
			require.Equal(t, expect, ok, "selector %d", arg%len(chosen))
			require.Equal(t, want, got, "selector %d", arg%len(chosen))
		case 6:
			p, accept := certain(arg)
			got, ok := take(&b, &lock, p)
			want, expect := find(accept)
			require.Equal(t, expect, ok)
			require.Equal(t, want, got)
		case 7:
			if len(envelope) == 0 {
				continue
			}
			e := envelope[arg%len(envelope)]
			there := false
			for i, s := range list {
				if s.entry == any(e) {
					there = true
					list = append(list[:i:i], list[i+1:]...)
					break
				}
			}
			require.Equal(t, there, b.Withdraw(e))
			if arg&1 == 0 {
				b.Sweep()
			}
		case 8:
			// DropOldest does not see what is in the owner's hands.
			receive(&b, &lock, sel.None[any]())
			require.False(t, b.full)
			got, ok := b.DropOldest()
			want, expect := any(nil), false
			for i, s := range list {
				if e, is := s.entry.(*Envelope); !is || !e.Runtime {
					want, expect = s.entry, true
					list = append(list[:i:i], list[i+1:]...)
					break
				}
			}
			require.Equal(t, expect, ok)
			require.True(t, want == got, "dropped %v, not %v", got, want)
		case 9:
			if arg != 0 {
				continue
			}
			got := b.Drain()
			if last, ok := b.Hand(); ok {
				// Younger than the store and older than the inbox: only its
				// presence is promised.
				got = append(got, last)
			}
			var want []any
			for _, s := range list {
				want = append(want, s.entry)
			}
			require.ElementsMatch(t, want, got)
			list, envelope = nil, nil
		case 10: // a receive that is interrupted when it has looked at a few
			interrupted(&b, &lock, chosen[arg%len(chosen)], arg/16)
		case 11: // the owner rests, after a receive that has found nothing or without one
			if arg&1 == 0 {
				receive(&b, &lock, sel.None[any]())
			}
			if !b.Nothing() {
				continue
			}
			if left != nil {
				one, many, ok := left.Left()
				require.Equal(t, leftAt == n, ok)
				require.True(t, one.Kind == sel.Exactly && len(many) == 0)
			}
			b.Shrink()
			require.True(t, b.Nothing())
			if len(list) == 0 && b.Empty() && b.parts != nil {
				p := b.parts // it may keep what only waits to be swept
				require.True(t, p.withdrawn > 0 || p.holes > 0 || p.store.live > 0 || p.batch.current != nil)
			}
			text := sel.Message[string]()
			one, many := text.Index()
			left, leftAt = new(Cursor), n
			left.Begin(&b, one, many)
			for _, ok := left.Next(); ok; _, ok = left.Next() {
				require.Fail(t, "there is no string")
			}
			require.False(t, b.Gather())
			left.Leave()
		}
		waiting := b.Len()
		if b.full {
			waiting++
		}
		require.Equal(t, len(list), waiting, "after %d sends", n)
		if len(script)%16 == 0 {
			census := make(map[string]int)
			for _, s := range list {
				census[fmt.Sprintf("%T", s.message)]++
			}
			if b.full {
				census[fmt.Sprintf("%T", contents(b.slot))]--
				if census[fmt.Sprintf("%T", contents(b.slot))] == 0 {
					delete(census, fmt.Sprintf("%T", contents(b.slot)))
				}
			}
			got := make(map[string]int)
			for typ, n := range b.Census() {
				got[typ.String()] = n
			}
			require.Equal(t, census, got)
		}
	}
	// All that is left comes out in order.
	for {
		got, ok := take(&b, &lock, sel.Pattern{Kind: sel.Everything, Certain: true})
		want, expect := find(func(any) bool { return true })
		require.Equal(t, expect, ok)
		require.Equal(t, want, got)
		if !ok {
			break
		}
	}
	require.Zero(t, b.Len())
}

// TestR1_BoxAgainstNaiveScan compares random programs of sends, receives,
// withdrawals, drops and drains with a list that is scanned from the start.
func TestR1_BoxAgainstNaiveScan(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	for range 2000 {
		script := make([]byte, 2*random.IntN(300))
		for i := 0; i+8 <= len(script); i += 8 {
			binary.LittleEndian.PutUint64(script[i:], random.Uint64())
		}
		t.Run("", func(t *testing.T) {
			program(t, script)
			if t.Failed() {
				t.Logf("seed %d, script %q", seed, script)
			}
		})
		if t.Failed() {
			return
		}
	}
}

func FuzzBox(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x01\x05\x02\x06\x03"))
	f.Add([]byte("\xc0\x00\xc0\x01\xc0\x02\x05\x04\x05\x04\x08\x00\x09\x00"))
	f.Add([]byte("\x04\x00\x04\x01\x07\x00\x05\x02\x07\x01\x05\x02"))
	f.Add([]byte("\x00\x00\x04\x01\x05\x00\x0b\x00\x07\x00\x0b\x01\xc0\x00\x0b\x00\x06\x03\x0b\x01\x00\x02\x05\x02"))
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 1<<12 {
			return
		}
		program(t, script)
	})
}
