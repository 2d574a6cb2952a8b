package proc_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

// Decided: an id prints as "!" and the number of its process in its system; in
// a log line it is the same text.
func TestDecided_AnIDPrintsItsNumber(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		require.Equal(w, "!0", proc.ID{}.String())
		var seventh *actor
		for i := range 7 {
			seventh = newActor(w, s, proc.Titled("numbered"))
			require.Equal(w, fmt.Sprintf("!%d", i+1), seventh.ID.String())
			require.Equal(w, seventh.ID.String(), fmt.Sprint(seventh.ID))
		}
		seventh.Kill()
		lines := loggingWith(w, `"pid":"!7"`)
		require.NotEmpty(w, lines)
		require.Equal(w, "numbered", lines[0].Title)
		require.Equal(w, "!1", newActor(w, w.System()).ID.String(), "each system counts for itself")
	})
}

// identityQuiet is a test whose failures are kept.
type identityQuiet struct{ said string }

func (q *identityQuiet) Errorf(format string, args ...any) { q.said += fmt.Sprintf(format, args...) }

// Decided: comparing, printing and diffing ids, and what holds ids, by
// reflection does not walk into the runtime, which is at work meanwhile.
func TestDecided_ReflectionDoesNotWalkIntoTheRuntime(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		name := proc.NewName[actorOrder]("one of two")
		a, b := newActor(w, s, proc.Registered(name)), newActor(w, s)
		stop, ended := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(ended)
			for {
				select {
				case <-stop:
					return
				default:
					a.catchUp()
					b.catchUp()
				}
			}
		}()
		var refs [2]proc.MonitorRef
		var timers [2]proc.TimerRef
		for i, p := range []*actor{a, b} {
			refs[i] = a.monitor(p.ID)
			a.do(func(self *proc.Self[actorOrder]) { timers[i] = proc.StartTimer(self, time.Hour) })
		}
		for what, pair := range map[string][2]any{
			"ID":           {a.ID, b.ID},
			"Pid":          {a.Pid, b.Pid},
			"Named":        {proc.Named(s, name).ID, a.ID},
			"MonitorRef":   {refs[0], refs[1]},
			"TimerRef":     {timers[0], timers[1]},
			"ProcessDown":  {proc.ProcessDown{ID: a.ID}, proc.ProcessDown{ID: b.ID}},
			"CallRing":     {proc.CallRing{Members: []proc.ID{a.ID}}, proc.CallRing{Members: []proc.ID{b.ID}}},
			"ExitPanic":    {proc.ExitPanic{Value: a.ID}, proc.ExitPanic{Value: b.ID}},
			"OwnerEnded":   {proc.ExitOwnerEnded{ID: a.ID}, proc.ExitOwnerEnded{ID: b.ID}},
			"LinkedCrash":  {proc.LinkedProcessCrashed{ID: a.ID}, proc.LinkedProcessCrashed{ID: b.ID}},
			"NameTaken":    {proc.NameTaken{Holder: a.ID}, proc.NameTaken{Holder: b.ID}},
			"DeadLetter":   {proc.DeadLetter{To: a.ID}, proc.DeadLetter{To: b.ID}},
			"Info":         {proc.Info{ID: a.ID}, proc.Info{ID: b.ID}},
			"slice of IDs": {[]proc.ID{a.ID, b.ID}, []proc.ID{b.ID, a.ID}},
		} {
			require.True(w, reflect.DeepEqual(pair[0], pair[0]), what)
			require.False(w, reflect.DeepEqual(pair[0], pair[1]), what)
			var quiet identityQuiet
			require.False(w, assert.Equal(&quiet, pair[0], pair[1]), what)
			require.Less(w, len(quiet.said), 5_000, "%s: it prints more than itself:\n%.3000s", what, quiet.said)
			for _, format := range []string{"%v", "%+v", "%#v"} {
				require.Less(w, len(fmt.Sprintf(format, pair[0])), 500, "%s as %s", what, format)
			}
		}
		close(stop)
		harness.Value(w, ended)
	})
}

// Decided: the id of a Named pid stands for whoever has the name. It is not
// equal to that process's id; what a monitor through it says is about the latter.
func TestDecided_ANamedIDIsNotThatOfItsProcess(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		name := proc.NewName[actorOrder]("role")
		target, a := newActor(w, s, proc.Registered(name)), newActor(w, s)
		named := proc.Named(s, name)
		require.False(w, named.ID == target.ID)
		require.False(w, named.ID == proc.Named(s, name).ID)
		found, ok := proc.PidOf[actorOrder](named.ID)
		require.True(w, ok)
		require.True(w, found.ID == target.ID, "this is how to ask")

		a.monitor(named.ID)
		target.Kill()
		_, downs := a.got()
		require.Len(w, downs, 1)
		require.True(w, downs[0].ID == target.ID)
		_, ok = proc.SelectDownOf(named.ID).Match(downs[0])
		require.False(w, ok)
		_, ok = proc.SelectDownOf(target.ID).Match(downs[0])
		require.True(w, ok)
	})
}
