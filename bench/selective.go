package bench

import (
	"fmt"
	"slices"
	"testing"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// Selective is a process that sends itself a message and receives it by its
// type, while others stay queued. It is compared with itself, with nothing
// queued. The scan is a slice that is searched from its start, as mailboxes
// usually are.
func Selective() []Comparison {
	kinds := []struct {
		name   string
		target float64
		run    func(queued int) func(*testing.B)
	}{
		{"type", 1.5, selectiveByType},
		{"or", 1.5, selectiveByOr},
		{"interface", 0, selectiveByInterface},
	}
	var all []Comparison
	for _, kind := range kinds {
		c := Comparison{Name: "Selective/" + kind.name, Rows: timed(kind.target)}
		for _, queued := range []int{1_000_000, 0, 1000, 100_000} {
			c.Sides = append(c.Sides, Side{fmt.Sprintf("hark/queued=%d", queued), kind.run(queued)})
		}
		if kind.name == "type" {
			for _, queued := range []int{0, 1000} {
				c.Sides = append(c.Sides, Side{fmt.Sprintf("scan/queued=%d", queued), selectiveByScan(queued)})
			}
		}
		all = append(all, c)
	}
	return all
}

type (
	other  struct{ _ int }
	wanted struct{ _ int }

	north struct{ _ int }
	east  struct{ _ int }
	south struct{ _ int }
	west  struct{ _ int }
)

func (*north) heading() int { return 0 }
func (*east) heading() int  { return 1 }
func (*south) heading() int { return 2 }
func (*west) heading() int  { return 3 }

type headed interface{ heading() int }

var headings = [4]any{new(north), new(east), new(south), new(west)}

// selective runs one step after another in a process that has a number of
// messages queued that nobody wants.
func selective(b *testing.B, queued int, step func(self *proc.Self[any], me proc.Pid[any], n int) error) {
	b.ReportAllocs()
	inProcess(b, func(self *proc.Self[any]) error {
		me := self.Pid()
		unwanted := new(other)
		for range queued {
			me.Send(unwanted)
		}
		if err := step(self, me, 0); err != nil { // has seen them all
			return err
		}
		end := begin(b)
		for n := range b.N {
			if err := step(self, me, n); err != nil {
				return err
			}
		}
		end()
		if left := len(self.Flush()); left != queued {
			return fmt.Errorf("%d messages are left of %d", left, queued)
		}
		return nil
	})
}

func selectiveByType(queued int) func(*testing.B) {
	message, selector := new(wanted), sel.Message[*wanted]()
	return func(b *testing.B) {
		selective(b, queued, func(self *proc.Self[any], me proc.Pid[any], n int) error {
			me.Send(message)
			_, err := proc.Receive(self, selector)
			return err
		})
	}
}

func selectiveByOr(queued int) func(*testing.B) {
	selector := sel.Or(
		sel.Case(func(*north) int { return 0 }),
		sel.Case(func(*east) int { return 1 }),
		sel.Case(func(*south) int { return 2 }),
		sel.Case(func(*west) int { return 3 }),
	)
	return func(b *testing.B) {
		selective(b, queued, func(self *proc.Self[any], me proc.Pid[any], n int) error {
			me.Send(headings[n%4])
			heading, err := proc.Receive(self, selector)
			if err == nil && heading != n%4 {
				return fmt.Errorf("heading %d came for %d", heading, n%4)
			}
			return err
		})
	}
}

func selectiveByInterface(queued int) func(*testing.B) {
	selector := sel.Message[headed]()
	return func(b *testing.B) {
		selective(b, queued, func(self *proc.Self[any], me proc.Pid[any], n int) error {
			me.Send(headings[n%4])
			got, err := proc.Receive(self, selector)
			if err == nil && got.heading() != n%4 {
				return fmt.Errorf("heading %d came for %d", got.heading(), n%4)
			}
			return err
		})
	}
}

func selectiveByScan(queued int) func(*testing.B) {
	return func(b *testing.B) {
		b.ReportAllocs()
		var mailbox []any
		unwanted, message := new(other), new(wanted)
		for range queued {
			mailbox = append(mailbox, unwanted)
		}
		begin(b)
		for range b.N {
			mailbox = append(mailbox, message)
			for i, m := range mailbox {
				if _, ok := m.(*wanted); ok {
					mailbox = slices.Delete(mailbox, i, i+1)
					break
				}
			}
		}
		if len(mailbox) != queued {
			b.Errorf("%d messages are left of %d", len(mailbox), queued)
		}
	}
}
