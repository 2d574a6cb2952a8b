package sup

import "context"

// Adopt is a child made of ordinary Go code. Its context is cancelled by the
// child's first interrupt (that is the first step of stopping it) or shutdown.
// What run returns, or its panic, is how the child ends, unless it was shut down.
func Adopt(id string, run func(ctx context.Context) error) Child {
	panic("not implemented")
}
