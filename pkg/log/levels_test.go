package log

import (
	"encoding/json"
	"flag"
	"io"
	"reflect"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLevels_TheLastPatternThatMatchesCounts(t *testing.T) {
	l := Levels{Default: zerolog.WarnLevel, ByTitle: []TitleLevel{
		{"db/*", zerolog.DebugLevel},
		{"db/cache", zerolog.ErrorLevel},
		{"web/**", zerolog.TraceLevel},
		{"web/*/probe", zerolog.Disabled},
		{"[a-c]?", zerolog.InfoLevel},
		{`\*`, zerolog.PanicLevel},
	}}
	for title, want := range map[string]zerolog.Level{
		"":                 zerolog.WarnLevel,
		"db":               zerolog.WarnLevel,
		"db/":              zerolog.DebugLevel,
		"db/pool":          zerolog.DebugLevel,
		"db/pool/1":        zerolog.WarnLevel, // * does not cross a slash
		"db/cache":         zerolog.ErrorLevel,
		"web":              zerolog.WarnLevel,
		"web/1":            zerolog.TraceLevel,
		"web/1/conn/2":     zerolog.TraceLevel,
		"web/1/probe":      zerolog.Disabled,
		"web/1/probe/deep": zerolog.TraceLevel,
		"b7":               zerolog.InfoLevel,
		"bü":               zerolog.InfoLevel,
		"d7":               zerolog.WarnLevel,
		"*":                zerolog.PanicLevel,
	} {
		assert.Equal(t, want, l.For(title), title)
	}
	assert.Equal(t, zerolog.DebugLevel, Levels{}.For("any"))
	all := Levels{ByTitle: []TitleLevel{{"**", zerolog.ErrorLevel}}}
	for _, title := range []string{"", "a", "a/b"} {
		assert.Equal(t, zerolog.ErrorLevel, all.For(title))
	}
	deep := Levels{ByTitle: []TitleLevel{{"a/*/**", zerolog.ErrorLevel}}}
	assert.Equal(t, zerolog.ErrorLevel, deep.For("a/b/c"))
	assert.Equal(t, zerolog.DebugLevel, deep.For("a/b"))
}

func TestParseLevels(t *testing.T) {
	for text, want := range map[string]Levels{
		"":                                {Default: zerolog.InfoLevel},
		" ":                               {Default: zerolog.InfoLevel},
		"warn":                            {Default: zerolog.WarnLevel},
		"OFF":                             {Default: zerolog.Disabled},
		"disabled":                        {Default: zerolog.Disabled},
		"db=trace":                        {Default: zerolog.InfoLevel, ByTitle: []TitleLevel{{"db", zerolog.TraceLevel}}},
		"info,db/*=debug,web=warn":        {Default: zerolog.InfoLevel, ByTitle: []TitleLevel{{"db/*", zerolog.DebugLevel}, {"web", zerolog.WarnLevel}}},
		" db/** = Debug , error , x=off ": {Default: zerolog.ErrorLevel, ByTitle: []TitleLevel{{"db/**", zerolog.DebugLevel}, {"x", zerolog.Disabled}}},
		`a\,b=debug`:                      {Default: zerolog.InfoLevel, ByTitle: []TitleLevel{{`a\,b`, zerolog.DebugLevel}}},
		"a=b=fatal":                       {Default: zerolog.InfoLevel, ByTitle: []TitleLevel{{"a=b", zerolog.FatalLevel}}},
		"x y=panic":                       {Default: zerolog.InfoLevel, ByTitle: []TitleLevel{{"x y", zerolog.PanicLevel}}},
	} {
		got, err := ParseLevels(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
	l, err := ParseLevels(`a\,b=debug`)
	require.NoError(t, err)
	assert.Equal(t, zerolog.DebugLevel, l.For("a,b"))
}

func TestParseLevels_ErrorsNameTheBadPart(t *testing.T) {
	const names = `; the levels are trace, debug, info, warn, error, fatal, panic, disabled`
	for text, says := range map[string]string{
		"loud":           `log: levels "loud": part "loud": there is no level "loud"` + names,
		"info,db=loud":   `log: levels "info,db=loud": part "db=loud": there is no level "loud"` + names,
		"info,db=":       `log: levels "info,db=": part "db=": the level is missing`,
		"info,,db=debug": `log: levels "info,,db=debug": part "": is empty`,
		"info,":          `log: levels "info,": part "": is empty`,
		",":              `log: levels ",": part "": is empty`,
		"=info":          `log: levels "=info": part "=info": the pattern is empty`,
		"info,warn":      `log: levels "info,warn": part "warn": a second default level`,
		"db/[=info":      `log: levels "db/[=info": part "db/[=info": syntax error in pattern`,
		`db\=info`:       `log: levels "db\\=info": part "db\\=info": syntax error in pattern`,
		"a/**/b=info":    `log: levels "a/**/b=info": part "a/**/b=info": ** has a meaning only at the end, after a slash`,
		"a**=info":       `log: levels "a**=info": part "a**=info": ** has a meaning only at the end, after a slash`,
		"[/**=info":      `log: levels "[/**=info": part "[/**=info": syntax error in pattern`,
		"1":              `log: levels "1": part "1": there is no level "1"` + names,
	} {
		got, err := ParseLevels(text)
		require.EqualError(t, err, says)
		assert.Zero(t, got)
	}
}

func TestLevels_CheckNamesEachBadPattern(t *testing.T) {
	bad := Levels{ByTitle: []TitleLevel{{"ok", 0}, {"[", 0}, {"", 0}, {"[/**", 0}}}
	const says = "log: levels: pattern \"[\": syntax error in pattern\n" +
		"log: levels: pattern \"\": the pattern is empty\n" +
		"log: levels: pattern \"[/**\": syntax error in pattern"
	require.EqualError(t, bad.Check(), says)
	_, err := bad.MarshalText()
	require.EqualError(t, err, says)
	_, err = NewFilter(io.Discard, bad)
	require.EqualError(t, err, says)
	for _, title := range []string{"[", "[/x", ""} {
		assert.Equal(t, zerolog.DebugLevel, bad.For(title))
	}
	require.NoError(t, Levels{}.Check())
}

func TestLevels_StringIsWhatParseLevelsReads(t *testing.T) {
	l := Levels{Default: zerolog.ErrorLevel, ByTitle: []TitleLevel{
		{"a,b", zerolog.InfoLevel}, {`a\,[,]`, zerolog.WarnLevel}, {"[ ]x[ ]", zerolog.DebugLevel},
	}}
	require.NoError(t, l.Check())
	assert.Equal(t, `error,a\,b=info,a\,[\,]=warn,[ ]x[ ]=debug`, l.String())
	again, err := ParseLevels(l.String())
	require.NoError(t, err)
	for _, title := range []string{"a,b", "a,,", " x ", "x"} {
		assert.Equal(t, l.For(title), again.For(title), title)
	}
	require.ErrorContains(t, Levels{ByTitle: []TitleLevel{{"x ", 0}}}.Check(), `pattern "x ": the pattern begins or ends with a space`)
}

func TestLevels_AsAFlagAndInJSON(t *testing.T) {
	var l Levels
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.TextVar(&l, "log", Levels{Default: zerolog.WarnLevel}, "")
	require.NoError(t, flags.Parse(nil))
	assert.Equal(t, zerolog.WarnLevel, l.Default)
	require.NoError(t, flags.Parse([]string{"-log", "error,db=debug"}))
	assert.Equal(t, zerolog.DebugLevel, l.For("db"))
	before := l
	require.ErrorContains(t, flags.Parse([]string{"-log", "error,db=loud"}), `part "db=loud"`)
	assert.Equal(t, before, l, "a bad text changes nothing")

	b, err := json.Marshal(map[string]Levels{"log": l})
	require.NoError(t, err)
	assert.Equal(t, `{"log":"error,db=debug"}`, string(b))
}

func TestLevels_StringOfLevelsThatHaveNoName(t *testing.T) {
	l := Levels{Default: -5, ByTitle: []TitleLevel{{"a", zerolog.NoLevel}, {"b", 100}}}
	assert.Equal(t, "trace,a=disabled,b=disabled", l.String())
}

func FuzzParseLevels(f *testing.F) {
	for _, seed := range []string{"", "info", "info,db/*=debug,web=warn", `a\,b=off`, "x/**=trace,**=error", "=", ",", `\`, "[a\\]=info", "a = info , b"} {
		f.Add(seed, "db/pool")
	}
	f.Fuzz(func(t *testing.T, text, title string) {
		l, err := ParseLevels(text)
		if err != nil {
			if !reflect.DeepEqual(l, Levels{}) {
				t.Fatalf("levels %v together with an error", l)
			}
			return
		}
		if err := l.Check(); err != nil {
			t.Fatalf("parsed, but: %v", err)
		}
		again, err := ParseLevels(l.String())
		if err != nil {
			t.Fatalf("%q became %q: %v", text, l, err)
		}
		if !reflect.DeepEqual(l, again) {
			t.Fatalf("%q became %q, which is %#v, not %#v", text, l, again, l)
		}
		if l.For(title) != again.For(title) {
			t.Fatalf("differs for %q", title)
		}
	})
}
