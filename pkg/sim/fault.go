package sim

// Fault is something that goes wrong in some of the runs of a test.
type Fault struct {
	most   int     // in one run
	chance float64 // at each opportunity; 0: another one in each run
	nth    int     // opportunity, instead of by chance; 0: none
}

// Fault lets faults happen in this run.
func (s *Sim) Fault(faults ...Fault) {
	s.s.enter()
	for _, f := range faults {
		s.s.injector.add(f)
	}
}
