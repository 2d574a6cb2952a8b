package sel_test

import (
	"fmt"
	"io"
	"strings"

	"github.com/harkgo/hark/pkg/sel"
)

type (
	inches      float64
	centimetres float64
)

// lengths takes both kinds of lengths, in centimetres. A selector is a value: it
// can be made once and used by any number of processes.
var lengths = sel.Or(
	sel.Case(func(l inches) float64 { return 2.54 * float64(l) }),
	sel.Case(func(l centimetres) float64 { return float64(l) }),
)

func Example() {
	for _, message := range []any{inches(100), "good morning", centimetres(20)} {
		if l, ok := lengths.Match(message); ok {
			fmt.Println(l)
		}
	}
	// Output:
	// 254
	// 20
}

// By type: a struct, a string, or whatever implements an interface.
func ExampleMessage() {
	_, isInt := sel.Message[int]().Match("7")
	text, isString := sel.Message[string]().Match("7")
	reader, isReader := sel.Message[io.Reader]().Match(strings.NewReader("7"))
	fmt.Println(isInt)
	fmt.Println(text, isString)
	fmt.Println(reader.(*strings.Reader).Len(), isReader)
	// Output:
	// false
	// 7 true
	// 1 true
}

func ExampleEqual() {
	type ref struct{ n int }
	mine := sel.Equal(ref{7})
	_, ok := mine.Match(ref{7})
	_, other := mine.Match(ref{8})
	fmt.Println(ok, other)
	// Output: true false
}

// With tests and converts in one step.
func ExampleWith() {
	type header struct{ key, value string }
	length := sel.With(func(h header) (string, bool) { return h.value, h.key == "Content-Length" })
	fmt.Println(length.Match(header{"Content-Length", "42"}))
	fmt.Println(length.Match(header{"Host", "example.org"}))
	// Output:
	// 42 true
	//  false
}

// Dynamic sees messages of every type, and must look at each.
func ExampleDynamic() {
	printable := sel.Dynamic(func(message any) (string, bool) {
		return fmt.Sprint(message), message != nil
	})
	fmt.Println(printable.Match(3.5))
	// Output: 3.5 true
}

// Any accepts everything; Message[any] all but nil.
func ExampleAny() {
	_, ok := sel.Any().Match(nil)
	_, message := sel.Message[any]().Match(nil)
	fmt.Println(ok, message)
	// Output: true false
}

// Except accepts what others cannot, by its type: what a program does not expect.
func ExampleExcept() {
	number := sel.Message[int]()
	expected, _ := number.Index()
	unexpected := sel.Except(expected)
	_, of42 := unexpected.Match(42)
	_, ofText := unexpected.Match("what?")
	fmt.Println(of42, ofText)
	// Output: false true
}

// Raw leaves a message the any that it is.
func ExampleRaw() {
	var message any = 42
	m, ok := sel.Raw[int]().Match(message)
	fmt.Println(m == message, ok)
	// Output: true true
}

// None is where building up alternatives begins.
func ExampleNone() {
	prefixes := []string{"GET ", "HEAD "}
	accepted := sel.None[string]()
	for _, p := range prefixes {
		accepted = sel.Or(accepted, sel.Message[string]().Where(func(s string) bool {
			return strings.HasPrefix(s, p)
		}))
	}
	_, get := accepted.Match("GET /")
	_, put := accepted.Match("PUT /")
	fmt.Println(get, put)
	// Output: true false
}

func ExampleMessageSelector_Where() {
	even := sel.Message[int]().Where(func(n int) bool { return n%2 == 0 })
	_, three := even.Match(3)
	_, four := even.Match(4)
	fmt.Println(three, four)
	// Output: false true
}

// Where decides on the value that the selector has made. If it is not kept, no
// later alternative of the same selector is tried.
func ExampleMessageSelector_Where_alternatives() {
	word := sel.Or(
		sel.Case(func(n int) string { return "" }), // the first that accepts ints
		sel.Case(func(n int) string { return fmt.Sprint(n) }),
	)
	_, ok := word.Where(func(s string) bool { return s != "" }).Match(7)
	fmt.Println(ok)
	// Output: false
}

func ExampleMap() {
	shout := sel.Map(sel.Message[string](), strings.ToUpper)
	fmt.Println(shout.Match("hark"))
	// Output: HARK true
}

func ExampleCase() {
	number := sel.Or(
		sel.Case(func(n int) string { return fmt.Sprint("int ", n) }),
		sel.Case(func(f float64) string { return fmt.Sprint("float ", f) }),
	)
	fmt.Println(number.Match(1))
	fmt.Println(number.Match(0.5))
	// Output:
	// int 1 true
	// float 0.5 true
}

// Of several alternatives that accept a message the first wins.
func ExampleOr() {
	size := sel.Or(
		sel.With(func(n int) (string, bool) { return "big", n > 100 }),
		sel.Case(func(n int) string { return "small" }),
	)
	fmt.Println(size.Match(1000))
	fmt.Println(size.Match(1))
	// Output:
	// big true
	// small true
}

// Both wants one message to satisfy two selectors.
func ExampleBoth() {
	long := sel.Message[string]().Where(func(s string) bool { return len(s) > 3 })
	path := sel.With(func(s string) ([]string, bool) { return strings.Split(s, "/"), strings.Contains(s, "/") })
	both := sel.Both(long, path, func(s string, parts []string) string {
		return fmt.Sprintf("%s has %d parts", s, len(parts))
	})
	fmt.Println(both.Match("a/b/c"))
	_, ok := both.Match("a/b")
	fmt.Println(ok)
	// Output:
	// a/b/c has 3 parts true
	// false
}

// OneOf keeps the type of each side.
func ExampleOneOf() {
	either := sel.OneOf(sel.Message[int](), sel.Message[error]())
	for _, message := range []any{7, io.EOF} {
		v, _ := either.Match(message)
		if n, ok := v.Left(); ok {
			fmt.Println("a number:", n)
		}
		if err, ok := v.Right(); ok {
			fmt.Println("an error:", err)
		}
	}
	// Output:
	// a number: 7
	// an error: EOF
}
