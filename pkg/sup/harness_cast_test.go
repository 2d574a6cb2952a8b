package sup_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// cast is the scripted children of a test. It keeps a diary of what happens to
// them, in order:
//
//	b starts beside a     its body has begun; a is alive
//	b asked beside a      it was interrupted with NormalExitRequested
//	b cleans up beside a  its deferred functions run, because it was shut down
//
// and of the events of their supervisors.
type cast struct {
	w *world

	mu      sync.Mutex
	changed chan struct{} // closed at the next note
	notes   []string
	events  []sup.Event
	manners map[string]manner
	lives   map[string][]proc.Pid[order]
	readies map[proc.ID]func() // of each life
	alive   []actor            // those that may be, in the order of their start
	over    chan struct{}
}

type actor struct {
	id  string
	pid proc.ID
}

// manner is how an actor behaves, from its next start on.
type manner struct {
	deaf   bool // an interrupt does not end it
	numb   bool // nor does a shutdown: its deferred function blocks
	stuck  bool // it comes to no operation at all
	slow   bool // it is not ready until getReady
	finish time.Duration
	fail   error // it ends with that before it is ready
	times  int   // fail: how often; 0 means always
	panics bool  // it panics when it is asked to finish, or cleans up
}

func newCast(w *world) *cast {
	c := &cast{
		w: w, changed: make(chan struct{}), manners: map[string]manner{},
		lives: map[string][]proc.Pid[order]{}, readies: map[proc.ID]func(){}, over: make(chan struct{}),
	}
	w.Cleanup(func() { close(c.over) }) // the stuck come free
	return c
}

// is sets how an actor behaves from its next start on.
func (c *cast) is(id string, m manner) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.manners[id] = m
}

// child is a child that is up when its body says so.
func (c *cast) child(id string, adjust ...func(*sup.Child)) sup.Child {
	return c.childWithin(id, 0, adjust...)
}

// childWithin is a child that has to be up within a time.
func (c *cast) childWithin(id string, within time.Duration, adjust ...func(*sup.Child)) sup.Child {
	child := sup.WorkerReady(id, within, func(self *proc.Self[order], ready func()) error {
		return c.play(id, self, ready)
	})
	for _, f := range adjust {
		f(&child)
	}
	return child
}

// children are children with those ids, separated by commas.
func (c *cast) children(ids string, adjust ...func(*sup.Child)) []sup.Child {
	var all []sup.Child
	for _, id := range words(ids) {
		all = append(all, c.child(id, adjust...))
	}
	return all
}

func restart(r sup.Restart) func(*sup.Child) { return func(c *sup.Child) { c.Restart = r } }
func stop(s sup.Stop) func(*sup.Child)       { return func(c *sup.Child) { c.Stop = s } }
func significant(c *sup.Child)               { c.Significant = true }
func adjusted(c sup.Child, f func(*sup.Child)) sup.Child {
	f(&c)
	return c
}

// play is the body of an actor.
func (c *cast) play(id string, self *proc.Self[order], ready func()) error {
	m := c.enter(id, self.Pid(), ready)
	defer func() {
		// A kill ends it before its deferred functions run.
		if self.Err() != nil && self.ID().Alive() {
			c.note(id + " cleans up")
			if m.panics {
				panic(id + " panics")
			}
			if m.numb {
				<-c.over
			}
		}
	}()
	if m.stuck {
		ready()
		<-c.over
		return nil
	}
	if m.fail != nil {
		return m.fail
	}
	if !m.slow {
		ready()
	}
	for o, err := range self.Messages() {
		switch {
		case err == nil:
			if e := o(self); e != nil {
				return e.Err
			}
		case errors.Is(err, proc.NormalExitRequested{}):
			c.note(id + " asked")
			if m.panics {
				panic(id + " panics")
			}
			if m.deaf || m.numb {
				continue
			}
			if m.finish > 0 {
				if err := self.Sleep(m.finish); err != nil {
					c.note(id + " disturbed")
				}
			}
			return err
		default:
			c.note(id + " interrupted")
		}
	}
	return nil
}

// getReady has the present life of a slow actor call ready.
func (c *cast) getReady(id string) {
	c.w.Helper()
	pid := c.now(id)
	ready := c.ready(pid.ID)
	pid.Send(func(*proc.Self[order]) *harness.End { ready(); return nil })
}

// ready is the function by which that life of an actor says that it is up.
func (c *cast) ready(life proc.ID) func() {
	c.w.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	require.Contains(c.w, c.readies, life)
	return c.readies[life]
}

func (c *cast) enter(id string, pid proc.Pid[order], ready func()) (m manner) {
	c.noteBy(id+" starts", func() {
		c.readies[pid.ID] = ready
		c.lives[id] = append(c.lives[id], pid)
		c.alive = append(c.alive, actor{id, pid.ID})
		m = c.manners[id] // together with the note: who has seen that may change them
		if left := m; left.times > 0 {
			if left.times--; left.times == 0 {
				left.fail = nil
			}
			c.manners[id] = left
		}
	})
	return m
}

// note writes into the diary, and who is alive beside the one it is about.
func (c *cast) note(what string) { c.noteBy(what, func() {}) }

func (c *cast) noteBy(what string, change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.alive = slices.DeleteFunc(c.alive, func(a actor) bool { return !a.pid.Alive() })
	who, _, _ := strings.Cut(what, " ")
	for _, a := range c.alive {
		if a.id != who {
			if !strings.Contains(what, " beside") {
				what += " beside"
			}
			what += " " + a.id
		}
	}
	change()
	c.notes = append(c.notes, what)
	c.wake()
}

// wake tells those who wait for a change. The lock must be held.
func (c *cast) wake() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// until waits until cond, which is asked with the lock held, holds.
func (c *cast) until(what string, cond func() bool) {
	c.w.Helper()
	for {
		c.mu.Lock()
		if cond() {
			c.mu.Unlock()
			return
		}
		changed := c.changed
		c.mu.Unlock()
		timeout := time.NewTimer(30 * time.Second)
		if c.w.Bubble {
			timeout.Reset(24 * 365 * 50 * time.Hour)
		}
		select {
		case <-changed:
			timeout.Stop()
		case <-timeout.C:
			c.w.Fatalf("never: %s\n%s\n%s", what, strings.Join(c.diary(), "\n"), harness.Stacks())
		}
	}
}

// saw waits for a note, which is given without who is beside.
func (c *cast) saw(note string) {
	c.w.Helper()
	c.until(note, func() bool {
		return slices.ContainsFunc(c.notes, func(n string) bool { return n == note || strings.HasPrefix(n, note+" beside") })
	})
}

// life is the nth life of an actor, from 1 on; it waits for it.
func (c *cast) life(id string, n int) proc.Pid[order] {
	c.w.Helper()
	c.until(fmt.Sprintf("life %d of %s", n, id), func() bool { return len(c.lives[id]) >= n })
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lives[id][n-1]
}

// now is the present, or last, life of an actor.
func (c *cast) now(id string) proc.Pid[order] {
	c.w.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	require.NotEmpty(c.w, c.lives[id], "%s never started", id)
	return c.lives[id][len(c.lives[id])-1]
}

// count is how often an actor has been started.
func (c *cast) count(id string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.lives[id])
}

// crash has the present life of an actor end with an error, and waits for that.
func (c *cast) crash(id string, err error) {
	c.w.Helper()
	pid := c.now(id)
	harness.Leave(pid, err)
	harness.Ended(c.w, pid.ID)
}

// diary is the notes so far.
func (c *cast) diary() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string{}, c.notes...)
}

// wrote demands that the diary has these notes, and forgets them.
func (c *cast) wrote(notes ...string) {
	c.w.Helper()
	c.until(fmt.Sprintf("notes: %q", notes), func() bool { return len(c.notes) >= len(notes) })
	c.w.Settle()
	require.Equal(c.w, append([]string{}, notes...), c.diary())
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notes = nil
}

// forget empties the diary and the events.
func (c *cast) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notes, c.events = nil, nil
}

// observe is for Spec.Observe.
func (c *cast) observe(e sup.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events = append(c.events, e)
	c.wake()
}

// trace is the events so far, as text.
func (c *cast) trace() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := []string{}
	for _, e := range c.events {
		all = append(all, eventText(e))
	}
	return all
}

// told demands these events, and forgets them. Only for a single supervisor:
// there is no order between those of several.
func (c *cast) told(events ...string) {
	c.w.Helper()
	c.until(fmt.Sprintf("events: %q", events), func() bool { return len(c.events) >= len(events) })
	c.w.Settle()
	require.Equal(c.w, append([]string{}, events...), c.trace())
	c.forgetEvents()
}

// toldOf is told for groups, where it is open when exactly, while the others are
// stopped, a restart is told.
func (c *cast) toldOf(restarting, rest []string) {
	c.w.Helper()
	c.until(fmt.Sprintf("events: %q and %q", restarting, rest), func() bool { return len(c.events) >= len(restarting)+len(rest) })
	c.w.Settle()
	gotRestarting, gotRest := []string{}, []string{}
	for _, e := range c.trace() {
		if strings.HasPrefix(e, "restarting") {
			gotRestarting = append(gotRestarting, e)
		} else {
			gotRest = append(gotRest, e)
		}
	}
	require.Equal(c.w, restarting, gotRestarting)
	require.Equal(c.w, rest, gotRest)
	c.forgetEvents()
}

func (c *cast) forgetEvents() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events = nil
}

// event waits for the nth event, from 1 on, of a kind for a path.
func (c *cast) event(kind sup.EventKind, path string, n int) sup.Event {
	c.w.Helper()
	var found sup.Event
	c.until(fmt.Sprintf("event %d of kind %v for %q", n, kind, path), func() bool {
		left := n
		for _, e := range c.events {
			if e.Kind == kind && e.Path == path {
				if left--; left == 0 {
					found = e
					return true
				}
			}
		}
		return false
	})
	return found
}

func eventText(e sup.Event) string {
	kinds := map[sup.EventKind]string{
		sup.ChildStarted: "started", sup.ChildStartFailed: "start failed", sup.ChildEnded: "ended",
		sup.ChildRestarting: "restarting", sup.ChildGivenUp: "given up", sup.GaveUp: "gave up",
		sup.StoppingAll: "stopping all",
	}
	text := strings.TrimSpace(kinds[e.Kind] + " " + e.Path)
	if e.Kind == sup.ChildRestarting {
		text += fmt.Sprintf(" attempt %d after %v", e.Attempt, e.After)
	}
	return text
}
