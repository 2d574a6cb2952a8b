package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
)

// racing has a call whose limit and whose answer are due at the same time.
func racing(s *Sim) {
	s.Sometimes("timeout", nil)
	s.Sometimes("reply", nil)
	s.Sometimes("a crash", nil)
	over := false
	s.Sometimes("the call is over", func() bool { return over })
	server := proc.Spawn(s.System(), func(self *proc.Self[proc.ReplyTo[int]]) error {
		reply, err := self.Receive()
		if err == nil {
			err = self.Sleep(time.Second)
		}
		reply.Reply(1)
		return err
	})
	_, err := proc.CallWithin(s.Context(), time.Second, server, func(r proc.ReplyTo[int]) proc.ReplyTo[int] { return r })
	over = true
	if err != nil {
		s.Happened("timeout")
	} else {
		s.Happened("reply")
	}
}

func TestSometimes(t *testing.T) {
	c := newCheck(t, racing, []Option{Runs(100)})
	c.runs = 100
	require.Nil(t, c.sweep())
	require.Equal(t, []string{"timeout", "reply", "a crash", "the call is over"}, c.tally.names)
	require.Equal(t, 100, c.tally.runs["timeout"]+c.tally.runs["reply"])
	require.Positive(t, c.tally.runs["timeout"])
	require.Positive(t, c.tally.runs["reply"])
	require.Equal(t, 100, c.tally.runs["the call is over"])
	require.Regexp(t, `^a scenario that sometimes happens never did, in 100 runs:
    in none: a crash
    in \d+: timeout
    in \d+: reply
    in 100: the call is over$`, c.tally.missing(100))
}

// A check fails for it only if it had as many runs as the test has asked for.
func TestSometimes_Judged(t *testing.T) {
	for _, judged := range []bool{true, false} {
		c := newCheck(t, racing, nil)
		c.runs = 100
		if c.asked = 100; !judged {
			c.asked = 1000
		}
		require.Nil(t, c.sweep())
		verdict, fails := c.verdict()
		require.NotEmpty(t, verdict)
		require.Equal(t, judged, fails)
	}
	c := newCheck(t, func(s *Sim) { s.Sometimes("it happens", nil); s.Happened("it happens") }, nil)
	require.Nil(t, c.sweep())
	verdict, _ := c.verdict()
	require.Empty(t, verdict)
}

func TestSometimes_Panics(t *testing.T) {
	r := failing(t, func(s *Sim) { s.Sometimes("it is", func() bool { panic("oh") }); s.Settle() })
	require.Equal(t, failurePanic, r.outcome.failure.kind)
	require.Contains(t, r.outcome.failure.what, "sometimes it is: panic: oh")
}

// What never happens in any schedule is missed, too; what does in one of them is not.
func TestSometimes_Explored(t *testing.T) {
	for _, opts := range [][]Option{{Exhaustive()}, {Exhaustive(), Isolated()}} {
		c := newCheck(t, func(s *Sim) {
			first := 0
			s.Sometimes("never", func() bool { return false })
			s.Sometimes("the second one is the first", func() bool { return first == 2 })
			s.Sometimes("the first one is", func() bool { return first == 1 })
			sys := s.System()
			for i := range 2 {
				proc.Spawn(sys, func(*proc.Self[int]) error {
					if first == 0 {
						first = i + 1
					}
					return nil
				})
			}
			s.Settle()
		}, opts)
		require.Nil(t, c.explore())
		text, fails := c.verdict()
		require.True(t, fails)
		require.Regexp(t, `in none: never\n    in \d+: the second one is the first\n    in \d+: the first one is$`, text)
	}
}
