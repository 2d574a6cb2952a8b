//go:build unix

package main

import (
	"bufio"
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The game would go on for an hour: that the program ends at all is due to the
// signal.
func TestCtrlCEndsInOrderAndReports(t *testing.T) {
	for _, extra := range [][]string{nil, {"-chaos", "-seed", "7"}} {
		t.Run(strings.Join(extra, " "), func(t *testing.T) {
			c := command(t, append([]string{"-pairs", "3", "-duration", "1h", "-json"}, extra...)...)
			var stdout bytes.Buffer
			c.Stdout = &stdout
			stderr, err := c.StderrPipe()
			require.NoError(t, err)
			require.NoError(t, c.Start())

			signalled := false
			for lines := bufio.NewScanner(stderr); lines.Scan(); {
				if strings.HasPrefix(lines.Text(), "playing:") && !signalled {
					signalled = true
					require.NoError(t, c.Process.Signal(os.Interrupt))
				}
			}
			require.NoError(t, c.Wait(), "a request to end is no failure")
			require.True(t, signalled)
			r := lastReport(t, stdout.String())
			require.True(t, r.Interrupted)
			require.True(t, r.OK)
			require.Equal(t, r.Balls.Served, r.Balls.Returned)
			require.Contains(t, stdout.String(), "Interrupted")
		})
	}
}
