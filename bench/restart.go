package bench

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/thejerf/suture/v4"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// Restart is a supervisor that restarts its one child, which ends as soon as it
// has been started: by an error, and by a panic. The rival is suture, whose
// services are goroutines without a mailbox, links or monitors; the plain side is a
// loop that starts a goroutine with a recover, and has no supervisor at all.
func Restart() []Comparison {
	var all []Comparison
	for _, c := range []struct {
		name   string
		ending func() error
	}{{"error", endByError}, {"panic", endByPanic}} {
		all = append(all, Comparison{
			Name: "Restart/" + c.name,
			Rows: timed(1),
			Sides: []Side{
				{"hark", restartHark(c.ending)},
				{"suture", restartSuture(c.ending)},
				{"plain", respawnChannels(c.ending, false)},
			},
		})
	}
	return all
}

func restartHark(ending func() error) func(*testing.B) {
	return func(b *testing.B) {
		b.ReportAllocs()
		inProcess(b, func(self *proc.Self[any]) error {
			begun, over := make(chan struct{}), make(chan struct{})
			lives := 0
			tree, err := sup.Start(self, sup.Spec{
				Intensity: math.MaxInt,
				Children: []sup.Child{sup.Worker("crashing", func(child *proc.Self[any]) error {
					if lives++; lives == 1 {
						<-begun
					}
					if lives <= b.N {
						return ending()
					}
					close(over)
					_, err := child.Receive()
					return err
				})},
			})
			if err != nil {
				return err
			}
			begin(b)
			close(begun)
			<-over
			b.StopTimer()
			return tree.Stop(self)
		})
	}
}

// sutureService is one life after the other of a service of suture.
type sutureService func(ctx context.Context) error

func (s sutureService) Serve(ctx context.Context) error { return s(ctx) }

func restartSuture(ending func() error) func(*testing.B) {
	return func(b *testing.B) {
		b.ReportAllocs()
		begun, over := make(chan struct{}), make(chan struct{})
		lives := 0
		s := suture.New("bench", suture.Spec{
			EventHook:        func(suture.Event) {},
			FailureThreshold: math.MaxFloat64,
			FailureBackoff:   time.Nanosecond,
		})
		s.Add(sutureService(func(ctx context.Context) error {
			if lives++; lives == 1 {
				<-begun
			}
			if lives <= b.N {
				return ending()
			}
			close(over)
			<-ctx.Done()
			return ctx.Err()
		}))
		ctx, cancel := context.WithCancel(context.Background())
		ended := s.ServeBackground(ctx)
		begin(b)
		close(begun)
		<-over
		b.StopTimer()
		cancel()
		<-ended
	}
}
