// Ratios runs the sides of each comparison in turn, several rounds of them, and
// prints how the first one compares with the second: the median of each, the
// median of the ratios of the rounds, and the least and the largest of these.
// What else runs on the machine changes the times more than the ratios, and the
// work of the processors, whose ratio is in the column cpu, least.
//
// A target that is missed is no failure: the exit status is 1 only if something
// could not be measured.
package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/harkgo/hark/bench"
)

func main() {
	bench.Child()
	flags := flag.NewFlagSet("ratios", flag.ExitOnError)
	rounds := flags.Int("rounds", 5, "how many times each side is run")
	only := flags.String("only", "", "a regular expression: the comparisons to run")
	duration := flags.Duration("time", 300*time.Millisecond,
		"how long each side is run in each round; those that need a certain number of operations do as many")
	every := flags.Bool("all", false, "run also the sides that have no target")
	large := flags.Bool("large", false, "a million idle processes, ten million queued messages")
	flags.IntVar(&bench.IdleServers, "servers", 0, "how many idle servers, instead of a hundred thousand or a million")
	_ = flags.Parse(os.Args[1:]) // ends the program itself
	pattern, err := regexp.Compile(*only)
	if err != nil || *rounds < 1 {
		fmt.Fprintln(os.Stderr, "ratios: -rounds must be positive, -only a regular expression", err)
		os.Exit(2)
	}

	testing.Init()
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "workload\tunit\thark\trival\tratio\trange\tcpu\ttarget\t")
	failed := false
	for _, c := range bench.All(*large) {
		if !pattern.MatchString(c.Name) {
			continue
		}
		fmt.Fprintln(os.Stderr, c.Name)
		sides := c.Sides
		if !*every {
			sides = sides[:min(2, len(sides))]
		}
		results, err := interleave(sides, *rounds, benchTime(c, *duration))
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s/%v; the benchmark of that name says why\n", c.Name, err)
			failed = true
			continue
		}
		for _, row := range rowsOf(c) {
			for _, line := range compare(sides, results, row) {
				fmt.Fprintf(table, "%s\t%s\t%s\n", c.Name, row.Unit, line)
			}
		}
	}
	_ = table.Flush()
	if failed {
		os.Exit(1)
	}
}

// benchTime is the -test.benchtime of a comparison.
func benchTime(c bench.Comparison, d time.Duration) string {
	if c.N > 0 {
		return fmt.Sprintf("%dx", c.N)
	}
	return d.String()
}

func rowsOf(c bench.Comparison) []bench.Row {
	if c.Rows == nil {
		return []bench.Row{{Unit: "ns/op"}}
	}
	return c.Rows
}

// interleave runs the sides in turn, in each second round the other way round,
// and returns the results of each.
func interleave(sides []bench.Side, rounds int, benchTime string) ([][]testing.BenchmarkResult, error) {
	if err := flag.Set("test.benchtime", benchTime); err != nil {
		return nil, err
	}
	results := make([][]testing.BenchmarkResult, len(sides))
	for round := range rounds {
		for i := range sides {
			if round%2 == 1 {
				i = len(sides) - 1 - i
			}
			r := testing.Benchmark(sides[i].Run)
			if r.N == 0 {
				return nil, fmt.Errorf("%s has failed", sides[i].Name)
			}
			results[i] = append(results[i], r)
		}
	}
	return results, nil
}
