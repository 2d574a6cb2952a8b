package linear_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/linear"
)

// op is an operation of a register, or of one of several.
type op struct {
	kind  string // "write", "add", or "read"
	key   string
	value int
}

func (o op) String() string {
	text := o.kind
	if o.key != "" {
		text += " " + o.key
	}
	if o.kind != "read" {
		text += fmt.Sprint(" ", o.value)
	}
	return text
}

func write(value int) op { return op{kind: "write", value: value} }
func add(value int) op   { return op{kind: "add", value: value} }

var read = op{kind: "read"}

// register is a number that can be read, written, and added to. What it returns is its
// value afterwards.
var register = linear.Model[int, op, int]{
	Apply: func(state int, in op) (int, int) {
		switch in.kind {
		case "write":
			state = in.value
		case "add":
			state += in.value
		}
		return state, state
	},
}

// registers are many of them.
var registers = linear.Model[int, op, int]{Apply: register.Apply, Key: func(in op) any { return in.key }}

type history = linear.History[op, int]

// done records an operation that nobody does anything beside.
func done(h *history, client string, in op, output int) { h.Begin(client, in).End(output) }

func TestVerify_OneAfterTheOther(t *testing.T) {
	var h history
	require.NoError(t, linear.Verify(register, &h), "an empty history")
	done(&h, "ada", write(1), 1)
	done(&h, "bob", read, 1)
	require.NoError(t, linear.Verify(register, &h))
	done(&h, "bob", read, 0)
	require.ErrorAs(t, linear.Verify(register, &h), new(linear.NotLinearizable))
}

// What goes on at the same time may take effect in any order, but in one.
func TestVerify_AtTheSameTime(t *testing.T) {
	for _, test := range []struct {
		first, second int
		ok            bool
	}{{0, 0, true}, {0, 1, true}, {1, 1, true}, {1, 0, false}} {
		var h history
		w := h.Begin("ada", write(1))
		done(&h, "bob", read, test.first)
		done(&h, "bob", read, test.second)
		w.End(1)
		done(&h, "bob", read, 1)
		require.Equal(t, test.ok, linear.Verify(register, &h) == nil, "%v", test)
	}
}

func TestVerify_LostUpdate(t *testing.T) {
	var h history
	a, b := h.Begin("ada", add(1)), h.Begin("bob", add(1))
	a.End(1)
	b.End(1)
	err := linear.Verify(register, &h)
	require.ErrorAs(t, err, new(linear.NotLinearizable))
	require.Equal(t, `not linearizable: no order of these 2 operations explains their outputs:
    ├─┤   ada  add 1 → 1
     ├─┤  bob  add 1 → 1
the longest order that can be explained:
    ada  add 1 → 1, then the state is 1
and none of these can come next:
    bob  add 1 → 1, but it would return 2`, err.Error())
}

// An operation that is cut off takes effect at any later time, or never, but once.
func TestVerify_CutOff(t *testing.T) {
	timeout := errors.New("timeout")
	for name, test := range map[string]struct {
		reads []int
		ok    bool
	}{
		"never":           {[]int{0, 0, 0}, true},
		"at once":         {[]int{1, 1, 1}, true},
		"later":           {[]int{0, 0, 1}, true},
		"taken back":      {[]int{0, 1, 0}, false},
		"something else":  {[]int{0, 2, 2}, false},
		"before its call": {[]int{-1}, false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, cut := range []func(h *history){
				func(h *history) { h.Begin("ada", add(1)) },
				func(h *history) { h.Begin("ada", add(1)).Fail(timeout) },
				func(h *history) {
					_, err := h.Do("ada", add(1), func() (int, error) { return 0, timeout })
					require.ErrorIs(t, err, timeout)
				},
				func(h *history) {
					defer func() { require.Equal(t, "oh", recover()) }()
					_, _ = h.Do("ada", add(1), func() (int, error) { panic("oh") })
				},
			} {
				var h history
				if test.reads[0] < 0 {
					done(&h, "bob", read, 1)
				}
				cut(&h)
				require.Equal(t, linear.CutOff, h.Operations()[len(h.Operations())-1].Outcome)
				for _, value := range test.reads {
					done(&h, "ada", read, max(value, 0)) // the client goes on
				}
				require.Equal(t, test.ok, linear.Verify(register, &h) == nil)
			}
		})
	}
}

func TestVerify_NotDone(t *testing.T) {
	full := errors.New("full")
	for _, err := range []error{full, linear.NotDone(full), fmt.Errorf("ada: %w", linear.NotDone(full))} {
		var h history
		h.Begin("ada", add(1)).Fail(err)
		done(&h, "bob", read, 1)
		require.Equal(t, err == full, linear.Verify(register, &h) == nil, "%v", err)
	}
	require.EqualError(t, linear.NotDone(full), "not done: full")
	require.ErrorIs(t, linear.NotDone(full), full)
}

func TestVerify_Keys(t *testing.T) {
	var h history
	for i := range 200 { // hopeless without keys: they all go on at the same time
		h.Begin(fmt.Sprint("client ", i), op{"add", fmt.Sprint("k", i%50), 1})
	}
	done(&h, "bob", op{"read", "k7", 0}, 3)
	require.NoError(t, linear.Verify(registers, &h))
	done(&h, "bob", op{"read", "k7", 0}, 5)
	err := linear.Verify(registers, &h)
	var not linear.NotLinearizable
	require.ErrorAs(t, err, &not)
	require.Equal(t, "k7", not.Key)
	require.Contains(t, err.Error(), `not linearizable: key "k7": no order of these 6 operations`)
	require.Contains(t, err.Error(), "read k7 → 5, but it would return 4")
	require.NotContains(t, err.Error(), "k8")
}

// A bag: which of the things in it is taken is its choice.
var bag = linear.Model[string, string, string]{
	Next: func(state, input string, output *string) []string {
		if input != "take" {
			return []string{state + input}
		}
		var all []string
		for i, c := range state {
			if output == nil || *output == string(c) {
				all = append(all, state[:i]+state[i+1:])
			}
		}
		return all
	},
}

func TestVerify_Choices(t *testing.T) {
	fill := func() *linear.History[string, string] {
		h := new(linear.History[string, string])
		for _, in := range []string{"a", "b", "c"} {
			h.Begin("ada", in).End("")
		}
		return h
	}
	h := fill()
	h.Begin("bob", "take").End("b")
	h.Begin("bob", "take").End("a")
	require.NoError(t, linear.Verify(bag, h))
	h.Begin("bob", "take").End("b")
	err := linear.Verify(bag, h)
	require.ErrorAs(t, err, new(linear.NotLinearizable))
	require.Contains(t, err.Error(), `"take" → "a", then the state is "c"`)

	h = fill()
	h.Begin("bob", "take") // whatever it was
	h.Begin("eve", "take").End("c")
	h.Begin("eve", "take").End("a")
	require.NoError(t, linear.Verify(bag, h))
	h.Begin("eve", "take").End("b")
	require.NoError(t, linear.Verify(bag, h), "the one that was cut off has not been done")
	h.Begin("eve", "take").End("b")
	require.Error(t, linear.Verify(bag, h))

	h = new(linear.History[string, string])
	h.Begin("bob", "take") // of nothing
	require.NoError(t, linear.Verify(bag, h))
}

// States and outputs need not be comparable.
func TestVerify_AnyState(t *testing.T) {
	type state = map[string]int
	table := linear.Model[state, op, []int]{
		Apply: func(s state, in op) (state, []int) {
			next := maps.Clone(s)
			if next == nil {
				next = state{}
			}
			next[in.key] += in.value
			return next, []int{next[in.key]}
		},
	}
	var h linear.History[op, []int]
	a, b := h.Begin("ada", op{"add", "k", 1}), h.Begin("bob", op{"add", "k", 2})
	a.End([]int{3})
	b.End([]int{2})
	require.NoError(t, linear.Verify(table, &h))
	h.Begin("bob", op{"add", "k", 0}).End([]int{2})
	require.ErrorContains(t, linear.Verify(table, &h), "but it would return []int{3}")

	table.Same = func(model, recorded []int) bool { return model[0]%2 == 1 || recorded[0] == 2 }
	table.Equal = func(a, b state) bool { return a["k"] == b["k"] }
	require.NoError(t, linear.Verify(table, &h))
}

func TestVerify_Limit(t *testing.T) {
	var h history
	for i := range 12 {
		h.Begin(fmt.Sprint("client ", i), add(1<<i))
	}
	done(&h, "bob", read, -1)
	choices := linear.Model[int, op, int]{Next: func(state int, in op, output *int) []int {
		next, value := register.Apply(state, in)
		if output != nil && *output != value {
			return nil
		}
		return []int{next}
	}}
	for _, model := range []linear.Model[int, op, int]{register, choices} {
		err := linear.Verify(model, &h, linear.Limit(1000))
		require.ErrorContains(t, err, "no verdict after 1000 steps")
		require.False(t, errors.As(err, new(linear.NotLinearizable)))
		require.ErrorAs(t, linear.Verify(model, &h), new(linear.NotLinearizable))
	}
}

// The limit is of calls of the model, however many states it has at a time.
func TestVerify_LimitOfManyStates(t *testing.T) {
	calls := 0
	var h linear.History[int, int]
	m := linear.Model[int, int, int]{Init: 1, Next: func(s, in int, out *int) []int { calls++; return []int{2 * s, 2*s + 1} }}
	for range 25 {
		h.Begin("a", 1).End(0)
	}
	require.ErrorContains(t, linear.Verify(m, &h, linear.Limit(1000)), "no verdict")
	require.LessOrEqual(t, calls, 1000)
}

// Past the limit Same is not given an output that the model has not made; and a limit below 0
// leaves no step.
func TestVerify_LimitAndSame(t *testing.T) {
	var h linear.History[int, *int]
	for range 20 {
		one := 1
		h.Begin("ada", 1).End(&one)
	}
	m := linear.Model[int, int, *int]{
		Apply: func(sum, in int) (int, *int) { return sum + in, &in },
		Same:  func(a, b *int) bool { return *a == *b },
	}
	require.NoError(t, linear.Verify(m, &h))
	for _, limit := range []int{-1, 0, 1, 5, 19} {
		require.ErrorContains(t, linear.Verify(m, &h, linear.Limit(limit)), "no verdict", limit)
	}
}

// A panic of Equal is that of the check, also among the states of a model with Next.
func TestVerify_EqualPanics(t *testing.T) {
	var h linear.History[int, int]
	for range 5 {
		h.Begin("ada", 1).End(0)
	}
	m := linear.Model[int, int, int]{
		Init:  1,
		Next:  func(n, _ int, _ *int) []int { return []int{2 * n, 2*n + 1} },
		Equal: func(int, int) bool { panic("equal") },
	}
	require.PanicsWithValue(t, "equal", func() { _ = linear.Verify(m, &h) })
}

// The checker has goroutines of its own; what panics there must not end the program,
// whichever function of the model it is in.
func TestVerify_ModelPanics(t *testing.T) {
	var h linear.History[int, int]
	for i := range 2 { // two at a time, and the second time no order explains them
		a, b := h.Begin("ada", 1), h.Begin("bob", 1)
		a.End(1)
		b.End(1 + i)
	}
	explodes := func(a, b int) bool { panic("oh") }
	for name, m := range map[string]linear.Model[int, int, int]{
		"Apply": {Apply: func(int, int) (int, int) { panic("oh") }},
		"Next":  {Next: func(int, int, *int) []int { panic("oh") }},
		"Same":  {Apply: func(s, in int) (int, int) { return s, in }, Same: explodes},
		"Equal": {Apply: func(s, in int) (int, int) { return s + in, in }, Equal: explodes},
	} {
		require.PanicsWithValue(t, "oh", func() { _ = linear.Verify(m, &h) }, name)
	}
	require.Panics(t, func() { _ = linear.Verify(linear.Model[int, int, int]{}, &h) }, "neither")
	require.Panics(t, func() {
		_ = linear.Verify(linear.Model[int, int, int]{
			Apply: func(int, int) (int, int) { return 0, 0 }, Next: func(int, int, *int) []int { return nil },
		}, &h)
	}, "both")
}

func TestHistory_Misuse(t *testing.T) {
	var h history
	p := h.Begin("ada", read)
	require.Panics(t, func() { p.Fail(nil) })
	p.Fail(errors.New("timeout"))
	require.Panics(t, func() { p.End(1) })
	p = h.Begin("ada", read)
	p.End(0)
	require.Panics(t, func() { p.Fail(errors.New("timeout")) })
}

func TestOutcome(t *testing.T) {
	require.Equal(t, "cut off known nothing Outcome(9)",
		fmt.Sprint(linear.CutOff, " ", linear.Known, " ", linear.Nothing, " ", linear.Outcome(9)))
}

// Ordinary goroutines.
func TestHistory_Goroutines(t *testing.T) {
	var h history
	var mu sync.Mutex
	value := 0
	var all sync.WaitGroup
	for _, client := range []string{"ada", "bob", "eve"} {
		all.Go(func() {
			for range 20 {
				_, err := h.Do(client, add(1), func() (int, error) {
					mu.Lock()
					defer mu.Unlock()
					value++
					return value, nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	require.Len(t, h.Operations(), 60)
	linear.Check(t, register, &h)
}

// failed is a test that may fail.
type failed struct {
	testing.TB
	said bytes.Buffer
	now  bool
}

func (f *failed) Helper()                           {}
func (f *failed) Errorf(format string, args ...any) { fmt.Fprintf(&f.said, format, args...) }
func (f *failed) FailNow()                          { f.now = true }

func TestCheck_FailsTheTest(t *testing.T) {
	var h history
	done(&h, "ada", read, 7)
	var f failed
	linear.Check(&f, register, &h)
	require.True(t, f.now)
	require.Contains(t, f.said.String(), "read → 7, but it would return 0")
}

// Long histories have numbers instead of bars.
func TestReport_Long(t *testing.T) {
	var h history
	h.Begin("a long name", write(5))
	for range 40 {
		done(&h, "ada", read, 0)
	}
	done(&h, "ada", read, 9)
	err := linear.Verify(register, &h)
	require.ErrorContains(t, err, "        1 –        a long name  write 5 → ? (it has not returned)\n")
	require.ErrorContains(t, err, "       82 – 83     ada          read → 9\n")
}

func TestReport_HTML(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.html")
	require.NoError(t, flag.Set("linear.html", path))
	defer func() { require.NoError(t, flag.Set("linear.html", "")) }()
	var h history
	done(&h, "ada", write(4711), 0)
	require.ErrorContains(t, linear.Verify(register, &h), "drawn in "+path)
	page, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(page), "write 4711")

	require.NoError(t, flag.Set("linear.html", filepath.Join(path, "no")))
	require.ErrorContains(t, linear.Verify(register, &h), "it could not be drawn into")
}

// Values without a text of their own are written as in the report of a run: no address, for
// it says nothing, and is another one in each run.
func TestVerify_NoAddresses(t *testing.T) {
	type ref struct{ n *int }
	one, two := 1, 2
	keyed := linear.Model[ref, ref, *ref]{
		Init:  ref{&one},
		Apply: func(state, in ref) (ref, *ref) { return in, &in },
		Key:   func(ref) any { return struct{ k ref }{} },
	}
	var h linear.History[ref, *ref]
	h.Begin("ada", ref{&one}).End(&ref{&one})
	h.Begin("bob", ref{&two}).End(&ref{&one})
	err := linear.Verify(keyed, &h)
	var not linear.NotLinearizable
	require.ErrorAs(t, err, &not)
	require.Contains(t, err.Error(), "bob  linear_test.ref{&2} → &linear_test.ref{&1}, but it would return &linear_test.ref{&2}")
	require.Contains(t, err.Error(), "then the state is linear_test.ref{&1}")
	require.NotContains(t, err.Error()+not.Alike(), "0x")
}

// A model that ends its goroutine, as an assertion in it does, ends that of the check.
func TestVerify_ModelThatEndsItsGoroutine(t *testing.T) {
	var h linear.History[int, int]
	for range 3 {
		h.Begin("ada", 1).End(1)
	}
	for name, m := range map[string]linear.Model[int, int, int]{
		"Apply": {Apply: func(int, int) (int, int) { runtime.Goexit(); return 0, 0 }},
		"Next":  {Next: func(int, int, *int) []int { runtime.Goexit(); return nil }},
		"Equal": {
			Next:  func(n, _ int, _ *int) []int { return []int{2 * n, 2*n + 1} },
			Equal: func(int, int) bool { runtime.Goexit(); return true },
		},
		"Same": {Apply: func(n, in int) (int, int) { return n, in }, Same: func(int, int) bool { runtime.Goexit(); return true }},
	} {
		returned, over := false, make(chan bool)
		go func() {
			defer close(over)
			_ = linear.Verify(m, &h)
			returned = true
		}()
		<-over
		require.False(t, returned, name)
	}
}

// Keys that are equal to none, or cannot be compared, do not make each operation one of its
// own, which any history would pass.
func TestVerify_BadKeys(t *testing.T) {
	for name, key := range map[string]any{
		"NaN": math.NaN(), "NaN in a struct": struct{ x float64 }{math.NaN()}, "a slice": []int{1}, "a slice in an interface": [1]any{[]int{1}},
	} {
		var h linear.History[string, int]
		h.Begin("ada", "count").End(1)
		h.Begin("ada", "count").End(1)
		m := linear.Model[int, string, int]{
			Apply: func(n int, _ string) (int, int) { return n + 1, n + 1 },
			Key:   func(string) any { return key },
		}
		require.ErrorContains(t, linear.Verify(m, &h), `linear: Key("count") is `, name)
		m.Key = func(string) any { return nil }
		require.ErrorAs(t, linear.Verify(m, &h), new(linear.NotLinearizable), name)
	}
}
