package server

import (
	"fmt"
	"reflect"
	"sync/atomic"
	"unsafe"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/proc"
)

// instance is what one server has of its own. There may be millions.
type instance[S, M any] struct {
	at    unsafe.Pointer // a *place[S, M]; set by the server, and looked at by others
	state S
}

// place is where a server is. All that are in a phase share that of its table, but for
// those which have something of their own there: a timeout, or what is beside.
type place[S, M any] struct {
	table  *table[S, M]
	beside *beside[S, M]
	timer  proc.TimerRef // of the timeout of the phase
}

// beside is what a server has before it is up, and when it has crashed.
type beside[S, M any] struct {
	init  func(*S, *proc.Self[M]) error
	ready func()
	enter func(ready func()) error // what has made it

	handling string // the type of the message at which it has crashed
}

func (in *instance[S, M]) place() *place[S, M]     { return (*place[S, M])(atomic.LoadPointer(&in.at)) }
func (in *instance[S, M]) setPlace(p *place[S, M]) { atomic.StorePointer(&in.at, unsafe.Pointer(p)) }

func (in *instance[S, M]) table() *table[S, M] { return in.place().table }

// phase is what Info tells of a server.
func (in *instance[S, M]) phase() string { return string(in.table().phase) }

// crashed is what the line of the log about the crash of a server tells besides.
func (in *instance[S, M]) crashed(to *zerolog.Event) {
	if phase := in.phase(); phase != "" {
		to.Str("phase", phase)
	}
	if b := in.place().beside; b != nil && b.handling != "" {
		to.Str("type", b.handling)
	}
}

// was says what a server that may have crashed was handling: a message, or if own an M
// which has been none.
func (in *instance[S, M]) was(handling any, own bool) {
	name := fmt.Sprintf("%T", handling)
	if own {
		name = reflect.TypeFor[M]().String()
	}
	in.setPlace(&place[S, M]{table: in.table(), timer: in.place().timer, beside: &beside[S, M]{handling: name}})
}
