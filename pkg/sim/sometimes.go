package sim

// scenario is something that shall happen in some run.
type scenario struct {
	name     string
	holds    func() bool // nil: only who says so
	happened bool        // in this run
}

// Sometimes says that a test is worth little unless in some of its runs holds is true
// between two steps: [Check] fails if that never is so, in no run. With a nil
// function the scenario has happened when [Sim.Happened] says so. Call it at the start of
// the body: what no run comes to is not missed.
//
// It is judged by the number of runs that the test itself asks for. With fewer of them,
// by -short or -sim.runs, what never happened is only logged, and when one run is
// repeated it does not matter.
func (s *Sim) Sometimes(name string, holds func() bool) {
	s.s.enter()
	s.s.touchEverything()
	s.s.scenario(name).holds = holds
}

// Happened says that the scenario has happened in this run. The run fails if
// [Sim.Sometimes] has not said before that there is one of this name.
func (s *Sim) Happened(name string) {
	s.s.enter()
	for _, sc := range s.s.scenarios {
		if sc.name == name {
			sc.happened = true
			return
		}
	}
	s.s.refuse(misused("Happened: Sometimes has not said before that %q is to happen%s", name, s.s.declared()))
}

// declared lists the scenarios there are, as the end of a sentence.
func (s *scheduler) declared() string {
	if len(s.scenarios) == 0 {
		return ""
	}
	names := make([]string, len(s.scenarios))
	for i, sc := range s.scenarios {
		names[i] = sc.name
	}
	return "; it has of " + quotedAll(names)
}

func (s *scheduler) scenario(name string) *scenario {
	for _, sc := range s.scenarios {
		if sc.name == name {
			return sc
		}
	}
	sc := &scenario{name: name}
	s.scenarios = append(s.scenarios, sc)
	return sc
}

func (s *scheduler) checkScenarios() {
	for _, sc := range s.scenarios {
		if sc.happened || sc.holds == nil {
			continue
		}
		err := invariant{sc.name, func() error { sc.happened = sc.holds(); return nil }}.check()
		if err != nil {
			s.fail(failurePanic, "sometimes %s: %v", sc.name, err)
			return
		}
	}
}
