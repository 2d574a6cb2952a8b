package till

import (
	"slices"

	"github.com/harkgo/hark/pkg/proc"
)

// Run is the body of a till.
func (j *Journal) Run(self *proc.Self[Pay]) error {
	for pay, err := range self.Messages() {
		if err != nil {
			return err
		}
		if slices.ContainsFunc(j.Paid, func(p Payment) bool { return p.ID == pay.ID }) { // the answer was lost in a crash
			j.Again++
			pay.Reply.Reply(true)
			continue
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
