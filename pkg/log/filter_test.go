package log

import (
	"encoding/json"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFilter_LetsThroughByTitleAndLevel(t *testing.T) {
	levels, err := ParseLevels("disabled,db/**=debug,db/quiet=error")
	require.NoError(t, err)
	var c Capture
	f, err := NewFilter(&c, levels)
	require.NoError(t, err)
	base := zerolog.New(f)
	for _, title := range []string{"web", "db/pool", "db/quiet", `db/"pool"`} {
		l := ForProcess(base, pid(1), title)
		for _, level := range []zerolog.Level{zerolog.TraceLevel, zerolog.DebugLevel, zerolog.ErrorLevel, zerolog.NoLevel, 100} {
			l.WithLevel(level).Msg("")
		}
	}
	base.Error().Msg("of no process")
	var got []string
	for _, l := range c.Lines() {
		got = append(got, l.Title+" "+l.Level.String())
	}
	assert.Equal(t, []string{
		"db/pool debug", "db/pool error", "db/pool ", "db/pool 100",
		"db/quiet error", "db/quiet ", "db/quiet 100",
		`db/"pool" debug`, `db/"pool" error`, `db/"pool" `, `db/"pool" 100`,
	}, got)
}

func TestFilter_LinesWithoutATitleHaveTheDefaultLevel(t *testing.T) {
	var c Capture
	f, err := NewFilter(&c, Levels{Default: zerolog.WarnLevel, ByTitle: []TitleLevel{{"db", zerolog.Disabled}}})
	require.NoError(t, err)
	l := zerolog.New(f)
	l.Info().Msg("no")
	l.Warn().Msg("yes")
	l.Warn().Int(TitleField, 7).Msg("yes too")
	assert.Len(t, c.Lines(), 2)
}

func TestFilter_FindsTheLevelOfALineThatComesWithout(t *testing.T) {
	var c Capture
	f, err := NewFilter(&c, Levels{Default: zerolog.WarnLevel})
	require.NoError(t, err)
	for _, line := range []string{`{"level":"info"}`, `{"level":"error"}`, `{"level":"odd"}`, `{}`, `no JSON`} {
		write(t, f, line)
	}
	assert.Equal(t, []string{`{"level":"error"}`, `{"level":"odd"}`, `{}`, `no JSON`}, texts(&c))
}

func TestFilter_PassesLevelsAndErrorsOn(t *testing.T) {
	seen := &levelWriter{}
	f, err := NewFilter(seen, Levels{})
	require.NoError(t, err)
	_, err = f.WriteLevel(zerolog.ErrorLevel, []byte("{}"))
	require.ErrorIs(t, err, errDisk)
	assert.Equal(t, []zerolog.Level{zerolog.ErrorLevel}, seen.levels)
}

type levelWriter struct{ levels []zerolog.Level }

func (w *levelWriter) Write([]byte) (int, error) { return 0, errDisk }
func (w *levelWriter) WriteLevel(l zerolog.Level, p []byte) (int, error) {
	w.levels = append(w.levels, l)
	return w.Write(p)
}

func TestStringField(t *testing.T) {
	for line, want := range map[string]string{
		`{"title":"db"}`:                          "db",
		` { "title" : "db" } ` + "\n":             "db",
		`{"a":1,"title":"db","message":"x"}`:      "db",
		`{"a":"\"title\":\"no\"","title":"db"}`:   "db",
		`{"a":{"title":"no"},"b":["title","no"]}`: "-",
		`{"a":{"b":[{"c":"}]"}]},"title":"db"}`:   "db",
		`{"title":"no","title":"db"}`:             "db",
		`{"title":"no","title":7}`:                "-",
		`{"title":null}`:                          "-",
		`{"title":""}`:                            "",
		`{"title":"a\"b\\"}`:                      `a"b\`,
		`{"title":"\u0064b\n"}`:                   "db\n",
		`{"t\u0069tle":"db"}`:                     "db",
		`{"title":"größe"}`:                       "größe",
		"{\"title\":\"\xff\"}":                    "\ufffd",
		`{"Title":"no"}`:                          "-",
		`{}`:                                      "-",
		``:                                        "-",
		`{`:                                       "-",
		`{"title"`:                                "-",
		`{"title":`:                               "-",
		`{"title":"db`:                            "-",
		`{"title":"db"`:                           "-",
		`{"title":}`:                              "-",
		`{"title":[1,"]"}`:                        "-",
		`{title:"db"}`:                            "-",
		`["title","db"]`:                          "-",
		`no JSON`:                                 "-",
		`{"a":-1.5e+7,"b":true,"title":"db"}`:     "db",
	} {
		got, ok := stringField([]byte(line), "title")
		if !ok {
			got = []byte("-")
		}
		assert.Equal(t, want, string(got), line)
	}
}

// What is JSON is read as encoding/json reads it; what is not does no harm.
func FuzzStringField(f *testing.F) {
	for _, seed := range []string{
		`{"title":"db"}`, `{"a":{"title":"no"},"title":"a\"b\\"}`, `{"t\u0069tle":"\ud83d\ude00"}`,
		`{"title":"1","title":[{"x":"]}"}, 2]}`, `{ "a" : [ ] , "title" : "x" }`, `{"title":`, `[]`, "{\"title\":\"\xff\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		got, ok := stringField(line, "title")
		var fields map[string]any
		if json.Unmarshal(line, &fields) != nil {
			return
		}
		want, wantOK := fields["title"].(string)
		if ok != wantOK || string(got) != want {
			t.Fatalf("%q: got %q %v, want %q %v", line, got, ok, want, wantOK)
		}
	})
}
