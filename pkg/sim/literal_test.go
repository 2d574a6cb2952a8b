package sim

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/literal"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/server"
)

type (
	litPoint struct{ x, Y int }
	litName  string
	litOrder struct {
		Who   litName
		Items []litPoint
		Reply proc.ReplyTo[int]
	}
	litAsk   struct{ Reply proc.ReplyTo[int] }
	litTotal struct {
		Of string
		server.Request[int]
	}
	litFirst struct {
		n     int
		first *int
	}
	litRing struct {
		n    int
		next *litRing
	}
	litLocked struct {
		mu sync.Mutex
		n  int
	}
	litHolder struct {
		of  map[string]litPoint
		any any
		at  time.Time
	}
	litSpeaks struct{ n int }
)

var _ = []any{new(litLocked).mu.TryLock, litHolder{}.at} // fields that only a literal reads

// Whatever a program has to say of its values, nobody asks it.
func (litSpeaks) String() string   { panic("String is called") }
func (litSpeaks) Error() string    { panic("Error is called") }
func (litSpeaks) GoString() string { panic("GoString is called") }

// They are here, since types of internal packages are not looked into.
func TestLiteral(t *testing.T) {
	first := &litFirst{n: 1}
	first.first = &first.n // at the same address
	ring := &litRing{n: 1}
	ring.next = &litRing{n: 2, next: ring}
	var self []any
	self = append(self, 1, &self)
	at := time.Date(2000, 1, 2, 3, 4, 5, 6, time.FixedZone("there", 3600))
	n := 7

	for _, c := range []struct {
		want  string
		value any
	}{
		{`nil`, nil},
		{`5`, 5},
		{`true`, true},
		{`uint8(5)`, uint8(5)},
		{`float64(0.5)`, 0.5},
		{`float32(NaN)`, float32(math.NaN())},
		{`complex128((1+2i))`, 1 + 2i},
		{`"small \"talk\""`, `small "talk"`},
		{`sim.litName("ada")`, litName("ada")},
		{`5s`, 5 * time.Second},
		{`2000-01-02T02:04:05.000000006Z`, at},

		{`struct {}`, struct{}{}},
		{`sim.litPoint{1 2}`, litPoint{1, 2}},
		{`&sim.litPoint{1 2}`, &litPoint{1, 2}},
		{`*sim.litPoint(nil)`, (*litPoint)(nil)},
		{`&7`, &n},
		{`sim.litOrder{"ada" [{1 2} {3 4}]}`, litOrder{Who: "ada", Items: []litPoint{{1, 2}, {3, 4}}}},
		{`sim.litAsk`, litAsk{}},
		{`proc.ReplyTo[int]`, proc.ReplyTo[int]{}},
		{`[]proc.ReplyTo[int]{{} {}}`, make([]proc.ReplyTo[int], 2)},
		{`&sim.litTotal{"rent"}`, &litTotal{Of: "rent"}},
		{`sim.litHolder{map["a": {1 2} "b": {3 4}] 5 0001-01-01T00:00:00Z}`, litHolder{of: map[string]litPoint{"b": {3, 4}, "a": {1, 2}}, any: 5}},
		{`struct { at time.Time }{2000-01-02T02:04:05.000000006Z}`, struct{ at time.Time }{at}},

		{`[]int{1 2 3}`, []int{1, 2, 3}},
		{`[2]int{1 2}`, [2]int{1, 2}},
		{`[]interface {}{1 "x" nil sim.litPoint{1 2}}`, []any{1, "x", nil, litPoint{1, 2}}},
		{`[]uint8("bytes \x00")`, []byte("bytes \x00")},
		{`map[int]string{9: "i" 10: "j"}`, map[int]string{10: "j", 9: "i"}},
		{`map[string]int{}`, map[string]int(nil)},

		{`func(int)`, func(int) {}},
		{`struct { F func(); C chan int }{nil chan int}`, struct {
			F func()
			C chan int
		}{nil, make(chan int)}},
		{`uintptr`, uintptr(1 << 40)},
		{`struct { P unsafe.Pointer; N int }{3}`, struct {
			P unsafe.Pointer
			N int
		}{unsafe.Pointer(&n), 3}},
		{`unsafe.Pointer`, unsafe.Pointer(&n)},
		{`*sim.litLocked`, &litLocked{n: 1}},
		{`*sim.Sim`, new(Sim)},
		{`*sync.WaitGroup`, new(sync.WaitGroup)},

		{`&sim.litRing{1 &{2 &…}}`, ring},
		{`[]interface {}{1 &[]interface {}{1 &…}}`, self},
		{`&sim.litFirst{1 &1}`, first},

		{`sim.litSpeaks{3}`, litSpeaks{3}},
		{`"no"`, errors.New("no")},
		{`"why: no"`, fmt.Errorf("why: %w", errors.New("no"))},
		{`context.deadlineExceededError`, context.DeadlineExceeded},
		{`!0`, proc.ID{}},
		{`!0`, proc.Pid[int]{}},
		{`proc.ExitNormally`, proc.ExitNormally{}},
		{`proc.ProcessDown{monitor 0 of !0 !0 proc.ExitUnhandledError{"no"}}`, proc.ProcessDown{Reason: proc.ExitUnhandledError{Err: errors.New("no")}}},
		{`proc.TimeoutInterrupt{1s}`, proc.TimeoutInterrupt{After: time.Second}},
		{`proc.ExitPanic{sim.litSpeaks{1} "goroutine 1"…}`, proc.ExitPanic{Value: litSpeaks{1}, Stack: "goroutine 1\n/a/file.go"}},
	} {
		require.Equal(t, c.want, literal.Of(c.value, nil), "%T", c.value)
	}
}

// What is named as shared is not looked into, in whatever it is.
func TestLiteral_Shared(t *testing.T) {
	shared := map[reflect.Type]bool{reflect.TypeFor[litPoint](): true, reflect.TypeFor[*litRing](): true}
	require.Equal(t, "sim.litPoint", literal.Of(litPoint{1, 2}, shared))
	require.Equal(t, "*sim.litPoint", literal.Of(&litPoint{1, 2}, shared))
	require.Equal(t, "*sim.litRing", literal.Of(&litRing{}, shared))
	require.Equal(t, "[]sim.litPoint{sim.litPoint}", literal.Of(make([]litPoint, 1), shared))
}

// A value of any size is as short, and no more of it is looked at. The first of these
// would take for ever.
func TestLiteral_IsShort(t *testing.T) {
	const quoted = 32
	var list *litRing
	for i := range 100_000 {
		list = &litRing{i, list}
	}
	byNumber := make(map[int]int)
	for i := range 10_000 {
		byNumber[i] = i
	}
	nested := make(map[int]map[int]map[int]int)
	for i := range 15 {
		nested[i] = make(map[int]map[int]int)
		for j := range 15 {
			nested[i][j] = byNumber
		}
	}
	for want, value := range map[string]any{
		"[]struct {}{{} {} {} {} ":                                 make([]struct{}, 1<<40),
		"[]proc.ReplyTo[int]{{} ":                                  make([]proc.ReplyTo[int], 1<<16),
		`"` + strings.Repeat("ü", quoted) + `"…`:                   strings.Repeat("ü", 1<<20),
		`[]uint8("` + strings.Repeat("x", quoted) + `"…)`:          []byte(strings.Repeat("x", 1<<20)),
		"&sim.litRing{99999 &{99998 &{99997":                       list,
		"map[int]int{10000 entries}":                               byNumber,
		"map[int]map[int]map[int]int{0: map[15 entries] 1: map[15": nested,
	} {
		text := literal.Of(value, nil)
		require.Contains(t, text, want)
		require.LessOrEqual(t, len([]rune(text)), 72+1)
	}
}

// The text of a map does not depend on its order, also where it is cut, and where two
// keys have the same text.
func TestLiteral_OfMapsIsTheSame(t *testing.T) {
	byPointer := make(map[*litPoint]string)
	byAny := make(map[any][]int)
	for i := range 50 {
		byPointer[&litPoint{i % 2, 0}] = fmt.Sprint(i % 7)
		byAny[i], byAny[fmt.Sprint(i)], byAny[litPoint{i, i}] = []int{i}, nil, nil
	}
	for _, m := range []any{byPointer, byAny, map[string]any{"a": byPointer, "b": byAny}} {
		first := literal.Of(m, nil)
		require.NotContains(t, first, "0x")
		for range 50 {
			require.Equal(t, first, literal.Of(m, nil))
		}
	}
}

// All of a value is written where it is to be compared with another one by a reader, but even
// then it ends.
func TestLiteral_Whole(t *testing.T) {
	many := make([]int, 100)
	text := strings.Repeat("x", 100) + "\n!"
	require.Equal(t, "[]int{"+strings.TrimSpace(strings.Repeat("0 ", 100))+"}", literal.Whole(many))
	require.Equal(t, strconv.Quote(text), literal.Whole(text))
	require.Equal(t, "&sim.litPoint{1 2}", literal.Whole(&litPoint{1, 2}))
	require.Equal(t, "nil", literal.Whole(nil))
	require.Len(t, []rune(literal.Whole(make([]int, 1<<20))), 4000+1)
}
