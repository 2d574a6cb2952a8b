package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// asProgram, set in the environment, makes the test binary be the program.
const asProgram = "PINGPONG_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// command is the program as a process of the operating system.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	binary, err := os.Executable()
	require.NoError(t, err)
	c := exec.CommandContext(t.Context(), binary, args...)
	c.Env = append(os.Environ(), asProgram+"=1")
	return c
}

// lastReport decodes the last line of out, and wants nothing else in it.
func lastReport(t *testing.T, out string) Report {
	t.Helper()
	require.True(t, strings.HasSuffix(out, "}\n"), "the last line is no JSON object:\n%s", out)
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	decoder := json.NewDecoder(strings.NewReader(lines[len(lines)-1]))
	decoder.DisallowUnknownFields()
	var r Report
	require.NoError(t, decoder.Decode(&r))
	require.False(t, decoder.More())
	return r
}

func TestProgramPlaysAndReports(t *testing.T) {
	c := command(t, "-pairs", "2", "-rounds", "300", "-duration", "0", "-json")
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	require.NoError(t, c.Run(), "%s", &stderr)
	r := lastReport(t, stdout.String())
	require.True(t, r.OK)
	require.EqualValues(t, 600, r.Balls.Returned)
	// Of ten thousand idle players, in a process that has done nothing before.
	require.Greater(t, r.Hark.BytesPerIdle, 500.0)
	require.Greater(t, r.Channels.BytesPerIdle, 500.0)
	require.Contains(t, stderr.String(), "playing:")
}

func TestBadFlagsGetOneLineAndStatus2(t *testing.T) {
	for _, args := range [][]string{
		{"-pairs", "0"},
		{"-nonsense"},
		{"-pairs", "two\nlines"},
		{"leftover"},
		{"-rounds"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			c := command(t, args...)
			var stdout, stderr bytes.Buffer
			c.Stdout, c.Stderr = &stdout, &stderr
			var exit *exec.ExitError
			require.ErrorAs(t, c.Run(), &exit)
			require.Equal(t, 2, exit.ExitCode())
			require.Empty(t, stdout.String())
			require.Equal(t, 1, strings.Count(stderr.String(), "\n"), "%s", &stderr)
			require.True(t, strings.HasPrefix(stderr.String(), "pingpong: "), "%s", &stderr)
			require.True(t, strings.HasSuffix(stderr.String(), "\n"), "%s", &stderr)
		})
	}
}

func TestHelpIsNoError(t *testing.T) {
	c := command(t, "-help")
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	require.NoError(t, c.Run())
	require.Empty(t, stderr.String())
	for _, name := range []string{"-pairs", "-rounds", "-duration", "-payload", "-backlog", "-json", "-chaos", "-seed", "-log"} {
		require.Contains(t, stdout.String(), "  "+name, "the help does not mention %s", name)
	}
}
