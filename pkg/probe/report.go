package probe

import (
	"fmt"
	"strings"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// contents are what a probe has, when it has not got what it expected.
type contents struct {
	messages   []any
	interrupts []proc.InterruptReason
}

// contents takes what p has, on its goroutine.
func (p *process[M]) contents() *contents {
	return &contents{p.self.Flush(), p.interrupts}
}

func (c *contents) String() string {
	var b strings.Builder
	if len(c.messages) == 0 {
		b.WriteString("\n    its mailbox is empty")
	} else {
		b.WriteString("\n    in its mailbox, the oldest first:")
	}
	for _, m := range c.messages {
		fmt.Fprintf(&b, "\n        %T  %s", m, text(m))
	}
	if len(c.interrupts) > 0 {
		b.WriteString("\n    interrupts that nobody has expected:")
	}
	for _, i := range c.interrupts {
		fmt.Fprintf(&b, "\n        %T  %v", i, i)
	}
	return b.String()
}

// shown is how much of a message is shown.
const shown = 200

func text(message any) string {
	text := fmt.Sprintf("%+v", message)
	if s, ok := message.(string); ok {
		text = fmt.Sprintf("%q", s)
	}
	if len(text) > shown {
		return strings.ToValidUTF8(text[:shown], "") + "…"
	}
	return text
}

// describe says what a selector accepts, as far as the types of messages tell.
func describe[T any](s sel.MessageSelector[T]) string {
	one, many := s.Index()
	if len(many) == 0 {
		many = []sel.Pattern{one}
	}
	var all []string
	for _, p := range many {
		switch {
		case p.Kind == sel.Nothing:
		case p.Kind == sel.Others:
			all = append(all, "of another type")
		case p.Kind == sel.Everything || p.Type == sel.TypeFor[any]():
			all = append(all, "of any type")
		default:
			all = append(all, "of type "+p.Type.String())
		}
		if p.Kind != sel.Nothing && !p.Certain {
			all[len(all)-1] += " that is selected"
		}
	}
	if len(all) == 0 {
		return "a message that no selector accepts"
	}
	return "a message " + strings.Join(all, " or ")
}
