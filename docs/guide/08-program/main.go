package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/log"
	"github.com/harkgo/hark/pkg/proc"
)

// Line is what the store accepts.
type Line string

// store keeps lines. Asked to end, it writes what is queued; shut down, it only
// closes its file, in a deferred function.
func store(self *proc.Self[Line]) error {
	defer self.Log().Info().Msg("file closed")
	for line, err := range self.Messages() {
		if _, asked := errors.AsType[proc.NormalExitRequested](err); asked {
			rest := self.Flush()
			self.Log().Info().Int("lines", len(rest)).Msg("writing the rest")
			return nil
		}
		if err != nil {
			return err
		}
		self.Log().Debug().Str("line", string(line)).Msg("written")
	}
	return nil
}

// server serves until it is interrupted.
func server(lines proc.Pid[Line]) func(*proc.Self[string]) error {
	return func(self *proc.Self[string]) error {
		self.Log().Info().Msg("ready")
		for request, err := range self.Messages() {
			if err != nil {
				self.Log().Info().Str("because", err.Error()).Msg("serving no more")
				return err
			}
			lines.Send(Line("served " + request))
		}
		return nil
	}
}

// run is the main process. It starts what the program consists of, and stops it
// in the opposite order: the server first, so that nothing is sent to a store
// that is gone.
func run(self *proc.Self[string]) error {
	st := proc.SpawnLink(self, store, proc.Titled("store"), proc.Owned())
	srv := proc.SpawnLink(self, server(st), proc.Titled("server"), proc.Owned())

	_, err := self.Receive() // until there is a signal, or one of the two crashes
	if _, asked := errors.AsType[proc.NormalExitRequested](err); !asked {
		return err
	}
	for _, id := range []proc.ID{srv.ID, st.ID} {
		id.Interrupt(proc.NormalExitRequested{})
		if !self.AwaitEnd(id, 5*time.Second) {
			return fmt.Errorf("process %v does not finish", id) // owned: it is shut down now
		}
	}
	return nil
}

func main() {
	// Levels go by title. This text could be a flag.
	levels, err := log.ParseLevels("info,store=debug")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	// No process waits for the terminal: at most 1024 lines wait instead of it.
	lines := log.NewAsync(log.NewConsoleWriter(os.Stdout), 1024)
	logger := log.JSON(lines, log.WithoutTime()) // without the time, for this text

	proc.Main(func(self *proc.Self[string]) error {
		// Main does not return. After Close a line is written at once.
		defer closeLog(lines)
		return run(self)
	}, proc.WithLogger(logger.Level(zerolog.DebugLevel)), proc.WithLogLevels(levels), proc.WithStopTimeout(10*time.Second))
}

func closeLog(lines *log.Async) {
	if err := lines.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}
