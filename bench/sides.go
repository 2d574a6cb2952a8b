package bench

import (
	"context"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/proc"
)

// newSystem returns a system that does not log and ends with the benchmark.
func newSystem(b *testing.B) *proc.System {
	s := proc.NewSystem(proc.WithLogger(zerolog.Nop()))
	b.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			b.Error(err)
		}
	})
	return s
}

// inProcess runs body as a process and waits for its end.
func inProcess[M any](b *testing.B, body func(self *proc.Self[M]) error) {
	wait(b, proc.Spawn(newSystem(b), body).ID)
}

// wait waits for the end of a process, which must be a normal one.
func wait(b *testing.B, id proc.ID) {
	reason, err := proc.Join(context.Background(), id)
	if err != nil {
		b.Error(err)
	} else if reason.Severity() == proc.Crash {
		b.Error(reason)
	}
}

// inGoroutine is what inProcess is, for the other side.
func inGoroutine(body func()) {
	var done sync.WaitGroup
	done.Go(body)
	done.Wait()
}

// share is how many of n fall to one of some.
func share(n, one, some int) int {
	return n*(one+1)/some - n*one/some
}

// Note is a message that is sent as a pointer: it needs no memory on its way.
type Note struct{ N int }

// Triple is a message of three words.
type Triple struct{ A, B, C int }
