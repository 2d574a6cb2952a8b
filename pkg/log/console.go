package log

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/rs/zerolog"
)

// Console is a logger for people: [JSON] onto a [ConsoleWriter] onto w.
func Console(w io.Writer, opts ...Option) zerolog.Logger {
	return JSON(NewConsoleWriter(w, opts...), opts...)
}

// ConsoleWriter is a writer that turns lines into text for people: the time, the
// level, a column each for the pid and the title, the message, then the other
// fields.
//
//	12:00:00.000 INF !7     db/pool          connected attempt=2
//
// A field whose text has several lines, such as a stack, and the reasons that
// [Reasons] wrote follow in lines of their own, set in. Control characters are
// shown escaped, so that no text can pass itself off as another line or command
// the terminal. What is no JSON object is shown as it is.
//
// There are colours if the writer is a terminal and NO_COLOR is not set.
type ConsoleWriter struct {
	out  zerolog.LevelWriter
	text zerolog.ConsoleWriter

	mu  sync.Mutex
	buf bytes.Buffer
}

// NewConsoleWriter is a ConsoleWriter onto w. Each line and what is set in below
// it is one Write of w, and Writes come one at a time.
func NewConsoleWriter(w io.Writer, opts ...Option) *ConsoleWriter {
	o := optionsOf(opts)
	c := &ConsoleWriter{}
	plain := os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb"
	if o.color != nil {
		plain = !*o.color || os.Getenv("NO_COLOR") != ""
	} else if !isTerminal(w) {
		plain = true
	}
	c.text = zerolog.NewConsoleWriter(func(t *zerolog.ConsoleWriter) {
		t.Out = w
		t.NoColor = plain
		t.PartsOrder = []string{
			zerolog.TimestampFieldName, zerolog.LevelFieldName, PidField, TitleField,
			zerolog.CallerFieldName, zerolog.MessageFieldName,
		}
		t.FieldsExclude = []string{PidField, TitleField, blocksKey}
		t.FormatTimestamp = func(v any) string { return o.formatTime(v, plain) }
		t.FormatPartValueByName = func(v any, name string) string { return o.formatColumn(v, name, plain) }
		t.FormatPrepare = prepareBlocks
		t.FormatExtra = func(line map[string]any, b *bytes.Buffer) error {
			writeBlocks(b, line, plain)
			return nil
		}
	})
	c.out = leveled(serial(c.text.Out)) // zerolog has wrapped it where terminals need that
	return c
}

func (c *ConsoleWriter) concurrent() {}

// Write writes a line whose level is not known.
func (c *ConsoleWriter) Write(p []byte) (int, error) { return c.WriteLevel(zerolog.NoLevel, p) }

// WriteLevel writes a line.
func (c *ConsoleWriter) WriteLevel(level zerolog.Level, p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.buf.Reset()
	text := c.text
	text.Out = &c.buf
	if _, err := text.Write(p); err != nil {
		c.buf.WriteString(printable(strings.TrimRight(string(p), "\n"), "    "))
		c.buf.WriteByte('\n')
	}
	n, err := c.out.WriteLevel(level, c.buf.Bytes())
	if err == nil && n < c.buf.Len() {
		err = io.ErrShortWrite
	}
	if c.buf.Cap() > 1<<16 {
		c.buf = bytes.Buffer{}
	}
	if err != nil {
		return 0, fmt.Errorf("log: console: %w", err)
	}
	return len(p), nil
}

// Close closes the writer beneath if that can be closed, but for the program's
// standard streams. zerolog does so before a fatal line ends the program.
func (c *ConsoleWriter) Close() error { return closeBeneath(c.out) }

// isTerminal is true for a character device, which is near enough: colours do no
// harm in the null device.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// Colours as in zerolog's own parts of the line.
const (
	colorBlue = 34
	colorCyan = 36
	colorGray = 90
)

func colored(s string, color int, plain bool) string {
	if plain || s == "" {
		return s
	}
	return fmt.Sprintf("\x1b[%dm%s\x1b[0m", color, s)
}

func (o *options) formatTime(v any, plain bool) string {
	s, ok := v.(string)
	if !ok {
		if n, isNumber := v.(json.Number); isNumber { // a program's own unit: as it is
			s, ok = n.String(), true
		}
	}
	if !ok {
		return ""
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		s = t.In(o.location).Format(o.timeLayout)
	}
	return colored(printable(s, " "), colorGray, plain)
}

func (o *options) formatColumn(v any, name string, plain bool) string {
	width, color := o.pidColumn, colorCyan
	if name == TitleField {
		width, color = o.titleColumn, colorBlue
	}
	s := ""
	switch v := v.(type) {
	case nil:
	case string:
		s = printable(v, " ")
	default:
		s = fmt.Sprint(v)
	}
	padding := ""
	if missing := width - utf8.RuneCountInString(s); missing > 0 {
		padding = strings.Repeat(" ", missing)
	}
	return colored(s, color, plain) + padding
}

// blocksKey is where prepareBlocks leaves for writeBlocks what it took out of the
// line. By then no field of a line can be called like this.
const blocksKey = "\x00blocks"

type block struct{ name, text string }

func prepareBlocks(line map[string]any) error {
	for _, name := range slices.Collect(maps.Keys(line)) {
		if shown := printable(name, " "); shown != name {
			line[shown] = line[name]
			delete(line, name)
		}
	}
	var blocks []block
	for name, v := range line {
		switch v := v.(type) {
		case string:
			switch name {
			case PidField, TitleField, zerolog.TimestampFieldName: // their formatters do that
			case zerolog.MessageFieldName, zerolog.CallerFieldName, zerolog.LevelFieldName:
				line[name] = printable(v, "    ")
			default:
				if !strings.Contains(v, "\n") {
					continue
				}
				blocks = append(blocks, block{name, v})
				delete(line, name)
			}
		case []any:
			if text, ok := reasonsText(v); ok && name == ReasonsField {
				blocks = append(blocks, block{name, text})
				delete(line, name)
			}
		}
	}
	if blocks != nil {
		slices.SortFunc(blocks, func(a, b block) int { return strings.Compare(a.name, b.name) })
		line[blocksKey] = blocks
	}
	return nil
}

func reasonsText(list []any) (string, bool) {
	var b strings.Builder
	for _, v := range list {
		s, ok := v.(string)
		if !ok {
			return "", false
		}
		b.WriteString("- " + strings.ReplaceAll(s, "\n", "\n  ") + "\n")
	}
	return b.String(), len(list) > 0
}

func writeBlocks(b *bytes.Buffer, line map[string]any, plain bool) {
	blocks, _ := line[blocksKey].([]block)
	for _, block := range blocks {
		b.WriteString("\n    " + colored(printable(block.name, " ")+":", colorCyan, plain))
		b.WriteString("\n        " + printable(strings.TrimRight(block.text, "\n"), "        "))
	}
}

// printable is s with its control characters, but for tabs, shown as escapes, and
// with indent at the beginning of all its lines but the first.
func printable(s, indent string) string {
	isControl := func(r rune) bool { return r < ' ' && r != '\t' || r >= 0x7f && r < 0xa0 || r == utf8.RuneError }
	if strings.IndexFunc(s, isControl) < 0 {
		return s
	}
	var b strings.Builder
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			b.WriteString("\n" + indent)
		}
		for _, r := range strings.TrimSuffix(line, "\r") {
			if isControl(r) {
				q := strconv.QuoteRuneToASCII(r)
				b.WriteString(q[1 : len(q)-1])
			} else {
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}
