package sup_test

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

var errBench = errors.New("broken")

// inSystem runs a benchmark as a process of a system that logs nothing.
func inSystem(b *testing.B, bench func(self *proc.Self[struct{}])) {
	b.Helper()
	s := proc.NewSystem(proc.WithLogger(zerolog.Nop()), proc.WithStopTimeout(time.Minute))
	finished := make(chan struct{})
	proc.Spawn(s, func(self *proc.Self[struct{}]) error {
		defer close(finished)
		bench(self)
		return nil
	})
	<-finished
	if err := s.Stop(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// benchmarkRestart restarts a child that ends by end as soon as it has been
// started, b.N times.
func benchmarkRestart(b *testing.B, siblings int, end func() error) {
	inSystem(b, func(self *proc.Self[struct{}]) {
		restarts := 0
		over := make(chan struct{})
		begin := make(chan struct{})
		spec := sup.Spec{Intensity: 1 << 30, Period: time.Hour}
		for i := range siblings {
			spec.Children = append(spec.Children, sup.Worker(strconv.Itoa(i), idle))
		}
		spec.Children = append(spec.Children, sup.Worker("crashing", func(child *proc.Self[struct{}]) error {
			if restarts == 0 {
				<-begin
			}
			if restarts++; restarts > b.N {
				close(over)
				return idle(child)
			}
			return end()
		}))
		ref, err := sup.Start(self, spec)
		if err != nil {
			b.Error(err)
			return
		}
		b.ReportAllocs()
		b.ResetTimer()
		close(begin)
		<-over
		b.StopTimer()
		if err := ref.Stop(self); err != nil {
			b.Error(err)
		}
	})
}

func idle(self *proc.Self[struct{}]) error {
	_, err := self.Receive()
	return err
}

// W9 of the comparison: one-for-one, the child crashes as soon as it has been
// started. Beside it what a program without processes would do: a loop that
// starts a goroutine with a recover again, without limit, monitor or mailbox.
func BenchmarkRestart(b *testing.B) {
	b.Run("error", func(b *testing.B) { benchmarkRestart(b, 0, func() error { return errBench }) })
	b.Run("panic", func(b *testing.B) { benchmarkRestart(b, 0, func() error { panic(errBench) }) })
	b.Run("error/among=100000", func(b *testing.B) {
		benchmarkRestart(b, 100_000, func() error { return errBench })
	})
	b.Run("plain/error", func(b *testing.B) { benchmarkLoop(b, func() error { return errBench }) })
	b.Run("plain/panic", func(b *testing.B) { benchmarkLoop(b, func() error { panic(errBench) }) })
}

// benchmarkLoop is the rival: each life on a goroutine of its own, which says
// how it has ended.
func benchmarkLoop(b *testing.B, body func() error) {
	b.ReportAllocs()
	ends := make(chan error)
	for range b.N {
		go func() {
			var err error
			defer func() {
				if value := recover(); value != nil {
					err = fmt.Errorf("panic: %v", value)
				}
				ends <- err
			}()
			err = body()
		}()
		if <-ends == nil {
			b.Fatal("did not crash")
		}
	}
}

// Start and ordered stop of n children, per child.
func BenchmarkTree(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		spec := sup.Spec{}
		for i := range n {
			spec.Children = append(spec.Children, sup.Worker(strconv.Itoa(i), idle))
		}
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			inSystem(b, func(self *proc.Self[struct{}]) {
				var starting, stopping time.Duration
				for b.Loop() {
					begin := time.Now()
					ref, err := sup.Start(self, spec)
					if err != nil {
						b.Error(err)
						return
					}
					started := time.Now()
					if err := ref.Stop(self); err != nil {
						b.Error(err)
						return
					}
					starting += started.Sub(begin)
					stopping += time.Since(started)
				}
				perChild := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / float64(b.N) / float64(n) }
				b.ReportMetric(perChild(starting), "start-ns/child")
				b.ReportMetric(perChild(stopping), "stop-ns/child")
			})
		})
	}
}
