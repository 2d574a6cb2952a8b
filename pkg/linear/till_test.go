package linear_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/docs/testing/till"
	"github.com/harkgo/hark/pkg/linear"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sim"
	"github.com/harkgo/hark/pkg/sup"
)

// payment is an operation on a till. String is how reports show it.
type payment till.Payment

func (p payment) String() string { return fmt.Sprint("pay ", p.Amount) }

// tills is the specification: ten, paid out one payment after the other.
var tills = linear.Model[int, payment, bool]{
	Init: 10,
	Apply: func(left int, p payment) (int, bool) {
		if p.Amount > left {
			return left, false
		}
		return left - p.Amount, true
	},
}

// customers has two of them ask a till for four, twice each. They do not repeat what has
// failed: each payment is another one.
func customers(s *sim.Sim, run func(*till.Journal, *proc.Self[till.Pay]) error) *linear.History[payment, bool] {
	sys := s.System()
	journal := &till.Journal{Opening: 10}
	_, err := sup.StartIn(s.Context(), sys, till.Supervised(func(self *proc.Self[till.Pay]) error { return run(journal, self) }))
	require.NoError(s, err)

	h := new(linear.History[payment, bool])
	var ids []proc.ID
	for _, who := range []string{"ada", "bob"} {
		pid := proc.Spawn(sys, func(self *proc.Self[string]) error {
			for n := range 2 {
				p := till.Payment{ID: fmt.Sprint(who, n), Amount: 4}
				_, _ = h.Do(who, payment(p), func() (bool, error) {
					return proc.Call(self, proc.Named(self, till.Name), func(r proc.ReplyTo[bool]) till.Pay { return till.Pay{Payment: p, Reply: r} })
				})
				if err := self.Sleep(10 * time.Millisecond); err != nil {
					return err
				}
			}
			return nil
		}, proc.Titled(who))
		ids = append(ids, pid.ID)
	}
	for _, id := range ids {
		_, err := proc.Join(s.Context(), id)
		require.NoError(s, err)
	}
	return h
}

func TestTill(t *testing.T) {
	sim.Check(t, func(s *sim.Sim) {
		s.Fault(sim.Kill(sim.Titled("till")), sim.Kill(sim.Titled("ada", "bob")))
		s.Sometimes("nobody knows whether something has been paid", nil)
		h := customers(s, (*till.Journal).Run)
		for _, op := range h.Operations() {
			if op.Outcome == linear.CutOff {
				s.Happened("nobody knows whether something has been paid")
			}
		}
		linear.Check(s, tills, h)
	})
}

// hasty is wrong: it answers before it has written.
func hasty(j *till.Journal, self *proc.Self[till.Pay]) error {
	for pay, err := range self.Messages() {
		if err != nil {
			return err
		}
		paid := pay.Amount <= j.Left()
		pay.Reply.Reply(paid)
		if !paid {
			continue
		}
		if err := j.Append(self, pay.Payment); err != nil {
			return err
		}
	}
	return nil
}

// No schedule shows it.
func TestTill_HastyIsRightUntilItFails(t *testing.T) {
	sim.Check(t, func(s *sim.Sim) { linear.Check(s, tills, customers(s, hasty)) })
}

// It fails. The text of docs/testing-linear.md has what it says, which go test ./docs/guide
// compares.
func TestTill_Hasty(t *testing.T) {
	if os.Getenv("HARK_DOCS_WRONG") == "" {
		t.Skip("it fails")
	}
	sim.Check(t, func(s *sim.Sim) {
		s.Fault(sim.Kill(sim.Titled("till")))
		linear.Check(s, tills, customers(s, hasty))
	})
}
