package bench

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var large = flag.Bool("large", false, "a million idle processes, ten million queued messages")

func init() {
	flag.IntVar(&IdleServers, "servers", 0, "how many idle servers, instead of a hundred thousand or a million")
}

func TestMain(m *testing.M) {
	Child()
	os.Exit(m.Run())
}

func BenchmarkPingPong(b *testing.B)  { compare(b, PingPong()) }
func BenchmarkStream(b *testing.B)    { compare(b, Stream()) }
func BenchmarkRing(b *testing.B)      { compare(b, Ring()) }
func BenchmarkSpawn(b *testing.B)     { compare(b, Spawn()) }
func BenchmarkIdle(b *testing.B)      { compare(b, Idle(*large)) }
func BenchmarkCall(b *testing.B)      { compare(b, Call()) }
func BenchmarkSelective(b *testing.B) { compare(b, Selective()) }
func BenchmarkBig(b *testing.B)       { compare(b, Big()) }
func BenchmarkRespawn(b *testing.B)   { compare(b, Respawn()) }
func BenchmarkRestart(b *testing.B)   { compare(b, Restart()) }
func BenchmarkBacklog(b *testing.B)   { compare(b, Backlog(*large)) }
func BenchmarkMonitors(b *testing.B)  { compare(b, Monitors()) }
func BenchmarkServers(b *testing.B)   { compare(b, Servers(*large)) }

// compare runs the sides of each comparison as sub-benchmarks. The first part
// of a comparison's name is that of the benchmark.
func compare(b *testing.B, group []Comparison) {
	for _, c := range group {
		_, rest, ok := strings.Cut(c.Name, "/")
		if !ok {
			c.Benchmark(b)
			continue
		}
		b.Run(rest, c.Benchmark)
	}
}
