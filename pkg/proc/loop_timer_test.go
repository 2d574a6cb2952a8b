package proc

import (
	"errors"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/sel"
)

// The timer of a loop is over when the process leaves that, however it does; and the
// process itself does not know of it.
func TestLoop_ItsTimerEndsWithIt(t *testing.T) {
	type place struct{ timer TimerRef }
	errLeft := errors.New("left")
	other := NewLoop(func(self *Self[any], _ *int) error {
		m, err := ReceiveOrHibernate(self, -1, sel.Any(), nil)
		if err != nil {
			return err
		}
		return m.(error)
	})
	l := NewLoop(func(self *Self[any], at *place) error {
		if at.timer == (TimerRef{}) {
			at.timer = StartLoopTimer(self, time.Hour, "late")
		}
		m, err := ReceiveOrHibernate(self, -1, sel.Any(), nil)
		switch m := m.(type) {
		case error:
			return m
		case func():
			m()
		case int:
			return other.Enter(0)
		}
		return err
	}).Timer(func(at *place) TimerRef { return at.timer })
	for name, leave := range map[string]func(p Pid[any]){
		"end":      func(p Pid[any]) { p.Send(errLeft) },
		"panic":    func(p Pid[any]) { p.Send(func() { panic(errLeft) }) },
		"kill":     func(p Pid[any]) { p.Kill() },
		"shutdown": func(p Pid[any]) { p.Shutdown(ExitNormally{}) },
		"another":  func(p Pid[any]) { p.Send(1) },
	} {
		t.Run(name, func(t *testing.T) {
			s := NewSystem(WithLogger(zerolog.Nop()))
			SetWarm(s, 10, time.Millisecond)
			p := Spawn(s, func(*Self[any]) error { return l.Enter(place{}) })
			loopResting(p.local())
			q := p.local()
			q.Lock()
			of := (*timer)(l.kind.timer(q.in).timer)
			require.Nil(t, q.more.Load())
			q.Unlock()
			require.NotNil(t, of)
			leave(p)
			if name == "another" {
				p.Send(errLeft)
			}
			<-p.Done()
			loopUntil(q, func() bool { return q.goroutine == hasLeft })
			of.mu.Lock()
			require.True(t, of.over)
			require.False(t, of.running.Stop())
			of.mu.Unlock()
			require.NoError(t, s.Stop(t.Context()))
		})
	}
}

// What has come of it is taken back, where the process goes on in another loop.
func TestLoop_TheMessageOfItsTimerIsTakenBack(t *testing.T) {
	s := NewSystem(WithLogger(zerolog.Nop()))
	type place struct{ timer TimerRef }
	got := make(chan []any, 1)
	other := NewLoop(func(self *Self[any], _ *int) error {
		got <- self.Flush()
		return nil
	})
	l := NewLoop(func(self *Self[any], at *place) error {
		at.timer = StartLoopTimer(self, -1, "late")
		for info, _ := self.Pid().Info(); info.ByType["string"] == 0; info, _ = self.Pid().Info() {
			if err := self.Yield(); err != nil {
				return err
			}
		}
		self.Pid().Send(7)
		return other.Enter(0)
	}).Timer(func(at *place) TimerRef { return at.timer })
	p := Spawn(s, func(*Self[any]) error { return l.Enter(place{}) })
	require.Equal(t, []any{7}, <-got)
	<-p.Done()
	require.NoError(t, s.Stop(t.Context()))
}
