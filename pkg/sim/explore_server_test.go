package sim

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
	"github.com/harkgo/hark/pkg/server"
)

// till is a server that sums up, and is asked for the sum.
type till struct {
	sum, notes int
	inside     bool
	mistake    bool
}

type (
	note    struct{ amount int }
	askTill struct{ server.Request[int] }
	mail    struct{ from proc.Pid[int] } // a request that is a message like others
	closing struct{}
)

func (c *till) open(_ *proc.Self[any], mistake bool) error { c.mistake = mistake; return nil }

func (c *till) note(self *proc.Self[any], n note) error {
	if c.inside {
		return errors.New("twice at the same time")
	}
	c.inside = true
	if err := self.Yield(); err != nil {
		return err
	}
	c.inside = false
	c.sum += n.amount
	if c.notes++; c.mistake && c.notes == 2 {
		_, _ = proc.ReceiveWithin(self, 0, sel.Message[note]()) // what has come meanwhile is thought to be old
	}
	return nil
}

func (c *till) ask(*proc.Self[any], *askTill) (int, error) { return c.sum, nil }

func (c *till) mail(_ *proc.Self[any], m mail) error { m.from.Send(c.sum); return nil }

func (c *till) close(*proc.Self[any], closing) error { return proc.ExitNormally{} }

var tills = server.New((*till).open, server.On((*till).note), server.OnCall((*till).ask),
	server.On((*till).mail), server.On((*till).close))

// V3: a server that gives its goroutine up, or has, loses nothing, and is never in two:
// two clients each note something and ask, at the moment at which it is not warm any more.
// The mistake: it throws away a note that has come while it was at work.
//
// There are too many schedules: those with three delays are taken.
func TestExhaustiveKernel_HandOverOfAnIdleServer(t *testing.T) {
	exhaust(t, func(s *Sim, mistake bool, happened seen) {
		sys := s.System()
		pid, err := tills.Start(s.Context(), sys, mistake, proc.Titled("till"))
		require.NoError(s, err)
		pid.Send(note{100})
		var clients []proc.ID
		for _, amount := range []int{1, 2} {
			clients = append(clients, proc.Spawn(sys, func(self *proc.Self[int]) error {
				if err := self.Sleep(200 * time.Millisecond); err != nil { // when it is not warm any more
					return err
				}
				pid.Send(note{amount})
				got, err := server.Call(self, pid, &askTill{})
				require.NoError(s, err)
				switch got {
				case 100 + amount:
					happened["before the other one"]++
				case 103:
					happened["with the other one"]++
				default:
					s.Errorf("%d: a note is lost", got)
				}
				return nil
			}, proc.Titled("client")).ID)
		}
		for _, id := range clients {
			joined(s, id)
		}
	}, []string{"before the other one", "with the other one"}, models{
		"queues":  {Exhaustive(Delays(3)), Isolated()},
		"instant": {Instant(), Exhaustive(Delays(3)), Isolated()},
	})
}

// V4: a call to a server that ends is answered, or fails with the reason; nothing waits
// for ever. The mistake: the request is a message, and so is the answer.
//
// With queues there are more than 200,000 schedules, of which those with four delays
// are taken.
func TestExhaustiveKernel_EndOfAServerAgainstACall(t *testing.T) {
	exhaust(t, func(s *Sim, mistake bool, happened seen) {
		sys := s.System()
		pid, err := tills.Start(s.Context(), sys, false, proc.Titled("till"))
		require.NoError(s, err)
		client := proc.Spawn(sys, func(self *proc.Self[int]) error {
			if mistake {
				pid.Send(mail{self.Pid()})
				_, err := self.Receive()
				return err
			}
			got, err := server.Call(self, pid, &askTill{})
			var gone proc.OtherProcessNotRunning
			switch {
			case err == nil:
				require.Zero(s, got)
				happened["answered"]++
			case errors.As(err, &gone) && gone.Reason == (proc.ExitNormally{}):
				happened["told of the end"]++
			default:
				s.Errorf("%v", err)
			}
			return nil
		}, proc.Titled("client"))
		proc.Spawn(sys, func(*proc.Self[int]) error {
			pid.Send(closing{})
			return nil
		}, proc.Titled("closer"))
		joined(s, client.ID)
	}, []string{"answered", "told of the end"}, isolated(Delays(4)))
}
