package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
)

// headline says what is about to be played.
func headline(c config) string {
	pairs := "pairs"
	if c.pairs == 1 {
		pairs = "pair"
	}
	s := fmt.Sprintf("Hark ping-pong: %s %s, %s B payload", count(uint64(c.pairs)), pairs, count(uint64(c.payload)))
	if c.backlog > 0 {
		s += fmt.Sprintf(", %s messages queued at each player", count(uint64(c.backlog)))
	}
	if c.chaos {
		s += fmt.Sprintf(", chaos with seed %d", c.seed)
	}
	return s + fmt.Sprintf("; %d CPUs, %s", runtime.GOMAXPROCS(0), runtime.Version())
}

// json prints the report as one line.
func (r *Report) json(w io.Writer) {
	line, err := json.Marshal(r)
	if err != nil {
		panic(err) // there is nothing in a Report that JSON cannot say
	}
	fmt.Fprintf(w, "%s\n", line)
}

// text prints the report for people.
func (r *Report) text(w io.Writer) {
	if r.Interrupted {
		fmt.Fprintln(w, "Interrupted: this is what has been played.")
	}
	r.table(w)
	under := ""
	if r.Chaos != nil {
		under = " under chaos"
	}
	fmt.Fprintf(w, "\nTime per round trip%s: %.2f × that of channels (median of %d laps, played in turns).\n", under, r.TimeRatio, r.Laps)
	if r.NoBacklog != nil {
		fmt.Fprintf(w, "With %s unrelated messages queued at each player it takes %.2f × what it takes without.\n",
			count(uint64(r.Backlog)), r.BacklogTimeRatio)
	}
	if r.Chaos != nil {
		r.Chaos.text(w)
	}
	r.Balls.text(w)
}

// table has a column for each contender.
func (r *Report) table(w io.Writer) {
	names, figures := []string{"Hark"}, []Figures{r.Hark}
	if r.NoBacklog != nil {
		names, figures = append(names, "no backlog"), append(figures, *r.NoBacklog)
	}
	names, figures = append(names, "channels"), append(figures, r.Channels)

	fmt.Fprintln(w)
	row := func(label string, cell func(i int) string) {
		fmt.Fprintf(w, "%-30s", label)
		for i := range figures {
			fmt.Fprintf(w, "%16s", cell(i))
		}
		fmt.Fprintln(w)
	}
	row("", func(i int) string { return names[i] })
	row("round trips", func(i int) string { return count(figures[i].RoundTrips) })
	row("rate", func(i int) string { return count(uint64(figures[i].Rate)) + " /s" })
	row("time per round trip, 1/rate", func(i int) string { return nanoseconds(figures[i].NsPerTrip) })
	latency := func(label string, of func(Latency) float64) {
		row(label, func(i int) string {
			if figures[i].Latency.Samples == 0 {
				return "-"
			}
			return nanoseconds(of(figures[i].Latency))
		})
	}
	latency("a ball's round trip, mean", func(l Latency) float64 { return l.Mean })
	latency("                      p50", func(l Latency) float64 { return float64(l.P50) })
	latency("                      p90", func(l Latency) float64 { return float64(l.P90) })
	latency("                      p99", func(l Latency) float64 { return float64(l.P99) })
	latency("                    p99.9", func(l Latency) float64 { return float64(l.P999) })
	latency("                      max", func(l Latency) float64 { return float64(l.Max) })
	row("allocations per round trip", func(i int) string { return fmt.Sprintf("%.3f", figures[i].AllocsPer) })
	row("               their bytes", func(i int) string { return digits(figures[i].BytesPer) + " B" })
	row("memory per idle player", func(i int) string { return count(uint64(max(0, figures[i].BytesPerIdle))) + " B" })
}

func (c *ChaosReport) text(w io.Writer) {
	fmt.Fprintf(w, `Chaos, seed %d:
  %s interrupts: %s shrugged off, %s came too late or went down with their player
  %s shutdowns: %s players died of one and were replaced
  %s trips: %s players panicked and were replaced
  %s crashes counted by the system, %s restarts by the supervisors
`,
		c.Seed, count(c.Nudges), count(c.Recovered), count(c.Nudges-min(c.Nudges, c.Recovered)),
		count(c.Shutdowns), count(c.ShutDown), count(c.Trips), count(c.Panicked), count(c.Crashed), count(c.Restarted))
}

func (b Balls) text(w io.Writer) {
	fmt.Fprintf(w, "Balls: %s served, %s struck, %s returned; %s lost, %s counted twice.\n",
		count(b.Served), count(b.Struck), count(b.Returned), count(b.Lost), count(b.Twice))
	if b.ServedAgain > 0 || b.DeadLetters > 0 {
		fmt.Fprintf(w, "       %s went down with a player (the system's count of dead letters), %s were served again.\n",
			count(b.DeadLetters), count(b.ServedAgain))
	}
}
