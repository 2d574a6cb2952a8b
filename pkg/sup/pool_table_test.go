package sup

import (
	"math"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/harkgo/hark/pkg/proc"
)

// aliveAs puts a process that lives into an entry.
func aliveAs[K comparable](t *table[K, int], key K, pid proc.Pid[int]) *entry[K, int] {
	e := t.add(key)
	e.at(pid)
	return e
}

// living is a process that lives until the test is over.
func living(t testing.TB) proc.Pid[int] {
	s := proc.NewSystem()
	t.Cleanup(func() { require.NoError(t, s.Stop(t.Context())) })
	return proc.Spawn(s, func(self *proc.Self[int]) error { _, err := self.Receive(); return err })
}

// The table finds what a map would. Few keys, and few slots, so that the keys
// share places and leave graves for each other.
func TestTable_FindsWhatAMapWould(t *testing.T) {
	pid := living(t)
	rapid.Check(t, func(t *rapid.T) {
		tab, want := newTable[int, int](), map[int]*entry[int, int]{}
		keys := rapid.IntRange(0, rapid.SampledFrom([]int{3, 20, 300}).Draw(t, "keys"))
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			key := keys.Draw(t, "key")
			if e, there := want[key]; there {
				tab.remove(e)
				delete(want, key)
			} else {
				want[key] = aliveAs(tab, key, pid)
			}
			for key := range 301 {
				_, there := want[key]
				_, found := tab.lookup(key)
				require.Equal(t, there, found, "key %d", key)
			}
			seen := map[int]bool{}
			for key := range tab.all() {
				require.False(t, seen[key], "key %d twice", key)
				seen[key] = true
			}
			require.Len(t, seen, len(want))
			require.Equal(t, len(want), tab.entries)
			require.LessOrEqual(t, 2*tab.used, len(*tab.slots.Load()), "at least half are empty")
		}
	})
}

// What is added and removed again and again leaves nothing, and what has grown
// shrinks.
func TestTable_GivesItsMemoryBack(t *testing.T) {
	pid := living(t)
	tab := newTable[int, int]()
	for range 3 {
		var all []*entry[int, int]
		for i := range 10_000 {
			all = append(all, aliveAs(tab, i, pid))
		}
		require.LessOrEqual(t, len(*tab.slots.Load()), 65_536)
		for _, e := range all {
			tab.remove(e)
		}
		require.Equal(t, fewestSlots, len(*tab.slots.Load()))
		require.Zero(t, tab.used)
	}
	for range 10_000 {
		tab.remove(aliveAs(tab, 7, pid))
	}
	require.Equal(t, fewestSlots, len(*tab.slots.Load()))
}

// Readers that disturb nobody find all that stays, all the time, while the rest
// of the table changes and grows and shrinks; and never what was not added.
func TestTable_ReadersAlwaysFindWhatStays(t *testing.T) {
	pid := living(t)
	tab := newTable[string, int]()
	name := func(i int) string { return "key " + strconv.Itoa(i) }
	for i := range 50 {
		aliveAs(tab, name(i), pid)
	}
	var over atomic.Bool
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for i := 0; !over.Load(); i++ {
				if _, ok := tab.lookup(name(i % 50)); !ok {
					t.Errorf("%s was not found", name(i%50))
					return
				}
				if _, ok := tab.lookup("other"); ok {
					t.Errorf("found what is not there")
					return
				}
				if i%100 == 0 {
					stays := 0
					for key, got := range tab.all() {
						if n, err := strconv.Atoi(key[len("key "):]); got != pid || err != nil {
							t.Errorf("found %q: %v", key, got)
						} else if n < 50 {
							stays++
						}
					}
					if stays != 50 {
						t.Errorf("%d of 50 were listed", stays)
					}
				}
			}
		})
	}
	for range 30 {
		var rest []*entry[string, int]
		for i := 50; i < 1_000; i++ {
			rest = append(rest, aliveAs(tab, name(i), pid))
		}
		for _, e := range rest {
			tab.remove(e)
		}
	}
	over.Store(true)
	readers.Wait()
}

// An iteration does not show what was removed before it came there, also if the
// slots that it goes through are old.
func TestTable_AnIterationPassesOverWhatIsGone(t *testing.T) {
	pid := living(t)
	tab := newTable[int, int]()
	all := []*entry[int, int]{}
	for i := range 4 {
		all = append(all, aliveAs(tab, i, pid))
	}
	seen := 0
	for range tab.all() {
		if seen++; seen > 1 {
			continue
		}
		for i := 4; i < 100; i++ {
			aliveAs(tab, i, pid) // it grows
		}
		for _, e := range all {
			tab.remove(e)
		}
	}
	require.Equal(t, 1, seen)
}

func TestTable_WhatCannotBeAKeyIsFoundNowhere(t *testing.T) {
	floats := newTable[float64, int]()
	_, ok := floats.hashKey(math.NaN())
	require.False(t, ok)
	_, ok = floats.lookup(math.NaN())
	require.False(t, ok)

	pid := living(t)
	aliveAs(floats, math.Copysign(0, -1), pid)
	got, ok := floats.lookup(0)
	require.True(t, ok, "the two zeros are one key")
	require.Equal(t, pid, got)

	things := newTable[any, int]()
	for _, key := range []any{func() {}, []int{1}, map[int]int{}, [1]any{[]int{1}}, math.NaN()} {
		_, ok := things.hashKey(key)
		require.False(t, ok, "%T", key)
		_, ok = things.lookup(key)
		require.False(t, ok, "%T", key)
	}
}

func TestTable_ALookupAllocatesNothing(t *testing.T) {
	pid := living(t)
	type point struct {
		x, y int
		name string
	}
	texts, points := newTable[string, int](), newTable[point, int]()
	key := strconv.Itoa(len(t.Name()) * 1_000_000)
	aliveAs(texts, key, pid)
	aliveAs(points, point{1, 2, key}, pid)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if _, ok := texts.lookup(key); !ok {
			t.Error("not found")
		}
		if _, ok := points.lookup(point{1, 2, key}); !ok {
			t.Error("not found")
		}
	}))
}
