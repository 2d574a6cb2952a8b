package log

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/rs/zerolog"
)

// Levels says which level the processes of each title log at.
//
// The zero Levels is debug for all, as zerolog's zero level is. In text, as
// [ParseLevels] reads it, it is the default and then the exceptions:
//
//	info,db/*=debug,db/cache=warn,noisy/**=disabled
type Levels struct {
	Default zerolog.Level
	// ByTitle are the exceptions. The last one whose pattern matches a title
	// counts, so the general ones come first.
	ByTitle []TitleLevel
}

// TitleLevel is the level of the titles that match a pattern.
//
// A pattern is as in [path.Match]: * stands for any text without a slash, ? for
// one character but the slash, [a-z] for one of several, and a backslash takes
// away what the next character means. At the end, /** stands for a slash and
// anything; ** alone matches every title.
type TitleLevel struct {
	Pattern string
	Level   zerolog.Level
}

// For is the level of the processes that are called title. A process asks once,
// when it makes its logger. A pattern that is malformed (see [Levels.Check])
// matches nothing.
func (l Levels) For(title string) zerolog.Level {
	for i := len(l.ByTitle) - 1; i >= 0; i-- {
		if matches(l.ByTitle[i].Pattern, title) {
			return l.ByTitle[i].Level
		}
	}
	return l.Default
}

// Check reports what is wrong with the patterns, if anything is. Levels that
// came from [ParseLevels] have been checked.
func (l Levels) Check() error {
	var errs []error
	for _, t := range l.ByTitle {
		if err := checkPattern(t.Pattern); err != nil {
			errs = append(errs, fmt.Errorf("log: levels: pattern %q: %w", t.Pattern, err))
		}
	}
	return errors.Join(errs...)
}

// String is l as [ParseLevels] reads it.
func (l Levels) String() string {
	var b strings.Builder
	b.WriteString(levelName(l.Default))
	for _, t := range l.ByTitle {
		parts := splitParts(t.Pattern)
		b.WriteString("," + strings.Join(parts, `\,`) + "=" + levelName(t.Level))
	}
	return b.String()
}

// MarshalText is l as text, or the error of [Levels.Check].
func (l Levels) MarshalText() ([]byte, error) {
	if err := l.Check(); err != nil {
		return nil, err
	}
	return []byte(l.String()), nil
}

// UnmarshalText is [ParseLevels], for flags and configuration files.
func (l *Levels) UnmarshalText(text []byte) error {
	parsed, err := ParseLevels(string(text))
	if err == nil {
		*l = parsed
	}
	return err
}

// ParseLevels reads levels from text: parts with commas between them, each a
// level, which is the default, or pattern=level. At most one part is the default;
// without one it is info, also if text is empty. The last pattern that matches a
// title counts. In a pattern a comma is written \, and spaces around it are not
// part of it.
//
// The levels are trace, debug, info, warn, error, fatal, panic and disabled, or
// off; capitals make no difference. The error names the part that is wrong.
func ParseLevels(text string) (Levels, error) {
	l := Levels{Default: zerolog.InfoLevel}
	if strings.TrimSpace(text) == "" {
		return l, nil
	}
	fail := func(part string, err error) (Levels, error) {
		return Levels{}, fmt.Errorf("log: levels %q: part %q: %w", text, part, err)
	}
	hasDefault := false
	for _, part := range splitParts(text) {
		part = strings.TrimSpace(part)
		eq := strings.LastIndexByte(part, '=')
		level, err := parseLevel(strings.TrimSpace(part[eq+1:]))
		switch {
		case part == "":
			return fail(part, errors.New("is empty"))
		case err != nil:
			return fail(part, err)
		case eq >= 0:
			pattern := strings.TrimSpace(part[:eq])
			if err := checkPattern(pattern); err != nil {
				return fail(part, err)
			}
			l.ByTitle = append(l.ByTitle, TitleLevel{pattern, level})
		case hasDefault:
			return fail(part, errors.New("a second default level"))
		default:
			l.Default, hasDefault = level, true
		}
	}
	return l, nil
}

// splitParts cuts at the commas that have no backslash before them. The
// backslash stays: to path.Match it means the same.
func splitParts(text string) []string {
	var parts []string
	start := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case ',':
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}

func parseLevel(name string) (zerolog.Level, error) {
	switch strings.ToLower(name) {
	case "":
		return 0, errors.New("the level is missing")
	case "off":
		return zerolog.Disabled, nil
	}
	for _, level := range levels {
		if strings.EqualFold(name, level.String()) {
			return level, nil
		}
	}
	return 0, fmt.Errorf("there is no level %q; the levels are trace, debug, info, warn, error, fatal, panic, disabled", name)
}

// levels are those that have names, from the least severe on.
var levels = [...]zerolog.Level{
	zerolog.TraceLevel, zerolog.DebugLevel, zerolog.InfoLevel, zerolog.WarnLevel,
	zerolog.ErrorLevel, zerolog.FatalLevel, zerolog.PanicLevel, zerolog.Disabled,
}

// levelName is the name of the level, or of the next one that has one: to log
// at a level between two is to log at the upper one.
func levelName(l zerolog.Level) string {
	for _, level := range levels {
		if l <= level {
			return level.String()
		}
	}
	return zerolog.Disabled.String()
}

const below = "/**"

func checkPattern(pattern string) error {
	if pattern == "" {
		return errors.New("the pattern is empty")
	}
	if pattern != strings.TrimSpace(pattern) {
		return errors.New("the pattern begins or ends with a space; write it as [ ]")
	}
	if pattern == "**" {
		return nil
	}
	pattern = strings.TrimSuffix(pattern, below)
	if strings.Contains(pattern, "**") {
		return errors.New("** has a meaning only at the end, after a slash")
	}
	if _, err := path.Match(pattern, ""); err != nil {
		return err
	}
	return nil
}

func matches(pattern, title string) bool {
	if pattern == "**" {
		return true
	}
	prefix, deep := strings.CutSuffix(pattern, below)
	if !deep {
		ok, err := path.Match(pattern, title)
		return ok && err == nil
	}
	for i := 0; i < len(title); i++ {
		if title[i] == '/' {
			if ok, err := path.Match(prefix, title[:i]); ok && err == nil {
				return true
			}
		}
	}
	return false
}
