package literal

import (
	"reflect"
	"regexp"
	"strings"
)

// inPath is what is before the last element of the path of a package.
var inPath = regexp.MustCompile(`[\w.~-]+/(?:[\w.~-]+/)*`)

// TypeName is the name of a type with those of its packages, and no path: in the
// arguments of a generic type reflect gives the whole of it.
func TypeName(t reflect.Type) string {
	name := t.String()
	if !strings.Contains(name, "/") {
		return name
	}
	return inPath.ReplaceAllString(name, "")
}
