package sim

import "flag"

var (
	flagReplay = flag.String("sim.replay", "", "repeat the one run of a simulated test that this describes; it is in the report of its failure")
	flagSeed   = flag.Uint64("sim.seed", 0, "the seed of simulated tests; 0: each has its own")
	flagRuns   = flag.Int("sim.runs", 0, "the number of runs of each simulated test; 0: what the test says")
	flagTrace  = flag.Bool("sim.trace", false, "show all of the trace of a run that fails")

	flagNoShrink = flag.Bool("sim.noshrink", false, "report a run that fails as it is, and do not look for a smaller one that does")
)

// Option sets something of a [Check].
type Option func(*check)

// Runs sets how many runs there are: 1000 unless set. With -short it is a tenth.
func Runs(n int) Option { return func(c *check) { c.runs = n } }

// Seed sets the seed that those of the runs are derived from. By default it comes
// from the name of the test: what has passed goes on to pass.
func Seed(seed uint64) Option { return func(c *check) { c.seed = seed } }

// Strategies sets the strategies, which take turns. The default is [Portfolio].
func Strategies(all ...Strategy) Option { return func(c *check) { c.strategies = all } }

// Instant makes what is sent arrive at once, as in production. Otherwise the arrival
// is a step of its own, some time after the sending, and only what one process does
// to another one keeps its order.
func Instant() Option { return func(c *check) { c.instant = true } }

// StepLimit sets how many steps a run may have before it fails: 100,000 unless set.
// Past a tenth of it the strategy is not asked any more, and everybody takes turns:
// who only waits for others in a loop then ends, if it ever does.
func StepLimit(n int) Option { return func(c *check) { c.limit = n } }

// Unrepeatable says that the test has goroutines, or channels, of its own, and cannot
// be repeated exactly: no run is repeated to find that out. The line that a report has
// may then lead to another run.
func Unrepeatable() Option { return func(c *check) { c.unrepeatable = true } }

const (
	defaultRuns  = 1000
	defaultLimit = 100_000
	fairPart     = 10
	shortPart    = 10 // of the runs, with -short
	repeatEvery  = 32 // one run in so many is run twice
)
