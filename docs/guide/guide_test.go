// Package guide_test holds the README, the pages on testing and the guide to what the
// programs in them do. A fenced block of a markdown file is tied to a file by the comment line
// right above it:
//
//	<!-- file: 05-calls/main.go -->     the block is the whole file
//	<!-- part: 05-calls/main.go -->     the block is some successive lines of it
//	<!-- output: 05-calls -->           the block is what that program prints
//	<!-- output: 05-calls -n 7 -->      the same, with arguments
//	<!-- report: ../testing/till TestX --> the block is what that test says; it may fail
//	<!-- report: ../testing/till TestX 4 --> the same, and only the first lines of it
//
// Every block of Go must be tied, and every program must be shown whole and with
// its output. go test ./docs/guide -update copies files, outputs and reports into the
// text.
package guide_test

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	_ "github.com/harkgo/hark/pkg/event" // a change of it, or of what it uses, makes cached results stale
	_ "github.com/harkgo/hark/pkg/server"
	_ "github.com/harkgo/hark/pkg/sup"
)

var update = flag.Bool("update", false, "copy files and outputs into the text")

// signals are the commands that end at a signal, and the lines after each of which
// they are sent one.
var signals = map[string][]string{
	"08-program":                          {"ready"},
	"10-service/stop":                     {"desk is up"},
	"10-service/stop -each 1h":            {"desk is up", "asked to finish, sends"},
	"10-service/stop -each 1h -finish 1s": {"desk is up"},
	"10-service/whole":                    {"a slow request"},
}

// block is a fenced block of a markdown file.
type block struct {
	page     string // the file it is in
	language string
	tie      string // "file", "part", "output", "report", or "" if it is not tied
	to       string
	text     string
}

var tieLine = regexp.MustCompile(`^<!-- (file|part|output|report): (\S+(?: \S+)*) -->$`)

// eachBlock calls visit for the blocks of the README, the pages on testing and the guide,
// and with -update replaces them by what it returns.
func eachBlock(t *testing.T, visit func(block) string) {
	t.Helper()
	pages := []string{filepath.Join("..", "..", "README.md")}
	for _, pattern := range []string{"*.md", filepath.Join("..", "testing*.md")} {
		more, err := filepath.Glob(pattern)
		require.NoError(t, err)
		pages = append(pages, more...)
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		var out strings.Builder
		var open *block
		tie := make([]string, 3)
		for line := range strings.Lines(string(text)) {
			language, fence := strings.CutPrefix(strings.TrimRight(line, "\n"), "```")
			switch {
			case open != nil && !fence:
				open.text += line
				continue
			case open != nil:
				out.WriteString(visit(*open))
				open = nil
			case fence:
				open = &block{page: page, language: language, tie: tie[1], to: tie[2]}
			}
			out.WriteString(line)
			if tie = tieLine.FindStringSubmatch(strings.TrimRight(line, "\n")); tie == nil {
				tie = make([]string, 3)
			}
		}
		require.Nil(t, open, "%s: a block is not closed", page)
		if *update && out.String() != string(text) {
			require.NoError(t, os.WriteFile(page, []byte(out.String()), 0o644))
		}
	}
}

// The blocks of Go are those of the files.
func TestBlocksAreTheFiles(t *testing.T) {
	eachBlock(t, func(b block) string {
		if b.language == "go" {
			require.NotEmpty(t, b.tie, "%s: this block is tied to no file:\n%s", b.page, b.text)
		}
		if b.tie != "file" && b.tie != "part" {
			return b.text
		}
		file, err := os.ReadFile(b.to)
		require.NoError(t, err, b.page)
		switch {
		case b.tie == "part":
			require.Contains(t, string(file), b.text, "%s: the block is not in %s", b.page, b.to)
			return b.text
		case !*update:
			require.Equal(t, string(file), b.text, "%s: the block is not %s", b.page, b.to)
		}
		return string(file)
	})
}

// The programs print what the text says, and all of them are in it.
func TestProgramsPrintWhatTheTextSays(t *testing.T) {
	if testing.Short() {
		t.Skip("links a dozen programs")
	}
	bin := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-ldflags=-s -w", "-o", bin+string(filepath.Separator), "./...")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)

	shown, printed := make(map[string]bool), make(map[string]bool)
	eachBlock(t, func(b block) string {
		switch b.tie {
		case "file":
			shown[b.to] = true
		case "output":
			program, args, _ := strings.Cut(b.to, " ")
			printed[program] = true
			text := run(t, signals[b.to], filepath.Join(bin, filepath.Base(program)), strings.Fields(args)...)
			if !*update {
				require.Equal(t, b.text, text, "%s: what %s prints", b.page, b.to)
			}
			return text
		}
		return b.text
	})
	for _, pattern := range []string{"*/main.go", "*/*/main.go"} {
		programs, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, program := range programs {
			program = filepath.ToSlash(program)
			require.True(t, shown[program], "%s is not in the text", program)
			require.True(t, printed[strings.TrimSuffix(program, "/main.go")], "the output of %s is not in the text", program)
		}
	}
}

// run returns what a program prints on its standard output, without space at the
// ends of lines. The program is sent a signal each time that it has printed a line
// that contains the next of signalAfter.
func run(t *testing.T, signalAfter []string, program string, args ...string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("no signals")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	var diagnostics bytes.Buffer
	cmd.Stderr = &diagnostics
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())

	var text strings.Builder
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		text.WriteString(strings.TrimRight(lines.Text(), " ") + "\n")
		if len(signalAfter) > 0 && strings.Contains(lines.Text(), signalAfter[0]) {
			require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
			signalAfter = signalAfter[1:]
		}
	}
	require.NoError(t, lines.Err())
	require.NoError(t, cmd.Wait(), "%s%s", text.String(), diagnostics.String())
	require.Empty(t, signalAfter, "%s has not printed the line for a signal:\n%s", program, text.String())
	return text.String()
}
