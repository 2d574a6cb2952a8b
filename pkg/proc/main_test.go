package proc_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
)

// mainVariable names the program that the test binary is to be, instead of tests.
const mainVariable = "HARK_PROC_TEST_MAIN"

func TestMain(m *testing.M) {
	if program, ok := mainPrograms[os.Getenv(mainVariable)]; ok {
		program()
		os.Exit(0) // Main may return after a success
	}
	os.Exit(m.Run())
}

// mainSay tells the parent where the program is.
func mainSay(what string) { fmt.Println("main: " + what) }

// mainWorker is a process beside main, that says when it is shut down.
func mainWorker(self *proc.Self[string]) error {
	defer mainSay("worker unwound")
	for {
		_, err := self.Receive()
		mainSay(fmt.Sprintf("worker interrupted: %v", err))
	}
}

// mainPrograms are programs that call Main.
var mainPrograms = map[string]func(){
	"returns":  func() { proc.Main(func(*proc.Self[string]) error { return nil }) },
	"succeeds": func() { proc.Main(func(*proc.Self[string]) error { return proc.NormalExitRequested{} }) },
	"fails": func() {
		proc.Main(func(*proc.Self[string]) error { return fmt.Errorf("db ping: %w", io.ErrUnexpectedEOF) })
	},
	"panics": func() { proc.Main(func(*proc.Self[string]) error { panic("broken main") }) },
	"killed": func() {
		proc.Main(func(self *proc.Self[string]) error { self.ID().Kill(); return self.Yield() })
	},
	// finishes its work at the first signal
	"finishes": func() {
		proc.Main(func(self *proc.Self[string]) error {
			proc.Spawn(self, mainWorker)
			defer mainSay("unwound")
			mainSay("ready")
			_, err := self.Receive()
			if _, ok := errors.AsType[proc.NormalExitRequested](err); ok {
				mainSay("finishing")
			}
			return err
		}, proc.WithStopTimeout(time.Hour))
	},
	// does not end at an interrupt
	"deaf": func() { proc.Main(mainDeaf, proc.WithStopTimeout(time.Hour)) },
	// the same, with a stop timeout that elapses
	"deaf, short": func() { proc.Main(mainDeaf, proc.WithStopTimeout(30*time.Millisecond)) },
	// stuck in its own code
	"stuck": func() {
		proc.Main(func(*proc.Self[string]) error {
			mainSay("ready")
			select {} // no operation of the process
		}, proc.WithStopTimeout(30*time.Millisecond))
	},
	"crashes at the signal": func() {
		proc.Main(func(self *proc.Self[string]) error {
			mainSay("ready")
			_, _ = self.Receive()
			return io.ErrUnexpectedEOF
		})
	},
}

// mainDeaf is a main that notes interrupts and carries on.
func mainDeaf(self *proc.Self[string]) error {
	proc.Spawn(self, mainWorker)
	defer mainSay("unwound")
	mainSay("ready")
	for {
		_, err := self.Receive()
		if _, ok := errors.AsType[proc.NormalExitRequested](err); ok {
			mainSay("interrupted")
		}
	}
}

// mainRun runs program as a process of its own. After each line that it says,
// the signals listed for that line are sent. It returns what it has said, all
// its output, and its exit status.
func mainRun(t *testing.T, program string, signals map[string]os.Signal) (said []string, output string, status int) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("no signals")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), mainVariable+"="+program)
	out, in := io.Pipe()
	cmd.Stdout, cmd.Stderr = in, in
	require.NoError(t, cmd.Start())
	ended := make(chan error, 1)
	go func() {
		err := cmd.Wait()
		_ = in.Close()
		ended <- err
	}()
	var text strings.Builder
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		fmt.Fprintln(&text, lines.Text())
		line, ok := strings.CutPrefix(lines.Text(), "main: ")
		if !ok {
			continue
		}
		said = append(said, line)
		if signal, ok := signals[line]; ok {
			require.NoError(t, cmd.Process.Signal(signal))
		}
	}
	err := <-ended
	require.NoError(t, ctx.Err(), "it did not end:\n%s", text.String())
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		require.True(t, failed.Exited(), "ended by a signal: %v\n%s", err, text.String())
		return said, text.String(), failed.ExitCode()
	}
	require.NoError(t, err)
	return said, text.String(), 0
}

// Main: the exit status is 1 after a crash, 0 after a success; the console says
// why it crashed.
func TestS1_MainExitStatus(t *testing.T) {
	for program, want := range map[string]int{"returns": 0, "succeeds": 0, "fails": 1, "panics": 1, "killed": 1} {
		_, output, status := mainRun(t, program, nil)
		require.Equal(t, want, status, "%s:\n%s", program, output)
		switch program {
		case "fails":
			require.Contains(t, output, "db ping: unexpected EOF")
		case "panics":
			require.Contains(t, output, "broken main")
		}
	}
}

// Decided: the first SIGINT or SIGTERM interrupts main with NormalExitRequested;
// the others run on until main has ended.
func TestDecided_FirstSignalInterruptsMain(t *testing.T) {
	for _, signal := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} {
		said, output, status := mainRun(t, "finishes", map[string]os.Signal{"ready": signal})
		require.Equal(t, []string{"ready", "finishing", "unwound", "worker unwound"}, said, output)
		require.Zero(t, status, output)

		_, output, status = mainRun(t, "crashes at the signal", map[string]os.Signal{"ready": signal})
		require.Equal(t, 1, status, output)
	}
}

// Decided: a second signal, of either kind, stops the system: main and the
// others are shut down, which is a success.
func TestDecided_SecondSignalStopsTheSystem(t *testing.T) {
	for _, signal := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} {
		said, output, status := mainRun(t, "deaf", map[string]os.Signal{
			"ready": syscall.SIGINT, "interrupted": signal,
		})
		require.Len(t, said, 4, output)
		require.Equal(t, []string{"ready", "interrupted"}, said[:2], output)
		require.ElementsMatch(t, []string{"unwound", "worker unwound"}, said[2:], output)
		require.Zero(t, status, output)
	}
}

// Decided: so does the stop timeout after the first signal.
func TestDecided_StopTimeoutAfterASignalStopsTheSystem(t *testing.T) {
	said, output, status := mainRun(t, "deaf, short", map[string]os.Signal{"ready": syscall.SIGTERM})
	require.Len(t, said, 4, output)
	require.Equal(t, []string{"ready", "interrupted"}, said[:2], output)
	require.ElementsMatch(t, []string{"unwound", "worker unwound"}, said[2:], output)
	require.Zero(t, status, output)
}

// Decided: the timeout of that stop kills what is left: a main that is stuck in
// its own code ends the program, as a crash.
func TestDecided_StopOfAStuckMainKills(t *testing.T) {
	said, output, status := mainRun(t, "stuck", map[string]os.Signal{"ready": syscall.SIGINT})
	require.Equal(t, []string{"ready"}, said, output)
	require.Equal(t, 1, status, output)
}
