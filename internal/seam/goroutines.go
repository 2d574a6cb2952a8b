package seam

import (
	"math/rand/v2"
	"runtime"
	"time"
)

// Goroutines is the scheduler of production: goroutines and Go's own timers.
type Goroutines struct{ start time.Time }

// NewGoroutines returns a production scheduler whose Elapsed begins now.
func NewGoroutines() *Goroutines { return &Goroutines{start: time.Now()} }

func (g *Goroutines) Go(_ *Waiter, run func()) { go run() }
func (g *Goroutines) Park(w *Waiter)           { w.Wait() }
func (g *Goroutines) Ready(w *Waiter)          { w.Signal() }
func (g *Goroutines) Yield()                   { runtime.Gosched() }

func (g *Goroutines) Now() time.Time         { return time.Now() }
func (g *Goroutines) Elapsed() time.Duration { return time.Since(g.start) }

func (g *Goroutines) AfterFunc(d time.Duration, f func()) Timer {
	return time.AfterFunc(d, f)
}

func (g *Goroutines) Seed() (uint64, uint64) { return rand.Uint64(), rand.Uint64() }

func (g *Goroutines) Steps() Stepper { return nil }
