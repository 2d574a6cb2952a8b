package sim

import (
	"reflect"
	"slices"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/internal/seam"
	"github.com/harkgo/hark/pkg/log"
	"github.com/harkgo/hark/pkg/proc"
)

// Who says to whom a fault may happen. The zero Who is [Any].
type Who struct {
	is     func(p *party) bool
	titled []titlePattern // it is those with a title like one of these
}

// titlePattern is one of those of [Titled].
type titlePattern struct {
	text    string
	matches func(title string) bool
}

// Any is everybody: each process but supervisors and pools, and, at the end of a
// [Boundary], whoever is [Outside]. A supervisor has to be chosen by its title or its
// id.
func Any() Who { return Who{is: func(p *party) bool { return !p.supervises() }} }

// AnyBut is Any without some.
func AnyBut(not ...Who) Who {
	return Who{is: func(p *party) bool {
		return !p.supervises() && !slices.ContainsFunc(not, func(w Who) bool { return w.includes(p) })
	}}
}

// Titled is the processes with a title that matches one of the patterns, which are
// those of log.Levels: "worker *", say. The title of a supervisor's child is the
// child's id, unless it has another one. It panics if a pattern is malformed.
func Titled(patterns ...string) Who {
	w := Who{titled: make([]titlePattern, len(patterns))}
	for i, pattern := range patterns {
		titles := log.Levels{Default: zerolog.Disabled, ByTitle: []log.TitleLevel{{Pattern: pattern, Level: zerolog.InfoLevel}}}
		if err := titles.Check(); err != nil {
			panic(misused("Titled: %v", err))
		}
		w.titled[i] = titlePattern{pattern, func(title string) bool { return titles.For(title) != zerolog.Disabled }}
	}
	w.is = func(p *party) bool {
		who := p.process()
		return who != nil && slices.ContainsFunc(w.titled, func(t titlePattern) bool { return t.matches(who.Title()) })
	}
	return w
}

// Pids is the processes with these ids. A Named or Via pid is whoever it means at each
// moment.
func Pids(ids ...proc.ID) Who {
	return Who{is: func(p *party) bool {
		who := p.process()
		return who != nil && slices.ContainsFunc(ids, who.Is)
	}}
}

// Outside is whoever is no process: the body of the test, and the threads and
// goroutines of the test's own. They are only at the ends of a [Boundary].
func Outside() Who { return Who{is: func(p *party) bool { return p.who == nil }} }

// includes reports whether p, or who has started it for itself, is one of w.
func (w Who) includes(p *party) bool {
	if w.is == nil {
		w = Any()
	}
	return w.is(p)
}

// process is what the simulator knows of a process, and can do to it beside what is
// delivered.
type process interface {
	seam.Subject
	Is(id proc.ID) bool
	Title() string
	Messages() reflect.Type
	Ends() bool
	Dies() bool
	Unwinds() bool
	Receives() bool
	Bounded() bool
	Fill() (empty func())
	Kill()
	Interrupt(proc.InterruptReason)
	Shutdown(proc.ShutdownReason)
}

// process is that of p; nil if it is none.
func (p *party) process() process {
	who, _ := p.who.(process)
	return who
}

// supervises reports whether p is a supervisor or a pool: they are known by the
// messages that they take.
func (p *party) supervises() bool {
	who := p.process()
	if who == nil {
		return false
	}
	t := who.Messages()
	return t.Name() == "request" && t.PkgPath() == "github.com/harkgo/hark/pkg/sup"
}

// principal is whom p acts for: a task for its process.
func (p *party) principal() *party {
	for p.of != nil {
		p = p.of
	}
	return p
}
