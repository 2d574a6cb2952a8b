package sim

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A picture of a trace has a lane for each party, and a row for each event:
//
//	 step       at  the test  !1 server !2 client
//	    7       0s  |         |<.......o          ask is sent
//	   9*       0s  |         |<-------|          ask arrives, wakes it
//
// Lanes and arrows are plain ASCII, so that they are the same in each terminal and log.

const (
	mostLanes   = 8
	lanesWidth  = 64 // of all
	narrowLane  = 8
	wideLane    = 14
	pageWidth   = 132 // which a row exceeds if it has much to say,
	longestRow  = 160 // but not this
	headerLines = 3
	gutter      = 18 // step and time
	leastThing  = 40 // characters, of what is sent
)

const legend = `   o does   ..> sends   --> it arrives   = waits   ^ may go on   @ fires   # is over   ! a fault   X fails
   * a switch: by default another step would have been next
`

// picture is where each party is in the columns of a page.
type picture struct {
	lanes  []*party
	others []*party // that share the last lane
	width  int      // of a lane
	first  map[*party]int
	last   map[*party]int
}

// lanesOf is the picture of some events; an excerpt, if there are more rows than most,
// unless that is 0.
func lanesOf(events []event, switches map[int]bool, most int) string {
	all := rowsOf(events, switches)
	for i := range all {
		all[i].nth = i
	}
	rows := all
	if most > 0 && len(all) > most {
		rows = excerptOf(folded(all), most)
	}
	p := newPicture(rows)
	p.live(all, rows)
	var b strings.Builder
	b.WriteString(legend)
	p.writeHeader(&b)
	unseen, skipped := 0, 0
	for i, r := range rows {
		skipped += r.skipped
		again := ""
		switch {
		case r.again.times == 0 && p.both(r, p.others):
			unseen++
			continue
		case r.again.times > 0:
			if again = p.sameAgain(r, rows[:i]); again == "" {
				skipped += r.stands()
				continue
			}
		}
		if skipped > 0 {
			writeNote(&b, count(skipped, "row", "rows")+" left out")
			skipped = 0
		}
		if again != "" {
			writeNote(&b, again)
			continue
		}
		p.writeRow(&b, i, r)
	}
	if len(p.others) > 0 {
		fmt.Fprintf(&b, "   others: %s", names(p.others))
		if unseen > 0 {
			fmt.Fprintf(&b, "; %s among them not shown", count(unseen, "row", "rows"))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// newPicture gives those a lane of their own that were there last, for the failure is
// at the end.
func newPicture(rows []row) *picture {
	p := &picture{first: make(map[*party]int), last: make(map[*party]int)}
	latest := make(map[*party]int)
	for i, r := range rows {
		for _, who := range []*party{r.a, r.b} {
			if who == nil {
				continue
			}
			if _, known := latest[who]; !known {
				p.lanes = append(p.lanes, who)
			}
			latest[who] = i
		}
	}
	if len(p.lanes) > mostLanes {
		byLatest := slices.Clone(p.lanes)
		slices.SortStableFunc(byLatest, func(a, b *party) int { return cmp.Compare(latest[b], latest[a]) })
		p.others = byLatest[mostLanes-1:]
		p.lanes = slices.DeleteFunc(p.lanes, func(who *party) bool { return slices.Contains(p.others, who) })
	}
	p.width = min(max(lanesWidth/max(p.columns(), 1), narrowLane), wideLane)
	return p
}

// live sets from which of the rows that are shown on a party is there, and to which.
func (p *picture) live(all, rows []row) {
	shown := func(at int) int { // the first row of those from that one on
		i, _ := slices.BinarySearchFunc(rows, at, func(r row, at int) int { return cmp.Compare(r.nth, at) })
		return i
	}
	seen := make(map[*party]bool)
	for at, r := range all {
		if _, known := p.first[r.b]; !known && r.kind == eventSpawns && !seen[r.b] {
			p.first[r.b] = shown(at)
		}
		if r.kind == eventEnded {
			p.last[r.a] = shown(at + 1)
		}
		seen[r.a], seen[r.b] = true, true
	}
}

func (p *picture) columns() int {
	if len(p.others) > 0 {
		return len(p.lanes) + 1
	}
	return len(p.lanes)
}

// at is the column on the page of somebody's lane, counted from the gutter; -1: it has
// none.
func (p *picture) at(who *party) int {
	if who == nil {
		return -1
	}
	i := slices.Index(p.lanes, who)
	if i < 0 {
		i = len(p.lanes) // others
	}
	return i * p.width
}

// both reports whether all that is in a row is among some parties.
func (p *picture) both(r row, some []*party) bool {
	return r.kind != eventFails && slices.Contains(some, r.a) && (r.b == nil || slices.Contains(some, r.b))
}

func (p *picture) writeHeader(b *strings.Builder) {
	var lines [headerLines][]string
	for i := range p.columns() {
		name := "others"
		if i < len(p.lanes) {
			name = p.lanes[i].String()
		}
		for n, part := range wrap(name, p.width-1) {
			lines[n] = append(lines[n], fmt.Sprintf("%-*s", p.width, part))
		}
	}
	for n, line := range lines {
		title := ""
		if n == 0 {
			title = " step         at"
		}
		if text := strings.TrimRight(strings.Join(line, ""), " "); text != "" || n == 0 {
			fmt.Fprintln(b, strings.TrimRight(fmt.Sprintf("%-*s%s", gutter, title, text), " "))
		}
	}
}

func (p *picture) writeRow(b *strings.Builder, i int, r row) {
	cells := bytes.Repeat([]byte{' '}, p.columns()*p.width+1)
	for n, who := range p.lanes {
		last, ended := p.last[who]
		if i >= p.first[who] && (!ended || i < last) {
			cells[n*p.width] = '|'
		}
	}
	if len(p.others) > 0 {
		cells[len(p.lanes)*p.width] = ':'
	}
	from, to := p.at(r.a), p.at(r.b)
	if from >= 0 && r.mark != 0 {
		cells[from] = r.mark
	}
	if r.arrow != 0 && from >= 0 && to >= 0 && from != to {
		draw(cells, from, to, r.arrow)
	}
	step := fmt.Sprint(r.step, " ")
	if r.switched {
		step = fmt.Sprint(r.step, "*")
	}
	line := fmt.Sprintf("%6s %9s  %s ", step, r.at, cells)
	room := pageWidth - len(line) - utf8.RuneCountInString(r.words+r.tail)
	line += r.words + shorten(r.thing, max(room, leastThing)) + r.tail
	fmt.Fprintln(b, shorten(strings.TrimRight(line, " "), longestRow))
}

// writeNote writes what is no row, but takes the place of some.
func writeNote(b *strings.Builder, text string) { fmt.Fprintf(b, "%*s  %s\n", gutter-2, "…", text) }

// draw draws an arrow. The lanes that it crosses stay visible.
func draw(cells []byte, from, to int, line byte) {
	step, head := 1, byte('>')
	if to < from {
		step, head = -1, '<'
	}
	for x := from; x != to; x += step {
		if cells[x] == ' ' {
			cells[x] = line
		}
	}
	cells[to-step] = head
}

// wrap breaks a name into as many lines as a header has.
func wrap(name string, width int) [headerLines]string {
	var lines [headerLines]string
	n := 0
	for word := range strings.FieldsSeq(name) {
		switch {
		case lines[n] == "":
			lines[n] = word
		case len(lines[n])+1+len(word) <= width || n == headerLines-1:
			lines[n] += " " + word
		default:
			n++
			lines[n] = word
		}
	}
	for n := range lines {
		lines[n] = shorten(lines[n], width)
	}
	return lines
}

// shorten cuts off what is more than width, and says so.
func shorten(text string, width int) string {
	runes := []rune(text)
	if len(runes) <= width {
		return text
	}
	return string(runes[:width-1]) + "…"
}

func names(all []*party) string {
	var texts []string
	for _, p := range all {
		texts = append(texts, p.String())
	}
	return strings.Join(texts, ", ")
}
