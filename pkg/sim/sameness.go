package sim

import (
	"regexp"
	"slices"
	"strings"
)

// A run that is made smaller must still fail in the same way. Two failures are the
// same if they are of one kind, and their texts are but for what differs from run to
// run without a meaning: numbers, addresses, when a changed message was noticed, and how
// often and in which order the lines of a list come. The places in code are part of the
// text, so who has changed a message, and where, is; of the stack of a panic only the place
// where it happened is. What has not come true in time has not, wherever the others are;
// and messages that are left over are, in a mailbox or as dead letters.

// sameFailure reports whether two failures are the same.
func sameFailure(a, b *failure) bool {
	return a != nil && b != nil && a.kind == b.kind && a.essence() == b.essence()
}

func (f *failure) essence() string {
	if f.like != "" {
		return essence(f.like)
	}
	return essence(f.what)
}

// inessential is what differs, and the places, which are kept.
var inessential = regexp.MustCompile(`[\w.-]+\.go:\d+|noticed when it (?:arrived|was received)|0x[0-9a-fA-F]+|\d+(\.\d+)?`)

// essence is the text of a failure without what differs from run to run.
func essence(what string) string {
	text, trace, panics := strings.Cut(what, "\ngoroutine ")
	if panics {
		text += "\nat " + placeOfPanic(trace)
	}
	text = inessential.ReplaceAllStringFunc(text, func(part string) string {
		if strings.Contains(part, ".go:") {
			return part
		}
		return "N"
	})
	first, rest, _ := strings.Cut(text, "\n")
	all := strings.Split(rest, "\n")
	slices.Sort(all)
	return first + "\n" + strings.Join(slices.Compact(all), "\n")
}

// placeOfPanic is where the code of the user was when it panicked.
func placeOfPanic(trace string) string {
	_, after, ok := strings.Cut(trace, "\npanic(")
	if !ok {
		return ""
	}
	return placeIn(strings.Split("panic("+after, "\n"))
}
