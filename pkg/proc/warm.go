package proc

import (
	lists "container/list"
	"runtime"
	"sync"
	"time"

	"github.com/harkgo/hark/internal/seam"
)

// A goroutine that is started for one message and ends after it costs more than
// the message. So a process that has just been at work, and waits where it could
// hibernate, keeps its goroutine for a moment: it is warm. Only so many processes
// of a system are warm at a time.

const (
	// warmTime is how long a process stays warm that nothing comes for: up to
	// twice that.
	warmTime = 100 * time.Millisecond
	// maxWarm is how many are warm at most: a new one takes the place of the one
	// that has been it for longest.
	maxWarm = 1024
)

// warm is the list of the warm processes of a system, in the order in which they
// became it. Its lock is taken before that of a process, and not with that held.
type warm struct {
	sys  *System
	max  int
	time time.Duration

	mu    sync.Mutex
	list  lists.List // of *warmth
	nodes map[*Process]*warmth
	fresh bool       // there are some that have come since the latest sweep began
	timer seam.Timer // sweeps
	armed bool
}

// warmth is that of one process.
type warmth struct {
	p    *Process
	at   *lists.Element // in the list; nil: not any more
	seen stamp          // of the process, at the latest sweep; the sweep's own
}

// add makes p warm, which is about to wait. The goroutine of p calls it, without
// its lock.
func (w *warm) add(p *Process) {
	w.sys.touched()
	node := &warmth{p: p}
	w.mu.Lock()
	p.Lock()
	p.warm, node.seen = true, p.stamp
	p.Unlock()
	if w.nodes == nil {
		w.nodes = make(map[*Process]*warmth)
	}
	w.nodes[p] = node
	node.at, w.fresh = w.list.PushBack(node), true
	var oldest *warmth
	if w.list.Len() > w.max {
		oldest = w.list.Front().Value.(*warmth)
	}
	if !w.armed {
		w.arm()
	}
	w.mu.Unlock()
	if oldest != nil {
		w.cool(oldest)
	}
}

// remove takes out a process that does not wait in its loop any more.
func (w *warm) remove(p *Process) {
	w.sys.touched()
	w.mu.Lock()
	defer w.mu.Unlock()
	if node := w.nodes[p]; node != nil {
		w.unlist(node)
	}
	if w.list.Len() == 0 && w.armed {
		w.armed = !w.timer.Stop()
	}
}

// unlist takes node out of the list, if it is there. The lock must be held.
func (w *warm) unlist(node *warmth) {
	if node.at != nil {
		w.list.Remove(node.at)
		node.at = nil
		delete(w.nodes, node.p)
	}
}

func (w *warm) arm() {
	w.armed = true
	if w.timer == nil {
		w.timer = w.sys.sched.AfterFunc(w.time, w.sweep)
	} else {
		w.timer.Reset(w.time)
	}
}

// sweep lets those hibernate that have done nothing since the latest sweep.
func (w *warm) sweep() {
	w.sys.touched()
	begun := w.sys.clock.elapsed()
	w.mu.Lock()
	w.fresh = false
	all := make([]*warmth, 0, w.list.Len())
	for e := w.list.Front(); e != nil; e = e.Next() {
		all = append(all, e.Value.(*warmth))
	}
	w.mu.Unlock()
	hot := w.sys.sched.Production
	for _, node := range all {
		switch node.state() {
		case warmHot:
		case warmActive:
			hot = false
		case warmIdle:
			w.cool(node)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.armed = false
	switch {
	case w.list.Len() == 0:
	case hot && !w.fresh && w.sys.clock.elapsed() != begun:
		w.sweepAfterCollection()
	default:
		w.arm()
	}
}

// sweepAfterCollection sweeps again when memory has been collected. As long as a
// timer is pending the Go scheduler reads the clock at each switch, which costs
// two processes that are busy with each other a sixth of their speed. So if all
// that are warm are as busy as that there is no timer. They may stop at any moment,
// and nobody notices: then memory is given back when it is looked for.
// In a bubble, which who collects is not in, time stands still during a sweep.
func (w *warm) sweepAfterCollection() {
	sentinel := new(*warm) // found unused by the next collection
	runtime.SetFinalizer(sentinel, func(**warm) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.list.Len() > 0 && !w.armed {
			w.arm()
		}
	})
}

// warmState is what a warm process has done since the latest sweep.
type warmState uint8

const (
	warmIdle   warmState = iota // it has waited, or been busy with one thing
	warmActive                  // it has done several
	warmHot                     // and its state changes many times a millisecond
)

func (node *warmth) state() warmState {
	p := node.p
	p.Lock()
	defer p.Unlock()
	seen := node.seen
	node.seen = p.stamp
	switch {
	case p.stamp == seen:
		return warmIdle
	case p.hot < hotChanges:
		return warmActive
	}
	return warmHot
}

// cool takes node out, and makes its process one that may not keep its goroutine. If
// it works, it is warm again when it has done so, with another node: this one then
// says nothing of it any more, so what is in the list is always what is warm.
func (w *warm) cool(node *warmth) {
	p := node.p
	w.mu.Lock()
	if node.at == nil {
		w.mu.Unlock()
		return
	}
	w.unlist(node)
	p.Lock()
	ready := false
	if p.warm { // else it is about to take itself out
		p.warm = false
		ready = p.parked && p.lingers && p.state == packed(Receiving) && p.wake(byCooling)
	}
	p.Unlock()
	w.mu.Unlock()
	if ready {
		p.ready()
	}
}
