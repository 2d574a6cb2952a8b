package literal

import (
	"reflect"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
)

// A type is told with its package, also in the arguments of another one, and not with
// all of the path.
func TestTypeName(t *testing.T) {
	type pair[A, B any] func(A) B
	for want, value := range map[string]any{
		"int":             1,
		"*literal.writer": (*writer)(nil),
		"literal.pair[proc.ReplyTo[int],time.Duration]":                  pair[proc.ReplyTo[int], time.Duration](nil),
		"map[string]literal.pair[*proc.System,[]literal.pair[int,bool]]": map[string]pair[*proc.System, []pair[int, bool]]{},
	} {
		require.Equal(t, want, regexp.MustCompile(`·\d+`).ReplaceAllString(TypeName(reflect.TypeOf(value)), ""))
	}
}
