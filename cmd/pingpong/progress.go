package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress shows how far the game is: done from 0 to 1, and the balls so far.
type progress interface {
	show(done float64, balls uint64)
	end()
}

// newProgress is a live line if w is a terminal, plain lines if not.
func newProgress(w io.Writer) progress {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &liveProgress{progressbar.NewOptions(liveSteps,
			progressbar.OptionSetWriter(w),
			progressbar.OptionSetWidth(30),
			progressbar.OptionSetDescription("playing"),
			progressbar.OptionThrottle(50*time.Millisecond),
			progressbar.OptionClearOnFinish())}
	}
	return &plainProgress{w: w}
}

const liveSteps = 1000

type liveProgress struct{ bar *progressbar.ProgressBar }

func (p *liveProgress) show(done float64, balls uint64) {
	p.bar.Describe(fmt.Sprintf("playing: %14s balls", count(balls)))
	_ = p.bar.Set(int(done * (liveSteps - 1))) // the last step is end's
}

func (p *liveProgress) end() { _ = p.bar.Finish() }

// plainProgress writes a line at first, and then at most one each second.
type plainProgress struct {
	w    io.Writer
	last time.Time
}

func (p *plainProgress) show(done float64, balls uint64) {
	if now := time.Now(); now.Sub(p.last) >= time.Second {
		p.last = now
		fmt.Fprintf(p.w, "playing: %3.0f %%, %s balls\n", 100*done, count(balls))
	}
}

func (p *plainProgress) end() {}
