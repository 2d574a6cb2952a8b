package log

import (
	"fmt"

	"github.com/rs/zerolog"
)

// ReasonsField is the field in which [Reasons] writes a chain of errors.
const ReasonsField = "reasons"

// Reasons adds why something happened to a line: the text of err, then that of
// each error it wraps, down to the first cause, in one array. What errors.Join has
// joined comes one after the other, each with its causes. An error that says the
// same as the one around it is left out.
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
	text := errorText(err)
	if len(texts) == 0 || texts[len(texts)-1] != text {
		texts = append(texts, text)
	}
	for _, cause := range causes(err) {
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
