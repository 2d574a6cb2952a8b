package proc_test

import (
	"context"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// oraclePoint is a message type of its own, oracleFault one that is an error.
type (
	oraclePoint struct{ x, y int }
	oracleFault struct{ code int }
)

func (f *oracleFault) Error() string { return fmt.Sprint("fault ", f.code) }

// oracleMessages are what is sent: several of each type, some equal.
var oracleMessages = []any{
	0, 1, 2, 3, 4, "a", "b", "cc", "dd", 1.5, 2.5, time.Second, time.Minute, io.EOF, io.ErrNoProgress,
	&oracleFault{1}, &oracleFault{2}, oraclePoint{1, 2}, oraclePoint{2, 1}, []int{1}, []int{2}, nil, true, uint8(7),
}

// oracleText tells messages apart.
func oracleText(m any) string { return fmt.Sprintf("%T:%v", m, m) }

// oracleSelector is a selector and the same thing in the plainest words.
type oracleSelector struct {
	name  string
	real  sel.MessageSelector[string]
	naive func(m any) (string, bool)
}

func (s oracleSelector) GoString() string { return s.name }

// oracleType selects a type A whose values keep holds for.
func oracleType[A any](name string, keep func(A) bool) oracleSelector {
	return oracleSelector{name, sel.Map(sel.Message[A]().Where(keep), func(v A) string { return oracleText(v) }), func(m any) (string, bool) {
		v, ok := m.(A)
		return oracleText(m), ok && keep(v)
	}}
}

func oracleAll[A any](A) bool { return true }

var oracleLeaves = []oracleSelector{
	oracleType("int", oracleAll[int]),
	oracleType("int>1", func(i int) bool { return i > 1 }),
	oracleType("string", oracleAll[string]),
	oracleType("string cc", func(s string) bool { return s == "cc" }),
	oracleType("float64", oracleAll[float64]),
	oracleType("point", func(p oraclePoint) bool { return p.x > p.y }),
	oracleType("fault", oracleAll[*oracleFault]),
	oracleType("list", oracleAll[[]int]),
	oracleType("bool", oracleAll[bool]),
	oracleType("absent", oracleAll[int64]),
	oracleType("Stringer", oracleAll[fmt.Stringer]),
	oracleType("error", oracleAll[error]),
	oracleType("error fault", func(e error) bool { return strings.HasPrefix(e.Error(), "fault") }),
	{"Any", sel.Map(sel.Any(), oracleText), func(m any) (string, bool) { return oracleText(m), true }},
	{"Equal", sel.Map(sel.Equal(2), func(int) string { return "two" }), func(m any) (string, bool) { return "two", m == 2 }},
	{"Dynamic", sel.Dynamic(oracleDynamic), oracleDynamic},
	{"None", sel.None[string](), func(any) (string, bool) { return "", false }},
}

// oracleDynamic accepts messages of several types, and nil.
func oracleDynamic(m any) (string, bool) {
	text := fmt.Sprint(m)
	return "dynamic " + text, m == nil || strings.Contains(text, "1")
}

// oracleDraw makes a random selector.
func oracleDraw(t *rapid.T, depth int) oracleSelector {
	if depth == 0 || rapid.IntRange(0, 2).Draw(t, "leaf") == 0 {
		return rapid.SampledFrom(oracleLeaves).Draw(t, "selector")
	}
	a := oracleDraw(t, depth-1)
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		suffix := func(s string) string { return s + "!" }
		return oracleSelector{"Map " + a.name, sel.Map(a.real, suffix), func(m any) (string, bool) { v, ok := a.naive(m); return suffix(v), ok }}
	case 1:
		even := func(s string) bool { return len(s)%2 == 0 }
		return oracleSelector{"Where " + a.name, a.real.Where(even), func(m any) (string, bool) { v, ok := a.naive(m); return v, ok && even(v) }}
	case 2:
		b := oracleDraw(t, depth-1)
		join := func(a, b string) string { return a + "&" + b }
		return oracleSelector{"Both " + a.name + " " + b.name, sel.Both(a.real, b.real, join), func(m any) (string, bool) {
			v, left := a.naive(m)
			u, right := b.naive(m)
			return join(v, u), left && right
		}}
	default:
		b, c := oracleDraw(t, depth-1), oracleDraw(t, depth-1)
		return oracleSelector{"Or " + a.name + " " + b.name + " " + c.name, sel.Or(a.real, b.real, c.real), func(m any) (string, bool) {
			for _, s := range []oracleSelector{a, b, c} {
				if v, ok := s.naive(m); ok {
					return v, true
				}
			}
			return "", false
		}}
	}
}

// oracle drives one process and, beside it, a plain list that is scanned from the start at each receive.
type oracle struct {
	puppet[any]
	list     []any
	lost     []any // dead letters
	limit    int   // 0: none
	overflow proc.Overflow
	gone     proc.ID
}

// find is the whole of selective receive, naively: the index and the value of the first match.
func (o *oracle) find(s oracleSelector) (int, string) {
	for i, m := range o.list {
		if v, ok := s.naive(m); ok {
			return i, v
		}
	}
	return -1, ""
}

// take is find, and the message is gone.
func (o *oracle) take(s oracleSelector) (string, bool) {
	i, v := o.find(s)
	if i < 0 {
		return "", false
	}
	o.list = slices.Delete(o.list, i, i+1)
	return v, true
}

// send sends one message in a random way, and tells whether it got in.
func (o *oracle) send(t *rapid.T) bool {
	m := rapid.SampledFrom(oracleMessages).Draw(t, "message")
	full := o.limit > 0 && len(o.list) >= o.limit
	way := rapid.SampledFrom([]string{"Send", "Contramap", "TrySend", "SendContext", "by itself"}).Draw(t, "way")
	refused := full && o.overflow == proc.Reject
	switch way {
	case "TrySend":
		err := o.TrySend(m)
		if refused {
			require.ErrorIs(t, err, proc.ErrMailboxFull)
			return false
		}
		require.NoError(t, err)
	case "SendContext":
		if full { // it would wait
			return false
		}
		require.NoError(t, o.SendContext(context.Background(), m))
	case "Contramap":
		proc.Contramap(o.Pid, func(boxed []any) any { return boxed[0] }).Send([]any{m})
	default:
		o.Send(m)
	}
	o.w.Arrive()
	if refused {
		o.lost = append(o.lost, m)
		return false
	}
	if full {
		o.lost = append(o.lost, o.list[0])
		o.list = o.list[1:]
	}
	o.list = append(o.list, m)
	return true
}

// agree demands that process and list have the same messages waiting.
func (o *oracle) agree(t *rapid.T) {
	info, ok := o.Info()
	require.True(t, ok)
	require.Equal(t, len(o.list), info.Mailbox)
	byType := map[string]int{}
	nils := 0
	for _, m := range o.list {
		if m == nil {
			nils++
			continue
		}
		byType[reflect.TypeOf(m).String()]++
	}
	for name, n := range info.ByType {
		if _, known := byType[name]; known {
			require.Equal(t, byType[name], n, name)
			delete(byType, name)
		} else {
			nils -= n
		}
	}
	require.Empty(t, byType)
	require.Zero(t, nils)
}

// oracleTimeout demands that err is a timeout.
func oracleTimeout(t *rapid.T, err error) {
	require.IsType(t, proc.TimeoutInterrupt{}, err)
}

// actions are what can be done with process and list.
func (o *oracle) actions() map[string]func(*rapid.T) {
	within := func(d time.Duration, s oracleSelector) puppetGot[string] {
		return puppetDo(o.puppet, func(self *proc.Self[any]) puppetGot[string] {
			v, err := proc.ReceiveWithin(self, d, s.real)
			return puppetGot[string]{v, err}
		})
	}
	return map[string]func(*rapid.T){
		"": o.agree,
		"send": func(t *rapid.T) {
			for range rapid.IntRange(1, 12).Draw(t, "messages") {
				o.send(t)
			}
		},
		"look once": func(t *rapid.T) {
			s := oracleDraw(t, 3)
			got := within(rapid.SampledFrom([]time.Duration{0, -1, math.MinInt64}).Draw(t, "d"), s)
			if want, found := o.take(s); found {
				require.Equal(t, puppetGot[string]{want, nil}, got)
			} else {
				oracleTimeout(t, got.Err)
			}
		},
		"receive": func(t *rapid.T) {
			s := oracleDraw(t, 3)
			want, found := o.take(s)
			if !found {
				t.Skip("it would block")
			}
			id := rapid.SampledFrom([]proc.ID{o.gone, o.ID, {}}).Draw(t, "monitored")
			way := rapid.IntRange(0, 2).Draw(t, "way")
			require.Equal(t, puppetGot[string]{want, nil}, puppetDo(o.puppet, func(self *proc.Self[any]) (got puppetGot[string]) {
				switch way {
				case 0:
					got.Value, got.Err = proc.Receive(self, s.real)
				case 1:
					got.Value, got.Err = proc.ReceiveWithin(self, time.Hour, s.real)
				default:
					got.Value, got.Err = proc.ReceiveWithMonitor(self, id, s.real)
				}
				return got
			}))
		},
		"receive of a dead process": func(t *rapid.T) {
			s := oracleDraw(t, 3)
			got := puppetDo(o.puppet, func(self *proc.Self[any]) (got puppetGot[string]) {
				got.Value, got.Err = proc.ReceiveWithMonitor(self, o.gone, s.real)
				return got
			})
			if want, found := o.take(s); found {
				require.Equal(t, puppetGot[string]{want, nil}, got)
			} else {
				require.IsType(t, proc.OtherProcessNotRunning{}, got.Err)
			}
		},
		"time out": func(t *rapid.T) {
			s := oracleDraw(t, 3)
			if i, _ := o.find(s); i >= 0 {
				t.Skip("it would succeed")
			}
			oracleTimeout(t, within(200*time.Microsecond, s).Err)
		},
		"block": func(t *rapid.T) {
			s := oracleDraw(t, 3)
			if i, _ := o.find(s); i >= 0 {
				t.Skip("it would not block")
			}
			got := puppetBegin(o.puppet, s.real)
			for range rapid.IntRange(1, 12).Draw(t, "messages") {
				if !o.send(t) {
					continue
				}
				if want, found := o.take(s); found {
					require.Equal(t, puppetGot[string]{want, nil}, harness.Value(o.w, got))
					return
				}
			}
			o.Interrupt(proc.InterruptedBy{Value: "enough"})
			require.Equal(t, proc.InterruptedBy{Value: "enough"}, harness.Value(o.w, got).Err)
		},
		"own receive": func(t *rapid.T) {
			if len(o.list) == 0 {
				t.Skip("it would block")
			}
			got := puppetDo(o.puppet, func(self *proc.Self[any]) puppetGot[any] {
				m, err := self.Receive()
				return puppetGot[any]{m, err}
			})
			require.Equal(t, puppetGot[any]{o.list[0], nil}, got)
			o.list = o.list[1:]
		},
		"flush": func(t *rapid.T) {
			if rapid.IntRange(0, 3).Draw(t, "flush") > 0 {
				t.Skip("not so often")
			}
			got := puppetDo(o.puppet, func(self *proc.Self[any]) []any { return self.Flush() })
			require.Equal(t, append([]any{}, o.list...), append([]any{}, got...))
			o.list = nil
		},
	}
}

// Whatever is sent, received, timed out and flushed, a process does what a plain list scanned from the start
// would do, and in the end what is left is in the dead letters.
func TestR1_AProcessIsAListThatIsScanned(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		rapid.Check(w, func(t *rapid.T) {
			s, dead := deadlettersSystem(w)
			gone := proc.Spawn(s, func(*proc.Self[any]) error { return nil })
			harness.Ended(w, gone.ID)
			o := &oracle{
				limit:    rapid.SampledFrom([]int{0, 0, 1, 2, 7}).Draw(t, "limit"),
				overflow: rapid.SampledFrom([]proc.Overflow{proc.Reject, proc.DropOldest}).Draw(t, "overflow"),
				gone:     gone.ID,
			}
			o.puppet = puppetOf[any](w, s, proc.Bounded(o.limit, o.overflow))
			t.Repeat(o.actions())
			rapid.SampledFrom(deadlettersEndings).Draw(t, "ending").end(o.puppet)
			harness.Ended(w, o.ID)
			o.lost = append(o.lost, o.list...)
			w.Eventually("all are in the dead letters", func() bool { return len(dead.seen()) >= len(o.lost) })
			if w.Bubble {
				w.Settle()
			}
			letters := []any{}
			for _, letter := range dead.seen() {
				letters = append(letters, letter.Message)
			}
			require.ElementsMatch(t, o.lost, letters)
			require.Equal(t, len(o.lost), deadlettersCount(s))
		})
	})
}
