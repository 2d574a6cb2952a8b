package sim

import "math/rand/v2"

// Random chooses among all options, each as likely as the others.
func Random() Strategy { return new(randomly) }

type randomly struct{ random *rand.Rand }

func (*randomly) String() string                   { return "random" }
func (r *randomly) Begin(random *rand.Rand, _ int) { r.random = random }
func (r *randomly) Choose(options []Step) int      { return r.random.IntN(len(options)) }
