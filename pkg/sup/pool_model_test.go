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

// poolModel is a pool as a sequential program: which keys are in use, which of
// them run, and what a step changes in that.
type poolModel struct {
	restart           sup.Restart
	perKey, intensity int
	period            time.Duration
	first, longest    time.Duration

	now     time.Duration
	keys    map[string]*poolKey
	failing map[string]int // how many of the next starts of a key fail
	starts  map[string]int
	window  []time.Duration
	givenUp int
	gaveUp  bool
}

type poolKey struct {
	running  bool
	due      time.Duration // if not
	upSince  time.Duration
	wasUp    bool
	row      int
	restarts int
	window   []time.Duration
}

// admits counts a restart in a window, if that has room.
func (m *poolModel) admits(window *[]time.Duration, limit int) bool {
	*window = slices.DeleteFunc(*window, func(at time.Duration) bool { return m.now-at >= m.period })
	if len(*window) >= limit {
		return false
	}
	*window = append(*window, m.now)
	return true
}

// comesUp is a start of a key; false if it fails.
func (m *poolModel) comesUp(id string) bool {
	m.starts[id]++
	k := m.keys[id]
	if m.failing[id] > 0 {
		m.failing[id]--
		return false
	}
	k.running, k.wasUp, k.upSince = true, true, m.now
	return true
}

func (m *poolModel) spawn(id string) string {
	if m.gaveUp {
		return "not running"
	}
	if _, used := m.keys[id]; used {
		return "already started"
	}
	m.keys[id] = &poolKey{}
	if !m.comesUp(id) {
		delete(m.keys, id)
		return "failed"
	}
	return "ok"
}

func (m *poolModel) stop(id string) string {
	if m.gaveUp {
		return "not running"
	}
	if _, used := m.keys[id]; !used {
		return "not found"
	}
	delete(m.keys, id)
	return "ok"
}

func (m *poolModel) end(id string, crash bool) {
	k := m.keys[id]
	k.running = false
	if m.restart == sup.Permanent || m.restart == sup.Transient && crash {
		m.again(id)
	} else {
		delete(m.keys, id)
	}
}

func (m *poolModel) again(id string) {
	k := m.keys[id]
	if m.perKey > 0 && !m.admits(&k.window, m.perKey) {
		m.givenUp++
		delete(m.keys, id)
		return
	}
	if m.intensity > 0 && !m.admits(&m.window, m.intensity) {
		m.gaveUp, m.keys = true, nil
		return
	}
	if k.wasUp && m.now-k.upSince >= m.period {
		k.row = 0
	}
	k.wasUp = false
	k.row++
	wait := m.first
	for range k.row - 1 {
		wait *= 2
	}
	if wait = min(wait, m.longest); wait > 0 {
		k.due = m.now + wait
		return
	}
	m.restartNow(id)
}

func (m *poolModel) restartNow(id string) {
	m.keys[id].restarts++
	if !m.comesUp(id) {
		m.again(id)
	}
}

// pass lets time pass, in which waits end.
func (m *poolModel) pass(d time.Duration) {
	until := m.now + d
	for !m.gaveUp {
		next := ""
		for _, id := range poolKeys {
			if k, used := m.keys[id]; used && !k.running && k.due <= until && (next == "" || k.due < m.keys[next].due) {
				next = id
			}
		}
		if next == "" {
			break
		}
		m.now = m.keys[next].due
		m.restartNow(next)
	}
	m.now = until
}

// state is what can be seen from outside. Of a pool that has given up it is no
// more than that: which of two restarts at the same moment came first is open.
func (m *poolModel) state() string {
	if m.gaveUp {
		return "gave up"
	}
	all := []string{}
	for _, id := range poolKeys {
		text := fmt.Sprintf("%s after %d starts", id, m.starts[id])
		if k, used := m.keys[id]; used {
			text += fmt.Sprintf(": running %v, %d restarts", k.running, k.restarts)
		}
		all = append(all, text)
	}
	return fmt.Sprintf("%q, %d keys, %d given up", all, len(m.keys), m.givenUp)
}

var poolKeys = []string{"a", "b", "c"}

// state is the same of the real pool.
func (p *pond) state() string {
	found, listed := p.found(), map[string]sup.Status{}
	if !p.Ref().Alive() && p.Len()+len(found) == 0 {
		return "gave up"
	}
	for _, st := range statuses(p.w, p.Ref()) {
		listed[st.Child] = st
	}
	all := []string{}
	for _, id := range poolKeys {
		text := fmt.Sprintf("%s after %d starts", id, p.c.count(id))
		if st, used := listed[id]; used {
			text += fmt.Sprintf(": running %v, %d restarts", slices.Contains(found, id), st.Restarts)
		}
		all = append(all, text)
	}
	givenUp := 0
	for _, e := range p.c.trace() {
		if len(e) > 8 && e[:8] == "given up" {
			givenUp++
		}
	}
	return fmt.Sprintf("%q, %d keys, %d given up", all, p.Len(), givenUp)
}

func outcome(err error) string {
	switch err.(type) {
	case nil:
		return "ok"
	case sup.AlreadyStarted:
		return "already started"
	case sup.NotFound:
		return "not found"
	case sup.StartFailed:
		return "failed"
	case proc.OtherProcessNotRunning:
		return "not running"
	}
	return fmt.Sprintf("%T: %v", err, err)
}

type poolStep struct {
	op      int
	key     string
	failing int
	pass    time.Duration
}

var poolOps = []string{"Spawn", "GetOrSpawn", "StopChild", "crash", "end", "kill"}

func (s poolStep) String() string {
	return fmt.Sprintf("%s %s (%d starts fail), then %v", poolOps[s.op], s.key, s.failing, s.pass)
}

// A pool does what a sequential model says: who is up, which keys are in use, how
// often each was started and restarted, which are given up, and when it gives up
// itself.
func TestPool_Model(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := &poolModel{
			restart:   rapid.SampledFrom([]sup.Restart{sup.Permanent, sup.Transient, sup.Temporary}).Draw(r, "restart"),
			perKey:    rapid.IntRange(0, 3).Draw(r, "per key"),
			intensity: rapid.IntRange(1, 8).Draw(r, "intensity"),
			period:    10 * time.Second,
			first:     rapid.SampledFrom([]time.Duration{0, time.Second, 3 * time.Second}).Draw(r, "first"),
			longest:   20 * time.Second,
			keys:      map[string]*poolKey{}, failing: map[string]int{}, starts: map[string]int{},
		}
		steps := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) poolStep {
			return poolStep{
				op:      rapid.IntRange(0, len(poolOps)-1).Draw(r, "op"),
				key:     rapid.SampledFrom(poolKeys).Draw(r, "key"),
				failing: rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(r, "failing"),
				pass:    time.Duration(rapid.SampledFrom([]int{0, 0, 1, 2, 5, 9, 10, 11, 30}).Draw(r, "pass")) * time.Second,
			}
		}), 1, 40).Draw(r, "steps")
		var problem error
		harness.Virtually(t, func(w *world) {
			p := &pond{w: w, c: newCast(w), s: w.Quiet()}
			p.k = newKeeper(w, p.s)
			spec := newPondSpec(p.c)
			spec.Restart, spec.PerKey, spec.Intensity, spec.Period = m.restart, m.perKey, m.intensity, m.period
			spec.Backoff = sup.Backoff{First: m.first, Max: m.longest}
			p.Pool = harness.Do(w, p.k.Pid, func(self *proc.Self[order]) *sup.Pool[string, int, order] {
				pool, err := sup.StartPool(self, spec)
				if err != nil {
					w.Fatal(err)
				}
				return pool
			})
			for i, step := range steps {
				got, want := p.take(m, step), step.predict(m)
				m.pass(step.pass)
				time.Sleep(step.pass)
				w.Settle()
				if got += ", " + p.state(); got != want+", "+m.state() {
					problem = fmt.Errorf("step %d of %v:\n got: %s\nwant: %s, %s", i, steps[:i+1], got, want, m.state())
					return
				}
			}
		})
		if problem != nil {
			r.Fatal(problem)
		}
	})
}

// possible reports whether a step can be taken: what is to end must run, and
// GetOrSpawn would wait for a restart.
func (s poolStep) possible(m *poolModel) bool {
	k, used := m.keys[s.key]
	if s.op == 1 {
		return !used || k.running
	}
	return s.op < 3 || used && k.running
}

func (p *pond) take(m *poolModel, s poolStep) string {
	if !s.possible(m) {
		return ""
	}
	p.c.is(s.key, manner{})
	if s.failing > 0 {
		p.c.is(s.key, manner{fail: errBroken, times: s.failing})
	}
	result := ""
	switch s.op {
	case 0:
		result = outcome(harness.Value(p.w, p.beginSpawn(s.key)).err)
	case 1:
		result = outcome(harness.Value(p.w, p.beginGet(s.key)).err)
	case 2:
		result = outcome(harness.Value(p.w, p.beginStop(s.key)))
	case 3:
		p.c.crash(s.key, errBroken)
	case 4:
		p.c.crash(s.key, nil)
	case 5:
		p.c.now(s.key).Kill()
	}
	p.w.Settle()
	return result
}

func (s poolStep) predict(m *poolModel) string {
	if !s.possible(m) {
		return ""
	}
	m.failing[s.key] = s.failing
	switch s.op {
	case 0:
		return m.spawn(s.key)
	case 1:
		if k, used := m.keys[s.key]; used && k.running {
			return "ok"
		}
		return m.spawn(s.key)
	case 2:
		return m.stop(s.key)
	default:
		m.end(s.key, s.op != 4)
		return ""
	}
}
