package sim

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
)

// A lost update: two processes that read, and later write.
func lostUpdate(s *Sim) {
	sys := s.System()
	value := 0
	type read struct{ reply proc.ReplyTo[int] }
	type write int
	store := proc.Spawn(sys, func(self *proc.Self[any]) error {
		for m, err := range self.Messages() {
			if err != nil {
				return err
			}
			switch m := m.(type) {
			case read:
				m.reply.Reply(value)
			case write:
				value = int(m)
			}
		}
		return nil
	}, proc.Titled("store"))
	for i := range 2 {
		proc.Spawn(sys, func(self *proc.Self[any]) error {
			n, err := proc.Call(self, store, func(r proc.ReplyTo[int]) any { return read{r} })
			if err != nil {
				return err
			}
			store.Send(write(n + 1))
			return nil
		}, proc.Titled(fmt.Sprint("writer ", i)))
	}
	s.Settle()
	require.Equal(s, 2, value)
}

func TestFirst(t *testing.T) {
	c := newCheck(t, lostUpdate, nil)
	r := c.sweep()
	require.NotNil(t, r)
	t.Log(r.String())
	again := c.repeat(r.recipe())
	require.Empty(t, again.doubt)
	require.Equal(t, r.outcome.failure, again.outcome.failure)
}

func TestSecond(t *testing.T) {
	Check(t, func(s *Sim) {
		sys := s.System()
		ch := make(chan int)
		pid := proc.Spawn(sys, func(self *proc.Self[int]) error {
			n, err := self.Receive()
			ch <- n
			_ = self.Sleep(time.Hour)
			return errors.Join(err)
		})
		pid.Send(7)
		require.Equal(s, 7, <-ch)
		before := s.Now()
		_, err := proc.Join(context.Background(), pid.ID)
		require.NoError(s, err)
		require.Equal(s, time.Hour, s.Now().Sub(before))
	}, Runs(100))
}
