package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// measurement is run in a process of the operating system of its own, and
// reports values by their units.
type measurement struct {
	name string
	run  func(n int) map[string]float64
}

// childVariable tells the program that it is such a process: for which
// measurement, and how large.
const childVariable = "HARK_BENCH_MEASUREMENT"

// Child makes the measurement that the program has been started for, if it has,
// and ends the program then. Every program that runs benchmarks of this package
// calls it first.
func Child() {
	variable, ok := os.LookupEnv(childVariable)
	if !ok {
		return
	}
	if err := measure(variable); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func measure(variable string) error {
	name, size, _ := strings.Cut(variable, "=")
	n, err := strconv.Atoi(size)
	if err != nil {
		return fmt.Errorf("the size of %q: %w", variable, err)
	}
	for _, m := range measurements {
		if m.name == name {
			return json.NewEncoder(os.Stdout).Encode(m.run(n))
		}
	}
	return fmt.Errorf("there is no measurement %q", name)
}

var measurements = []measurement{
	idleHark, idleHarkOr, idleHarkCalled, idleChannels, idleServers,
	backlogHark, backlogHarkAside, backlogChannels,
}

// of is m as a benchmark: the mean of what b.N such processes report. Under the
// race detector n is smaller: it allows few goroutines, and makes each large.
func (m measurement) of(n int) func(*testing.B) {
	if raceDetector {
		n = min(n, 5000)
	}
	return func(b *testing.B) {
		sum := make(map[string]float64)
		for range b.N {
			values, err := m.start(n)
			if err != nil {
				b.Fatal(err)
			}
			for unit, value := range values {
				sum[unit] += value
			}
		}
		for unit, value := range sum {
			b.ReportMetric(value/float64(b.N), unit)
		}
		b.ReportMetric(0, perOp) // says nothing
	}
}

// start runs m in a process of its own.
func (m measurement) start(n int) (values map[string]float64, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	child := exec.Command(self)
	child.Env = append(os.Environ(), fmt.Sprintf("%s=%s=%d", childVariable, m.name, n))
	child.Stderr = os.Stderr
	out, err := child.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.name, err)
	}
	return values, json.Unmarshal(out, &values)
}
