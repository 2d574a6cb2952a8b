package till

import (
	"os"
	"testing"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sim"
)

// forgetful is wrong: it does not know a payment again.
func forgetful(j *Journal, self *proc.Self[Pay]) error {
	for pay, err := range self.Messages() {
		if err != nil {
			return err
		}
		if pay.Amount > j.Left() {
			pay.Reply.Reply(false)
			continue
		}
		if err := j.Append(self, pay.Payment); err != nil {
			return err
		}
		pay.Reply.Reply(true)
	}
	return nil
}

// No schedule shows it.
func TestForgetful(t *testing.T) {
	sim.Check(t, func(s *sim.Sim) {
		payments(s, &Journal{Opening: 10}, forgetful)
	})
}

// A fault does. The text has what this says; go test ./docs/guide compares the two.
func TestForgetful_IsKilled(t *testing.T) {
	if os.Getenv("HARK_DOCS_WRONG") == "" {
		t.Skip("it fails")
	}
	sim.Check(t, func(s *sim.Sim) {
		s.Fault(sim.Kill(sim.Titled("till")))
		payments(s, &Journal{Opening: 10}, forgetful)
	})
}
