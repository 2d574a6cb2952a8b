package proc

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/harkgo/hark/pkg/log"
)

// Main is [Run] for a program, and does not return. It logs to the
// console, from level debug on (set others with WithLogLevels or WithLogger). The
// first SIGINT or SIGTERM interrupts main with NormalExitRequested: finish your
// work. A second one, or the stop timeout after the first, stops the system:
// clean up. What has not ended after another stop timeout is killed. The exit
// status is 1 after a crash or if processes had to be abandoned, else 0.
func Main[M any](main func(*Self[M]) error, opts ...Option) {
	out := log.NewAsync(log.NewConsoleWriter(os.Stderr), 4096)
	opts = append([]Option{WithLogger(log.JSON(out))}, opts...)
	s := NewSystem(opts...)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	pid := spawnMain(s, main)

	ctx, stop := context.WithCancel(context.Background())
	go func() {
		defer stop()
		why := <-signals
		s.base.Info().Stringer("signal", why).Msg("asking main to finish; a second signal stops the system")
		pid.Interrupt(NormalExitRequested{})
		select {
		case why = <-signals:
			s.base.Info().Stringer("signal", why).Msg("stopping the system")
		case <-time.After(s.stopTimeout):
			s.base.Warn().Float64("after_ms", float64(s.stopTimeout)/float64(time.Millisecond)).Msg("main has not finished: stopping the system")
		}
	}()
	err := runMain(ctx, s, pid)
	if err != nil {
		s.base.Error().Err(err).Msg("the program failed")
	}
	_ = out.Close() // who would hear that the log cannot be written?
	os.Exit(exitStatus(err))
}
