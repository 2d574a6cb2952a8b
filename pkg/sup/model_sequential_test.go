package sup_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/harkgo/hark/pkg/sup"
)

// This file is the model that supervisors are compared with: the rules of U1 to
// U8, written down as one sequential program. What takes processes, messages and
// time is a function call here.

// modelPeriod is the period of all supervisors. Steps let multiples of 3 s pass,
// so that no two restarts are just that far apart.
const modelPeriod = 10 * time.Second

// modelChild describes a child; it is a supervisor if it has a spec.
type modelChild struct {
	id          string
	restart     sup.Restart
	significant bool
	spec        *modelSpec
}

type modelSpec struct {
	strategy  sup.Strategy
	auto      sup.AutoShutdown
	intensity int
	children  []*modelChild
}

// modelLife is one child of a running supervisor.
type modelLife struct {
	*modelChild
	running  bool
	restarts int
	sup      *modelSup // while it runs, if it is a supervisor
}

// modelSup is one life of a supervisor.
type modelSup struct {
	m        *sequential
	spec     *modelSpec
	path     string
	parent   *modelSup  // nil for the root
	as       *modelLife // what it is to its parent
	children []*modelLife
	window   []time.Time
	dead     bool
	crashed  bool // how it ended
}

// sequential is the model.
type sequential struct {
	root    *modelSup
	failing map[string]int // how many of the next starts of a worker fail
	notes   []string
	gaveUp  []string
}

func (m *sequential) note(what string) { m.notes = append(m.notes, what) }

// start starts a supervisor; false if it did not, and then all is stopped again.
func (m *sequential) start(spec *modelSpec, path string, parent *modelSup, as *modelLife) (*modelSup, bool) {
	s := &modelSup{m: m, spec: spec, path: path, parent: parent, as: as}
	for _, c := range spec.children {
		s.children = append(s.children, &modelLife{modelChild: c})
	}
	for _, c := range s.children {
		if !s.startChild(c) {
			s.stopAll("asked")
			s.dead = true
			return nil, false
		}
	}
	return s, true
}

// startChild starts a child, once.
func (s *modelSup) startChild(c *modelLife) bool {
	if c.spec != nil {
		c.sup, c.running = s.m.start(c.spec, join(s.path, c.id), s, c)
		return c.running
	}
	s.m.note(c.id + " starts")
	if s.m.failing[c.id] > 0 {
		s.m.failing[c.id]--
		return false
	}
	c.running = true
	return true
}

func join(path, id string) string {
	if path == "" {
		return id
	}
	return path + "/" + id
}

// stopChild stops a child, which is asked or cleans up.
func (s *modelSup) stopChild(c *modelLife, how string) {
	if !c.running {
		return
	}
	c.running = false
	if c.sup != nil {
		c.sup.stopAll(how)
		c.sup.dead = true
		c.sup = nil
	} else {
		s.m.note(c.id + " " + how)
	}
}

func (s *modelSup) stopAll(how string) {
	for _, c := range slices.Backward(s.children) {
		s.stopChild(c, how)
	}
}

// ends is the end of the supervisor itself, by whatever its children were stopped.
func (s *modelSup) ends(how string, crash bool) {
	s.stopAll(how)
	s.dead, s.crashed = true, crash
	if s.parent != nil {
		s.as.running, s.as.sup = false, nil
		s.parent.childEnded(s.as, crash)
	}
}

// killed is its end by a kill: nobody is asked anything.
func (s *modelSup) killed() {
	s.forgetAll()
	if s.parent != nil {
		s.as.running, s.as.sup = false, nil
		s.parent.childEnded(s.as, true)
	}
}

func (s *modelSup) forgetAll() {
	s.dead, s.crashed = true, true
	for _, c := range s.children {
		if c.sup != nil {
			c.sup.forgetAll()
		}
		c.running, c.sup = false, nil
	}
}

// childEnded is the end of a child by itself.
func (s *modelSup) childEnded(c *modelLife, crash bool) {
	c.running = false
	if c.restart == sup.Permanent || c.restart == sup.Transient && crash {
		s.restartFor(c)
		return
	}
	if c.restart == sup.Temporary {
		s.drop(c)
	}
	if !c.significant {
		return
	}
	switch s.spec.auto {
	case sup.AnySignificant:
		s.ends("asked", false)
	case sup.AllSignificant:
		if !slices.ContainsFunc(s.children, func(o *modelLife) bool { return o.significant && o.running }) {
			s.ends("asked", false)
		}
	}
}

func (s *modelSup) drop(c *modelLife) {
	s.children = slices.DeleteFunc(s.children, func(o *modelLife) bool { return o == c })
}

// restartFor restarts what the strategy says for c, until that succeeds or the
// supervisor gives up.
func (s *modelSup) restartFor(c *modelLife) {
	for c != nil {
		now := time.Now()
		s.window = slices.DeleteFunc(s.window, func(at time.Time) bool { return now.Sub(at) > modelPeriod })
		if len(s.window) >= max(s.spec.intensity, 0) {
			s.m.gaveUp = append(s.m.gaveUp, fmt.Sprintf("%s: %s after %d", s.path, c.id, len(s.window)))
			s.ends("asked", true)
			return
		}
		s.window = append(s.window, now)
		var group []*modelLife
		switch s.spec.strategy {
		case sup.OneForOne:
			group = []*modelLife{c}
		case sup.RestForOne:
			group = slices.Clone(s.children[slices.Index(s.children, c):])
		case sup.OneForAll:
			group = slices.Clone(s.children)
		}
		for _, o := range slices.Backward(group) {
			s.stopChild(o, "asked")
			if o.restart == sup.Temporary {
				s.drop(o)
			}
		}
		c = s.startGroup(group)
	}
}

// startGroup starts a group in order, and returns the one that failed.
func (s *modelSup) startGroup(group []*modelLife) *modelLife {
	for _, o := range group {
		if o.restart == sup.Temporary {
			continue
		}
		o.restarts++
		if !s.startChild(o) {
			return o
		}
	}
	return nil
}

// child finds a child by its id.
func (s *modelSup) child(id string) *modelLife {
	for _, c := range s.children {
		if c.id == id {
			return c
		}
	}
	return nil
}

// What operations do; the text is the type of their refusal.

func (s *modelSup) StartChild(c *modelChild) string {
	if s.child(c.id) != nil {
		return "AlreadyStarted"
	}
	added := &modelLife{modelChild: c}
	s.children = append(s.children, added)
	if !s.startChild(added) {
		s.drop(added)
		return "StartFailed"
	}
	return ""
}

func (s *modelSup) StopChild(id string) string {
	c := s.child(id)
	if c == nil {
		return "NotFound"
	}
	s.stopChild(c, "asked")
	if c.restart == sup.Temporary {
		s.drop(c)
	}
	return ""
}

func (s *modelSup) RestartChild(id string) string {
	c := s.child(id)
	switch {
	case c == nil:
		return "NotFound"
	case c.running:
		return "StillRunning"
	case !s.startChild(c):
		return "StartFailed"
	}
	return ""
}

func (s *modelSup) DeleteChild(id string) string {
	c := s.child(id)
	switch {
	case c == nil:
		return "NotFound"
	case c.running:
		return "StillRunning"
	}
	s.drop(c)
	return ""
}

// sups is all live supervisors, from the root down.
func (s *modelSup) sups() []*modelSup {
	if s.dead {
		return nil
	}
	all := []*modelSup{s}
	for _, c := range s.children {
		if c.sup != nil {
			all = append(all, c.sup.sups()...)
		}
	}
	return all
}

// workers is the running workers of a tree.
func (s *modelSup) workers() []*modelLife {
	var all []*modelLife
	for _, of := range s.sups() {
		for _, c := range of.children {
			if c.running && c.spec == nil {
				all = append(all, c)
			}
		}
	}
	return all
}

// of is the supervisor of a running child.
func (s *modelSup) of(c *modelLife) *modelSup {
	for _, of := range s.sups() {
		if slices.Contains(of.children, c) {
			return of
		}
	}
	return nil
}
