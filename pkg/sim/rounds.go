package sim

import "fmt"

// A program that polls does the same again and again: it sleeps, asks, is answered. Of such
// rounds, if they come right after each other, the first is shown, and how often it came
// again. Two are the same if their rows look so, in the same lanes, but for steps and times:
// what is cut off may differ.

// longestRound is how many rows a round may have.
const longestRound = 12

// rounds says in a row of its own that those before it come again; the zero rounds is that
// of any other row.
type rounds struct {
	size  int // rows of a round
	times int // that it comes again
}

// look is what two rows of rounds that are the same have in common.
type look struct {
	a, b     *party
	kind     eventKind
	mark     byte
	arrow    byte
	text     [3]string
	switched bool
}

// folded replaces the rounds that are the same as the one right before them, each time by
// one row. It takes time linear in the number of rows. Where several rounds begin at a row it
// takes the one that leaves the least to be shown; of those, the shortest.
func folded(rows []row) []row {
	again := repeats(rows)
	var all []row
	for i := 0; i < len(rows); {
		best, least := rounds{}, 1 // there is a row more that says so
		for size := 1; size <= longestRound; size++ {
			r := rounds{size: size, times: int(again[size-1][i]) / size}
			if r.rows() > least {
				best, least = r, r.rows()
			}
		}
		if best.times == 0 {
			all = append(all, rows[i])
			i++
			continue
		}
		all = append(all, rows[i:i+best.size]...)
		i += best.size + best.rows()
		last := rows[i-1]
		all = append(all, row{nth: last.nth, event: event{step: last.step, at: last.at}, again: best})
	}
	return all
}

// repeats tells, for each size of a round and each row, how many rows from that one on are
// the same as the one so many rows later.
func repeats(rows []row) (again [longestRound][]int32) {
	same := numbered(rows)
	for n := range again {
		size := n + 1
		again[n] = make([]int32, len(rows))
		for i := len(rows) - size - 1; i >= 0; i-- {
			if same[i] == same[i+size] {
				again[n][i] = again[n][i+1] + 1
			}
		}
	}
	return again
}

// numbered gives the same number to rows that are the same. What is never left out, a fault,
// is the same as no other.
func numbered(rows []row) []int {
	known := make(map[look]int)
	numbers := make([]int, len(rows))
	for i, r := range rows {
		key := look{r.a, r.b, r.kind, r.mark, r.arrow, [3]string{r.words, r.thing, r.tail}, r.switched}
		if n, ok := known[key]; ok && !r.matters() {
			numbers[i] = n
			continue
		}
		known[key], numbers[i] = i, i
	}
	return numbers
}

// rows is how many rows come again.
func (r rounds) rows() int { return r.size * r.times }

// stands is how many of all rows r stands for.
func (r *row) stands() int { return max(r.again.rows(), 1) }

// sameAgain is the text of r, which says that the rows before it come again; "" if none of
// those is among the shown ones before it.
func (p *picture) sameAgain(r row, before []row) string {
	first := r.nth - r.again.rows() - r.again.size + 1
	for i := len(before) - 1; i >= 0 && before[i].nth >= first; i-- {
		if !p.both(before[i], p.others) {
			return fmt.Sprintf("%s that look the same, %s, until step %d at %v",
				count(r.again.size, "row", "rows"), count(r.again.times, "more time", "more times"), r.step, r.at)
		}
	}
	return ""
}
