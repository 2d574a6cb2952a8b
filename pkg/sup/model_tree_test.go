package sup_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// Random trees under random crashes, kills, normal ends, operations, shutdowns
// and interrupts, one step after the other; after each step, when all has
// settled, compared with the sequential model: who runs, who was started and
// stopped in which order, the restart counts, who gave up.

// modelStep is one step of a program. Its numbers choose among what there is.
type modelStep struct {
	op      int
	who     int
	what    int
	failing int // how many of the next starts of a worker fail
}

var modelOps = []struct {
	name string
	do   func(r *modelRun, s modelStep) error
}{
	{"crash a worker", func(r *modelRun, s modelStep) error {
		return r.end(s, true, func(p proc.Pid[order]) { harness.Leave(p, errBroken) })
	}},
	{"end a worker", func(r *modelRun, s modelStep) error {
		return r.end(s, false, func(p proc.Pid[order]) { harness.Leave(p, nil) })
	}},
	{"kill a worker", func(r *modelRun, s modelStep) error { return r.end(s, true, func(p proc.Pid[order]) { p.Kill() }) }},
	{"let starts fail", (*modelRun).letFail},
	{"let time pass", func(r *modelRun, s modelStep) error {
		time.Sleep(time.Duration(s.what%5) * 3 * time.Second)
		return nil
	}},
	{"kill a supervisor", func(r *modelRun, s modelStep) error {
		return r.endSup(s, func(ref sup.Ref) { ref.Kill() }, func(m *modelSup) { m.killed() })
	}},
	{"ask a supervisor to finish", func(r *modelRun, s modelStep) error {
		return r.endSup(s, func(ref sup.Ref) { ref.Interrupt(proc.NormalExitRequested{}) }, func(m *modelSup) { m.ends("asked", false) })
	}},
	{"interrupt a supervisor", func(r *modelRun, s modelStep) error {
		return r.endSup(s, func(ref sup.Ref) { ref.Interrupt(proc.InterruptedBy{Value: errBroken}) }, func(m *modelSup) { m.ends("asked", true) })
	}},
	{"shut a supervisor down", func(r *modelRun, s modelStep) error {
		return r.endSup(s, func(ref sup.Ref) { ref.Shutdown(proc.ExitUnhandledError{Err: errBroken}) }, func(m *modelSup) { m.ends("cleans up", true) })
	}},
	{"shut a supervisor down normally", func(r *modelRun, s modelStep) error {
		return r.endSup(s, func(ref sup.Ref) { ref.Shutdown(proc.ExitNormally{}) }, func(m *modelSup) { m.ends("cleans up", false) })
	}},
	{"StartChild", (*modelRun).startChild},
	{"StopChild", func(r *modelRun, s modelStep) error {
		return r.operate(s, func(ref sup.Ref, id string) error { return ref.StopChild(r.w.Context(), id) }, (*modelSup).StopChild)
	}},
	{"RestartChild", func(r *modelRun, s modelStep) error {
		return r.operate(s, func(ref sup.Ref, id string) error { return errorOf(ref.RestartChild(r.w.Context(), id)) }, (*modelSup).RestartChild)
	}},
	{"DeleteChild", func(r *modelRun, s modelStep) error {
		return r.operate(s, func(ref sup.Ref, id string) error { return ref.DeleteChild(r.w.Context(), id) }, (*modelSup).DeleteChild)
	}},
}

func (s modelStep) String() string {
	return fmt.Sprintf("%s (%d, %d, %d)", modelOps[s.op].name, s.who, s.what, s.failing)
}

// TestModel_RandomTrees: random trees do what the model predicts.
func TestModel_RandomTrees(t *testing.T) {
	for range sized(20, 2) { // a check is a hundred programs
		rapid.Check(t, func(r *rapid.T) { modelProgram(t, r) })
	}
}

// sized is the size of a test, or a smaller one for -short.
func sized(full, short int) int {
	if testing.Short() {
		return short
	}
	return full
}

func modelProgram(t *testing.T, r *rapid.T) {
	ids := 0
	spec := drawSpec(r, 3, &ids)
	steps := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) modelStep {
		return modelStep{
			op:      rapid.IntRange(0, len(modelOps)-1).Draw(r, "op"),
			who:     rapid.IntRange(0, 20).Draw(r, "who"),
			what:    rapid.IntRange(0, 20).Draw(r, "what"),
			failing: rapid.IntRange(1, 3).Draw(r, "failing"),
		}
	}), 1, 40).Draw(r, "steps")
	var err error
	harness.Virtually(t, func(w *world) { err = runModel(w, spec, ids, steps) })
	if err != nil {
		r.Fatal(err)
	}
}

// drawSpec draws a supervisor with at most depth levels.
func drawSpec(r *rapid.T, depth int, ids *int) *modelSpec {
	spec := &modelSpec{
		strategy:  rapid.SampledFrom([]sup.Strategy{sup.OneForOne, sup.OneForAll, sup.RestForOne}).Draw(r, "strategy"),
		auto:      rapid.SampledFrom([]sup.AutoShutdown{sup.Never, sup.AnySignificant, sup.AllSignificant}).Draw(r, "auto-shutdown"),
		intensity: rapid.SampledFrom([]int{-1, 1, 2, 5, 20}).Draw(r, "intensity"),
	}
	for range rapid.IntRange(0, 4).Draw(r, "children") {
		c := drawChild(r, spec, ids)
		if depth > 1 && rapid.IntRange(0, 2).Draw(r, "nested") == 0 {
			c.id = "n" + c.id
			c.spec = drawSpec(r, depth-1, ids)
		}
		spec.children = append(spec.children, c)
	}
	return spec
}

func drawChild(r *rapid.T, spec *modelSpec, ids *int) *modelChild {
	c := &modelChild{
		id:      fmt.Sprint(*ids),
		restart: rapid.SampledFrom([]sup.Restart{sup.Permanent, sup.Transient, sup.Temporary}).Draw(r, "restart"),
	}
	*ids++
	if spec.auto != sup.Never && c.restart != sup.Permanent {
		c.significant = rapid.Bool().Draw(r, "significant")
	}
	return c
}

// modelRun is a program that runs.
type modelRun struct {
	w     *world
	c     *cast
	m     *sequential
	root  sup.Ref
	added int // children so far
}

// runModel runs a program and tells where the supervisors and the model differ.
func runModel(w *world, spec *modelSpec, ids int, steps []modelStep) error {
	s := w.Quiet()
	r := &modelRun{w: w, c: newCast(w), m: &sequential{failing: map[string]int{}}, added: ids}
	r.root = newKeeper(w, s).start(r.spec(spec))
	r.m.root, _ = r.m.start(spec, "", nil, nil)
	if err := r.compare(); err != nil {
		return fmt.Errorf("start of\n%v\n%w", listing(spec), err)
	}
	for i, step := range steps {
		if r.m.root.dead {
			break
		}
		err := modelOps[step.op].do(r, step)
		w.Settle()
		if err == nil {
			err = r.compare()
		}
		if err != nil {
			return fmt.Errorf("%v\nstep %d of %v: %w", listing(spec), i, steps[:i+1], err)
		}
	}
	return nil
}

// spec is what the description means to sup.
func (r *modelRun) spec(m *modelSpec) sup.Spec {
	s := sup.Spec{Strategy: m.strategy, AutoShutdown: m.auto, Intensity: m.intensity, Period: modelPeriod}
	for _, c := range m.children {
		s.Children = append(s.Children, r.child(c))
	}
	return s
}

func (r *modelRun) child(m *modelChild) sup.Child {
	c := r.c.child(m.id)
	if m.spec != nil {
		c = sup.Supervisor(m.id, r.spec(m.spec))
	}
	c.Restart, c.Significant = m.restart, m.significant
	return c
}

// find leads to the running supervisor with that path.
func (r *modelRun) find(path string) (sup.Ref, error) {
	ref := r.root
	if path == "" {
		return ref, nil
	}
	for id := range strings.SplitSeq(path, "/") {
		var err error
		if ref, err = ref.Supervisor(r.w.Context(), id); err != nil {
			return ref, fmt.Errorf("supervisor %q of %q: %w", id, path, err)
		}
	}
	return ref, nil
}

// end ends a worker.
func (r *modelRun) end(s modelStep, crash bool, how func(proc.Pid[order])) error {
	workers := r.m.root.workers()
	if len(workers) == 0 {
		return nil
	}
	c := workers[s.who%len(workers)]
	how(r.c.now(c.id))
	r.m.root.of(c).childEnded(c, crash)
	return nil
}

// letFail lets the next starts of a worker fail.
func (r *modelRun) letFail(s modelStep) error {
	workers := r.m.root.workers()
	if len(workers) == 0 {
		return nil
	}
	c := workers[s.who%len(workers)]
	r.m.failing[c.id] = s.failing
	r.c.is(c.id, manner{fail: errBroken, times: s.failing})
	return nil
}

// sup chooses a supervisor: the model's and the real one.
func (r *modelRun) sup(s modelStep) (*modelSup, sup.Ref, error) {
	sups := r.m.root.sups()
	m := sups[s.who%len(sups)]
	ref, err := r.find(m.path)
	return m, ref, err
}

// endSup ends a supervisor, preferably not the root.
func (r *modelRun) endSup(s modelStep, how func(sup.Ref), model func(*modelSup)) error {
	m, ref, err := r.sup(s)
	if err != nil {
		return err
	}
	if m == r.m.root && s.what%4 > 0 {
		return nil
	}
	how(ref)
	model(m)
	return nil
}

// startChild adds a worker, now and then one whose id is in use.
func (r *modelRun) startChild(s modelStep) error {
	m, ref, err := r.sup(s)
	if err != nil {
		return err
	}
	c := &modelChild{id: fmt.Sprint(r.added), restart: sup.Restart(s.what % 3)}
	if c.restart != sup.Permanent && m.spec.auto != sup.Never {
		c.significant = s.what%2 == 0
	}
	if s.what%5 == 0 && len(m.children) > 0 {
		c.id = m.children[s.what%len(m.children)].id
	} else if r.added++; s.what%4 == 0 {
		r.m.failing[c.id] = 1
		r.c.is(c.id, manner{fail: errBroken, times: 1})
	}
	return r.refusal(errorOf(ref.StartChild(r.w.Context(), r.child(c))), m.StartChild(c))
}

// operate does an operation with a child, now and then with one that there is not.
func (r *modelRun) operate(s modelStep, do func(sup.Ref, string) error, model func(*modelSup, string) string) error {
	m, ref, err := r.sup(s)
	if err != nil {
		return err
	}
	id := "nobody"
	if n := len(m.children); n > 0 && s.what%7 < 6 {
		id = m.children[s.what%n].id
	}
	return r.refusal(do(ref, id), model(m, id))
}

// refusal compares an error with the name of its type.
func (r *modelRun) refusal(err error, want string) error {
	got := ""
	if err != nil {
		got = fmt.Sprintf("%T: %v", err, err)
		for name, is := range map[string]bool{
			"AlreadyStarted": isA[sup.AlreadyStarted](err), "NotFound": isA[sup.NotFound](err),
			"StillRunning": isA[sup.StillRunning](err), "StartFailed": isA[sup.StartFailed](err),
		} {
			if is {
				got = name
			}
		}
	}
	if got != want {
		return fmt.Errorf("refused with %q, not %q", got, want)
	}
	return nil
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// compare compares everything with the model.
func (r *modelRun) compare() error {
	notes := r.c.diary()
	for i, note := range notes {
		notes[i], _, _ = strings.Cut(note, " beside")
	}
	r.c.forget()
	want := r.m.notes
	r.m.notes = nil
	if !slices.Equal(notes, want) {
		return fmt.Errorf("what happened: %q, not %q", notes, want)
	}
	if r.root.Alive() == r.m.root.dead {
		return fmt.Errorf("the root is alive: %v (%v)", r.root.Alive(), r.root.Reason())
	}
	if r.m.root.dead {
		return r.compareEnd()
	}
	for _, m := range r.m.root.sups() {
		if err := r.compareSup(m); err != nil {
			return fmt.Errorf("supervisor %q: %w", m.path, err)
		}
	}
	return nil
}

// compareEnd compares how the root has ended.
func (r *modelRun) compareEnd() error {
	reason := r.root.Reason()
	if crashed := reason.Severity() == proc.Crash; crashed != r.m.root.crashed {
		return fmt.Errorf("the root ended with %v; a crash is right: %v", reason, r.m.root.crashed)
	}
	many, gaveUp := errors.AsType[sup.TooManyRestarts](reason)
	if n := len(r.m.gaveUp); gaveUp && (n == 0 || !strings.HasPrefix(r.m.gaveUp[n-1], ": ") ||
		r.m.gaveUp[n-1] != fmt.Sprintf(": %s after %d", many.Child, many.Restarts)) {
		return fmt.Errorf("the root ended with %v; those that gave up are %q", reason, r.m.gaveUp)
	}
	for id, lives := range r.c.lives {
		if lives[len(lives)-1].Alive() {
			return fmt.Errorf("%s outlived its supervisor", id)
		}
	}
	return nil
}

func (r *modelRun) compareSup(m *modelSup) error {
	ref, err := r.find(m.path)
	if err != nil {
		return err
	}
	var got, want []string
	all, err := ref.Children(r.w.Context())
	if err != nil {
		return err
	}
	for _, s := range all {
		running := s.State == sup.Running
		got = append(got, fmt.Sprintf("%s running %v, %d restarts", s.Child, running, s.Restarts))
		if running != s.ID.Alive() || !running && s.State != sup.Stopped {
			return fmt.Errorf("%s is %v, and alive: %v", s.Child, s.State, s.ID.Alive())
		}
		if running && s.Kind == sup.WorkerKind && s.ID != r.c.now(s.Child).ID {
			return fmt.Errorf("%s is listed as %v, its last life is %v", s.Child, s.ID, r.c.now(s.Child).ID)
		}
	}
	for _, c := range m.children {
		want = append(want, fmt.Sprintf("%s running %v, %d restarts", c.id, c.running, c.restarts))
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("its children: %q, not %q", got, want)
	}
	return nil
}

// listing is a description as text.
func listing(spec *modelSpec) string {
	var text strings.Builder
	var write func(spec *modelSpec, indent string)
	write = func(spec *modelSpec, indent string) {
		fmt.Fprintf(&text, "%v, auto-shutdown %v, intensity %d\n", spec.strategy, spec.auto, spec.intensity)
		for _, c := range spec.children {
			fmt.Fprintf(&text, "%s%s %v", indent, c.id, c.restart)
			if c.significant {
				text.WriteString(" significant")
			}
			if c.spec != nil {
				text.WriteString(": ")
				write(c.spec, indent+"  ")
			} else {
				text.WriteString("\n")
			}
		}
	}
	write(spec, "  ")
	return text.String()
}
