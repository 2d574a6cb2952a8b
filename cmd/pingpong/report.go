package main

import (
	"cmp"
	"runtime"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Report is what the program prints at the end: as text, and with -json as one
// JSON object as well.
type Report struct {
	Pairs       int     `json:"pairs"`
	Rounds      uint64  `json:"rounds"` // played by each pair
	Laps        int     `json:"laps"`
	Payload     int     `json:"payload_bytes"`
	Backlog     int     `json:"backlog"`
	Seconds     float64 `json:"seconds"`
	CPUs        int     `json:"cpus"`
	Go          string  `json:"go"`
	Interrupted bool    `json:"interrupted"` // ended before its time, by a signal

	Hark      Figures  `json:"hark"`
	NoBacklog *Figures `json:"hark_no_backlog,omitempty"`
	Channels  Figures  `json:"channels"`

	// Of the time that a round trip takes: the median over the laps.
	TimeRatio        float64 `json:"time_ratio_to_channels"`
	BacklogTimeRatio float64 `json:"time_ratio_to_no_backlog,omitempty"`

	Balls Balls        `json:"balls"`
	Chaos *ChaosReport `json:"chaos,omitempty"`
	OK    bool         `json:"ok"`
}

// Figures are what was measured of one contender.
type Figures struct {
	RoundTrips   uint64  `json:"round_trips"`
	Seconds      float64 `json:"seconds"`
	Rate         float64 `json:"round_trips_per_second"`
	NsPerTrip    float64 `json:"ns_per_round_trip"` // of the machine's time: 1/rate
	Latency      Latency `json:"latency_ns"`        // of a ball's own round trip
	AllocsPer    float64 `json:"allocs_per_round_trip"`
	BytesPer     float64 `json:"bytes_per_round_trip"`
	BytesPerIdle float64 `json:"bytes_per_idle_player"`
}

// Latency is the distribution of the round-trip times that were sampled.
type Latency struct {
	Samples int64   `json:"samples"`
	Mean    float64 `json:"mean"`
	P50     int64   `json:"p50"`
	P90     int64   `json:"p90"`
	P99     int64   `json:"p99"`
	P999    int64   `json:"p99_9"`
	Max     int64   `json:"max"`
}

// ChaosReport is what the gremlin did, and what became of it.
type ChaosReport struct {
	Seed      uint64 `json:"seed"`
	Nudges    uint64 `json:"interrupts"`
	Recovered uint64 `json:"recovered"`
	Shutdowns uint64 `json:"shutdowns"`
	Trips     uint64 `json:"trips"`
	ShutDown  uint64 `json:"replaced_after_shutdown"`
	Panicked  uint64 `json:"replaced_after_panic"`
	Crashed   uint64 `json:"crashes"`  // that the system has counted
	Restarted uint64 `json:"restarts"` // that the supervisors have told of
}

func newReport(config config, contenders []*contender, idle memory, took time.Duration, interrupted bool) *Report {
	hark, rival := contenders[0], contenders[len(contenders)-1]
	r := &Report{
		Pairs:       config.pairs,
		Rounds:      hark.trips / uint64(config.pairs),
		Laps:        len(hark.laps),
		Payload:     config.payload,
		Backlog:     config.backlog,
		Seconds:     took.Seconds(),
		CPUs:        runtime.GOMAXPROCS(0),
		Go:          runtime.Version(),
		Interrupted: interrupted,
		Hark:        hark.figures(idle.process),
		Channels:    rival.figures(idle.goroutine),
		TimeRatio:   medianRatio(hark.laps, rival.laps),
	}
	if len(contenders) == 3 {
		figures := contenders[1].figures(idle.process)
		r.NoBacklog = &figures
		r.BacklogTimeRatio = medianRatio(hark.laps, contenders[1].laps)
	}
	return r
}

func (c *contender) figures(bytesPerIdle float64) Figures {
	trips := float64(c.trips)
	return Figures{
		RoundTrips:   c.trips,
		Seconds:      c.took.Seconds(),
		Rate:         per(trips, c.took.Seconds()),
		NsPerTrip:    per(float64(c.took), trips),
		Latency:      newLatency(c.latencies),
		AllocsPer:    per(float64(c.allocs), trips),
		BytesPer:     per(float64(c.bytes), trips),
		BytesPerIdle: bytesPerIdle,
	}
}

func newLatency(h *hdrhistogram.Histogram) Latency {
	if h == nil || h.TotalCount() == 0 {
		return Latency{} // too few balls for a sample
	}
	return Latency{
		Samples: h.TotalCount(),
		Mean:    h.Mean(),
		P50:     h.ValueAtQuantile(50),
		P90:     h.ValueAtQuantile(90),
		P99:     h.ValueAtQuantile(99),
		P999:    h.ValueAtQuantile(99.9),
		Max:     h.Max(),
	}
}

func newChaosReport(seed uint64, mischief Mischief, scores []Score, crashed, restarted uint64) *ChaosReport {
	c := &ChaosReport{
		Seed: seed, Nudges: mischief.Nudges, Shutdowns: mischief.Shutdowns, Trips: mischief.Trips,
		Crashed: crashed, Restarted: restarted,
	}
	for _, s := range scores {
		c.Recovered += s.Pinger.Nudges + s.Ponger.Nudges
		c.ShutDown += s.ShutDown
		c.Panicked += s.TrippedOut
	}
	return c
}

// medianRatio is the median of a's laps divided by b's.
func medianRatio(a, b []time.Duration) float64 {
	if len(a) == 0 || len(a) != len(b) {
		return 0
	}
	ratios := make([]float64, len(a))
	for i := range a {
		ratios[i] = per(float64(a[i]), float64(b[i]))
	}
	slices.SortFunc(ratios, cmp.Compare[float64])
	return (ratios[(len(ratios)-1)/2] + ratios[len(ratios)/2]) / 2
}
