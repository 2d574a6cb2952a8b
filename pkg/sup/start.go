package sup

import "github.com/harkgo/hark/pkg/proc"

// Start starts a supervisor, linked to and owned by parent, and returns once
// all its children run. If it fails, the error is all that reaches parent.
// Interrupted, it stops what it has started and returns the interrupt.
func Start(parent proc.Receiver, spec Spec, opts ...proc.SpawnOption) (Ref, error) {
	panic("not implemented")
}

// Run starts a supervisor and returns when it has ended: nil if it ended
// normally, else its reason. An interrupt of self stops the tree in order; then
// Run returns nil if it was NormalExitRequested, else the interrupt. It is the
// natural body of a main process.
func Run(self proc.Receiver, spec Spec, opts ...proc.SpawnOption) error {
	panic("not implemented")
}

// Registered gives a supervisor a name that [Named] finds it by.
func Registered(name string) proc.SpawnOption { panic("not implemented") }

// Named addresses whichever supervisor has the name at each use.
func Named(host proc.Host, name string) Ref { panic("not implemented") }
