package sim

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// C1, C2, C3: a call ends with its own reply, with the death of the server, or with its
// limit; one that was sent before the end counts. The mistake: the reply is a message,
// which may come after the call has ended.
//
// With queues there are 28,737 schedules, of which those with three delays are taken.
func TestExhaustiveKernel_CallAgainstReplyTimeoutAndDeath(t *testing.T) {
	calls(t, 1, true, "reply", "timeout", "death")
}

// C2: a late reply is nobody's. The mistake: the reply is a message, and the next call
// takes it.
//
// With queues there are 78,255 schedules, of which those with three delays are taken.
func TestExhaustiveKernel_CallAgainstLateReply(t *testing.T) {
	calls(t, 2, false, "reply", "timeout")
}

func calls(t *testing.T, n int, dies bool, what ...string) {
	type ask struct {
		n     int
		reply proc.ReplyTo[int]
		to    proc.Pid[int]
	}
	exhaust(t, func(s *Sim, mistake bool, happened seen) {
		sys := s.System()
		replied := make(map[int]bool) // as long as the server lives
		server := proc.Spawn(sys, func(self *proc.Self[ask]) error {
			for m, err := range self.Messages() {
				if err != nil || self.Sleep(time.Second) != nil {
					return err
				}
				live := m.reply.Live()
				if mistake {
					m.to.Send(m.n)
				} else {
					m.reply.Reply(m.n)
				}
				replied[m.n] = live
			}
			return nil
		}, proc.Titled("server"))
		client := proc.Spawn(sys, func(self *proc.Self[int]) error {
			for n := range n {
				var got int
				var err error
				if mistake {
					server.Send(ask{n: n, to: self.Pid()})
					got, err = proc.ReceiveWithin(self, time.Second, sel.Message[int]())
				} else {
					got, err = proc.CallWithin(self, time.Second, server, func(r proc.ReplyTo[int]) ask { return ask{n: n, reply: r} })
				}
				_, late := errors.AsType[proc.TimeoutInterrupt](err)
				_, dead := errors.AsType[proc.OtherProcessNotRunning](err)
				switch {
				case err == nil:
					happened["reply"]++
					require.Equal(s, n, got, "the reply to another call")
				case late:
					happened["timeout"]++
				case dead:
					happened["death"]++
					require.ErrorIs(s, err, io.EOF)
					require.False(s, replied[n], "the reply was sent before the server died")
				default:
					require.NoError(s, err)
				}
			}
			if mistake {
				_ = self.Sleep(time.Second)
			}
			info, _ := self.ID().Info()
			require.Zero(s, info.Mailbox)
			return nil
		}, proc.Titled("client"))
		if dies {
			s.Sleep(time.Second)
			server.Shutdown(proc.ExitUnhandledError{Err: io.EOF})
		}
		joined(s, client.ID)
	}, what, isolated(Delays(3)))
}
