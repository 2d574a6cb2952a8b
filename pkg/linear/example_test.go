package linear_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/harkgo/hark/pkg/linear"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sim"
)

// Take asks for a number of things in stock; the answer says whether they were there.
type Take struct{ N int }

func (t Take) String() string { return fmt.Sprint("take ", t.N) }

// stock is the specification: ten things, taken one order after the other.
var stock = linear.Model[int, Take, bool]{
	Init: 10,
	Apply: func(left int, in Take) (int, bool) {
		if left < in.N {
			return left, false
		}
		return left - in.N, true
	},
}

// Two customers have taken more than there was.
func ExampleVerify() {
	var h linear.History[Take, bool]
	ada := h.Begin("ada", Take{7})
	bob := h.Begin("bob", Take{7})
	bob.End(true)
	ada.End(true)
	fmt.Println(linear.Verify(stock, &h))
	// Output:
	// not linearizable: no order of these 2 operations explains their outputs:
	//     ├──┤  ada  take 7 → true
	//      ├┤   bob  take 7 → true
	// the longest order that can be explained:
	//     ada  take 7 → true, then the state is 3
	// and none of these can come next:
	//     bob  take 7 → true, but it would return false
}

// Ada does not know whether she has got something: either way can be right.
func ExampleHistory_Do() {
	var h linear.History[Take, bool]
	_, _ = h.Do("ada", Take{7}, func() (bool, error) { return false, errors.New("timeout") })
	_, _ = h.Do("bob", Take{7}, func() (bool, error) { return true, nil })
	fmt.Println(linear.Verify(stock, &h))
	_, _ = h.Do("bob", Take{3}, func() (bool, error) { return false, nil })
	fmt.Println(linear.Verify(stock, &h))
	// Output:
	// <nil>
	// not linearizable: no order of these 3 operations explains their outputs:
	//     ├─────…  ada  take 7 → ? (timeout)
	//       ├┤     bob  take 7 → true
	//         ├┤   bob  take 3 → false
	// the longest order that can be explained:
	//     bob  take 7 → true, then the state is 3
	//     ada  take 7 → ? (timeout), then the state is 3
	// and none of these can come next:
	//     bob  take 3 → false, but it would return true
}

// A shop may say no though there is enough, for it keeps something back for others. That is
// a choice: Next tells where each output may lead to.
func ExampleModel_next() {
	shop := linear.Model[int, Take, bool]{
		Init: 10,
		Next: func(left int, in Take, out *bool) []int {
			took := out == nil || *out // nil: it was cut off, and may have taken them
			switch {
			case !took:
				return []int{left}
			case left >= in.N:
				return []int{left - in.N}
			}
			return nil
		},
	}
	var h linear.History[Take, bool]
	_, _ = h.Do("ada", Take{7}, func() (bool, error) { return false, nil })
	fmt.Println(linear.Verify(shop, &h))
	_, _ = h.Do("bob", Take{7}, func() (bool, error) { return true, nil })
	_, _ = h.Do("bob", Take{7}, func() (bool, error) { return true, nil })
	fmt.Println(linear.Verify(shop, &h))
	// Output:
	// <nil>
	// not linearizable: no order of these 3 operations explains their outputs:
	//     ├┤      ada  take 7 → false
	//       ├┤    bob  take 7 → true
	//         ├┤  bob  take 7 → true
	// the longest order that can be explained:
	//     ada  take 7 → false, then the state is 10
	//     bob  take 7 → true, then the state is 3
	// and none of these can come next:
	//     bob  take 7 → true
}

type order struct {
	take  Take
	reply proc.ReplyTo[bool]
}

// A service under a thousand schedules.
//
//	func TestStock(t *testing.T) {
func ExampleCheck() {
	var t *testing.T // of the test
	sim.Check(t, func(s *sim.Sim) {
		sys := s.System()
		server := proc.Spawn(sys, func(self *proc.Self[order]) error {
			left := 10
			for m, err := range self.Messages() {
				if err != nil {
					return err
				}
				enough := left >= m.take.N
				if enough {
					left -= m.take.N
				}
				m.reply.Reply(enough)
			}
			return nil
		})
		var h linear.History[Take, bool]
		for _, name := range []string{"ada", "bob", "eve"} {
			proc.Spawn(sys, func(self *proc.Self[string]) error {
				_, err := h.Do(name, Take{4}, func() (bool, error) {
					return proc.Call(self, server, func(r proc.ReplyTo[bool]) order { return order{Take{4}, r} })
				})
				return err
			})
		}
		s.Settle()
		linear.Check(s, stock, &h)
	})
}
