package log

import (
	"fmt"
	"strings"

	"github.com/rs/zerolog"
)

// ReasonsField is the field in which [Reasons] writes a chain of errors.
const ReasonsField = "reasons"

// Reasons adds why something happened to a line: what err says, then what each
// error it wraps says, down to the first cause, in one array. Each says only what it
// adds: an error whose text ends with ": " and that of the one it wraps is shown
// without that, and one that says the same as the one it wraps is left out. What
// errors.Join has joined comes one after the other, each with its causes.
//
// On a line that is not logged, and for a nil err, it does nothing and allocates
// nothing. The console shows one reason a line.
func Reasons(e *zerolog.Event, err error) *zerolog.Event {
	if err == nil || !e.Enabled() {
		return e
	}
	return e.Strs(ReasonsField, appendReasons(nil, err))
}

// mostReasons ends chains that lead back to themselves.
const mostReasons = 100

func appendReasons(texts []string, err error) []string {
	if len(texts) == mostReasons {
		return append(texts, "…")
	}
	if len(texts) > mostReasons {
		return texts
	}
	text, wrapped := errorText(err), causes(err)
	for range mostReasons {
		if len(wrapped) != 1 || wrapped[0] == nil || errorText(wrapped[0]) != text {
			break
		}
		wrapped = causes(wrapped[0])
	}
	if len(wrapped) == 1 && wrapped[0] != nil {
		text = strings.TrimSuffix(text, ": "+errorText(wrapped[0]))
	}
	texts = append(texts, text)
	for _, cause := range wrapped {
		if cause != nil {
			texts = appendReasons(texts, cause)
		}
	}
	return texts
}

// causes is what err wraps; nothing, if finding that out panics.
func causes(err error) (wrapped []error) {
	defer func() {
		if recover() != nil {
			wrapped = nil
		}
	}()
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return []error{e.Unwrap()}
	case interface{ Unwrap() []error }:
		return e.Unwrap()
	}
	return nil
}

// errorText is err.Error(), whatever that does: a line about a crash must not
// crash.
func errorText(err error) (text string) {
	defer func() {
		if v := recover(); v != nil {
			text = fmt.Sprintf("(%T: its Error method panicked: %v)", err, v)
		}
	}()
	return err.Error()
}
