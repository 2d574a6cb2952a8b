package guide_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	_ "github.com/harkgo/hark/pkg/probe" // a change of it, or of what it uses, makes cached results stale
	_ "github.com/harkgo/hark/pkg/sim"
)

// Tests that are wrong on purpose, and others, say what the text says.
func TestReportsAreWhatTestsSay(t *testing.T) {
	if testing.Short() {
		t.Skip("links the tests of several packages, and one of them explores for long")
	}
	eachBlock(t, func(b block) string {
		if b.tie != "report" {
			return b.text
		}
		report := reportOf(t, strings.Fields(b.to))
		if !*update {
			require.Equal(t, b.text, report, "%s: what %s says", b.page, b.to)
		}
		return report
	})
}

// said are the lines of go test -v that a test has logged: the first of each has the
// place, and all are indented.
var said = regexp.MustCompile(`(?m)^    (?:\w+\.go:\d+: |    )(.*)\n`)

// opaque is the argument of a replay, which says nothing to who reads it.
var opaque = regexp.MustCompile(`-sim\.replay=\S+`)

// reportOf runs a test of the package in a folder, and returns what it logs: all of it, or
// as many lines as are asked for.
func reportOf(t *testing.T, tie []string) string {
	t.Helper()
	require.GreaterOrEqual(t, len(tie), 2, "a report has a folder and a test: %q", tie)
	folder, test := tie[0], tie[1]
	sources, err := filepath.Glob(filepath.Join(folder, "*.go"))
	require.NoError(t, err)
	for _, source := range sources {
		_, err := os.ReadFile(source) // whatever is read makes cached results stale when it changes
		require.NoError(t, err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-v", "-count=1", "-run", "^"+test+"$", ".")
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "HARK_DOCS_WRONG=1")
	out, _ := cmd.CombinedOutput() // that it fails is not the question here
	require.Regexp(t, `(?m)^--- (PASS|FAIL): `+test+` `, string(out), "%q has not been run", tie)
	var lines []string
	for _, m := range said.FindAllStringSubmatch(string(out), -1) {
		lines = append(lines, opaque.ReplaceAllString(strings.TrimRight(m[1], " "), "-sim.replay=…")+"\n")
	}
	if len(tie) > 2 {
		most, err := strconv.Atoi(tie[2])
		require.NoError(t, err)
		require.Less(t, most, len(lines), "%q says no more than:\n%s", tie, out)
		lines = lines[:most]
	}
	return strings.TrimRight(strings.Join(lines, ""), "\n") + "\n"
}
