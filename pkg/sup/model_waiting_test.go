package sup_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// Where things take time (back-off, children that start slowly, or stop slowly)
// random programs of crashes and operations meet each other half done. What
// becomes of that is not predicted; but some things hold always, and when nothing
// is done any more all comes to rest.

// waitingStep is one step: what is done to which child, and what time passes then.
type waitingStep struct{ op, child, pass int }

func (s waitingStep) String() string {
	return fmt.Sprintf("%s %c, %ds pass", waitingOps[s.op], 'a'+rune(s.child), s.pass)
}

var waitingOps = []string{"crash", "end", "kill", "StopChild", "RestartChild", "DeleteChild", "StartChild"}

func TestModel_AllComesToRest(t *testing.T) {
	for range sized(10, 2) {
		rapid.Check(t, func(r *rapid.T) { waitingProgram(t, r) })
	}
}

func waitingProgram(t *testing.T, r *rapid.T) {
	strategy := rapid.SampledFrom([]sup.Strategy{sup.OneForOne, sup.OneForAll, sup.RestForOne}).Draw(r, "strategy")
	backoff := sup.Backoff{First: time.Duration(rapid.IntRange(0, 4).Draw(r, "first")) * time.Second}
	if backoff.First > 0 {
		backoff.Max = 10 * time.Second
	}
	manners := rapid.SliceOfN(rapid.SampledFrom([]manner{
		{}, {}, {deaf: true}, {finish: time.Second}, {finish: 10 * time.Second}, {numb: true}, {stuck: true},
		{slow: true}, {fail: errBroken, times: 2},
	}), 4, 4).Draw(r, "manners")
	kinds := rapid.SliceOfN(rapid.SampledFrom([]sup.Restart{sup.Permanent, sup.Transient, sup.Temporary}), 4, 4).Draw(r, "kinds")
	steps := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) waitingStep {
		return waitingStep{
			op:    rapid.IntRange(0, len(waitingOps)-1).Draw(r, "op"),
			child: rapid.IntRange(0, 3).Draw(r, "child"),
			pass:  rapid.SampledFrom([]int{0, 0, 0, 1, 2, 3, 5, 20}).Draw(r, "pass"),
		}
	}), 1, 30).Draw(r, "steps")

	var problem error
	harness.Virtually(t, func(w *world) {
		s := w.Quiet()
		p := &waiting{c: newCast(w), kinds: kinds, strategy: strategy, stopped: map[string]int{}}
		spec := sup.Spec{Strategy: strategy, Intensity: many, Backoff: backoff}
		for i := range 4 {
			spec.Children = append(spec.Children, p.child(i))
		}
		p.ref = newKeeper(w, s).start(spec)
		for i, m := range manners {
			p.c.is(fmt.Sprintf("%c", 'a'+i), m)
		}
		for i, step := range steps {
			p.do(step)
			w.Settle()
			time.Sleep(time.Duration(step.pass) * time.Second)
			w.Settle()
			if err := p.check(false); err != nil {
				problem = fmt.Errorf("%v, manners %v, kinds %v: step %d of %v: %w", strategy, manners, kinds, i, steps[:i+1], err)
				return
			}
		}
		for i := range manners {
			p.c.is(fmt.Sprintf("%c", 'a'+i), manner{}) // from now on nobody is difficult
		}
		time.Sleep(time.Hour)
		w.Settle()
		if err := p.check(true); err != nil {
			problem = fmt.Errorf("%v, manners %v, kinds %v: an hour after %v: %w", strategy, manners, kinds, steps, err)
		}
	})
	if problem != nil {
		r.Fatal(problem)
	}
}

// waiting is such a program.
type waiting struct {
	c        *cast
	ref      sup.Ref
	kinds    []sup.Restart
	strategy sup.Strategy
	answers  []<-chan error
	stopped  map[string]int // how often a child had been started when it was stopped by hand
}

// child may be given a second to be ready; who is slow never is.
func (p *waiting) child(i int) sup.Child {
	return p.c.childWithin(fmt.Sprintf("%c", 'a'+i), time.Second, restart(p.kinds[i]))
}

func (p *waiting) do(s waitingStep) {
	id := fmt.Sprintf("%c", 'a'+rune(s.child))
	operate := func(f func() error) {
		got := harness.Async(p.c.w, f)
		p.answers = append(p.answers, got)
	}
	ctx := p.c.w.Context()
	switch waitingOps[s.op] {
	case "crash":
		harness.Leave(p.c.now(id), errBroken)
	case "end":
		harness.Leave(p.c.now(id), nil)
	case "kill":
		p.c.now(id).Kill()
	case "StopChild":
		operate(func() error {
			err := p.ref.StopChild(ctx, id)
			if err == nil {
				p.c.mu.Lock()
				p.stopped[id] = len(p.c.lives[id])
				p.c.mu.Unlock()
			}
			return err
		})
	case "RestartChild":
		p.forget(id)
		operate(func() error { return errorOf(p.ref.RestartChild(ctx, id)) })
	case "DeleteChild":
		operate(func() error { return p.ref.DeleteChild(ctx, id) })
	case "StartChild":
		p.forget(id)
		operate(func() error { return errorOf(p.ref.StartChild(ctx, p.child(s.child))) })
	}
}

func (p *waiting) forget(id string) {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	delete(p.stopped, id)
}

// check checks what always holds, and what does at rest.
func (p *waiting) check(rest bool) error {
	all, err := p.ref.Children(p.c.w.Context())
	if err != nil {
		return fmt.Errorf("it does not answer: %w", err)
	}
	listed := map[proc.ID]bool{}
	for _, s := range all {
		listed[s.ID] = true
		lives := s.State == sup.Running || s.State == sup.Starting || s.State == sup.Stopping
		if lives != s.ID.Alive() {
			return fmt.Errorf("%s is %v, and alive: %v", s.Child, s.State, s.ID.Alive())
		}
		if rest && s.State != sup.Running && s.State != sup.Stopped {
			return fmt.Errorf("%s is still %v", s.Child, s.State)
		}
		if s.State == sup.Stopped && s.Restart == sup.Temporary {
			return fmt.Errorf("%s is temporary and kept", s.Child)
		}
	}
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	for id, lives := range p.c.lives {
		alive := slices.DeleteFunc(slices.Clone(lives), func(pid proc.Pid[order]) bool { return !pid.Alive() })
		if len(alive) > 1 {
			return fmt.Errorf("there are %d of %s", len(alive), id)
		}
		if len(alive) == 1 && !listed[alive[0].ID] {
			return fmt.Errorf("%s is alive, and not listed", id)
		}
		if n, ok := p.stopped[id]; ok && p.strategy == sup.OneForOne && n != len(lives) {
			return fmt.Errorf("%s was started again after it had been stopped by hand", id)
		}
	}
	if rest {
		for _, answer := range p.answers {
			select {
			case <-answer:
			default:
				return fmt.Errorf("an operation has got no answer")
			}
		}
	}
	return nil
}
