package sim

import (
	"math/rand/v2"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/harkgo/hark/internal/seam"
)

// scheduler runs the threads of one run, inside a bubble of testing/synctest. All
// that it has belongs to whoever has the baton, unless said otherwise.
//
// Whoever gives the baton away chooses who gets it. There is one goroutine that
// need not be given it, the root: it sleeps in synctest.Wait until nobody in the
// bubble can go on, and so finds out when time is to pass, when the holder of the
// baton blocks in something that the scheduler does not know of, and when all is
// over. A careful scheduler gives each step to the root: then it is certain, before
// each choice, that also the goroutines which it has not started have come as far as
// they can.
type scheduler struct {
	careful  bool
	instant  bool
	limit    int           // of steps
	fair     int           // from which step on the strategy is not asked any more
	early    time.Duration // how long what can happen may wait for timers that are not due
	chooser  *chooser
	explorer *explorer // nil: not all schedules are taken
	injector
	random *rand.Rand // what the threads get
	start  time.Time
	now    time.Duration // since start; the time passes only in letTimePass

	shared   map[reflect.Type]bool // messages, and parts of them, that others may change
	thorough bool                  // it has failed: find out more
	showing  bool                  // tell in events what they are about, beyond what tells two runs apart
	seals    map[sealKey]*handed   // of the messages on their way, and in mailboxes
	watched  []*seal               // of all messages, if thorough
	had      *thread               // the baton, the last

	holder  atomic.Uintptr // the goroutine that has the baton; anybody may read it
	running *thread        // its thread; nil: none, or the root
	latest  int            // the actor of the thread that was given it last
	cause   int32          // the event that began what is being done, counted from 1

	threads  []*thread // that have not ended
	ready    []*thread
	parked   map[*seam.Waiter]*thread
	settlers []*thread
	pairs    map[[2]*party]*pair
	under    []*pair // those with something under way
	begun    int     // threads
	effect   *flight
	urgent   []*thread // go before all others
	lasts    []*timer  // of faults
	options  []Step
	firing   []*timer // the options among the due, and one that may be early
	leaps    *timer   // is to fire early: the time is to go on to it

	processes  []*party // perhaps some that have ended
	invariants []invariant
	awaited    []*awaited
	hasAwaited bool
	scenarios  []*scenario
	firings    []*firings // of the faults that have come to an end
	steps      int
	events     []event
	failure    *failure
	unread     map[unread]int // when it failed
	ended      bool           // the run is over
	skipped    bool           // by the body
	surprised  bool           // not careful, and that would have been necessary
	aborted    bool           // threads only unwind

	progress atomic.Uint64 // of the steps, for the watchdog

	actors   atomic.Int64
	mu       sync.Mutex // guards what follows
	timers   timerHeap
	due      []*timer
	lost     map[unread]int // the dead letters
	entries  int
	parties  map[*seam.Waiter]*party
	away     map[uintptr]*thread
	arrivals []arrival
	asleep   bool // the root lets time pass: nobody else has anything to do
	arrived  atomic.Bool
	wake     chan struct{} // the root
}

type invariant struct {
	name  string
	holds func() error
}

// arrival is something that a goroutine without the baton wants: it is seen to at
// the next choice.
type arrival struct {
	thread *thread      // wants the baton
	parks  *seam.Waiter // not yet: it parks first
	ready  *seam.Waiter // is to be ready
	starts func()       // is to be a thread
	class  int          // together with seq: the order of those that come at the same time
	seq    int
	calm   bool // the root was asleep
}

func newScheduler() *scheduler {
	return &scheduler{
		start:   time.Now(),
		parked:  make(map[*seam.Waiter]*thread),
		pairs:   make(map[[2]*party]*pair),
		parties: make(map[*seam.Waiter]*party),
		away:    make(map[uintptr]*thread),
		seals:   make(map[sealKey]*handed),
		wake:    make(chan struct{}, 1),
	}
}
