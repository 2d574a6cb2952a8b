package sim

// mostRows is how many rows a report shows of how a failure came about, unless all are
// asked for.
const mostRows = 50

// excerptOf chooses most of the rows of a failure, by what they tell. The failure is at the
// end, its cause may be long before. So these are shown, as long as there is room:
//
//   - the last rows, which take half of it at least: those up to what the failure is about,
//     if it says that, for then more may have happened until somebody noticed;
//   - the row that says what has failed;
//   - what it is about, then faults, then switches, the last ones first, each with the row
//     before it and the one after;
//   - the last row of each party: there it waits, or has ended, while others went on;
//   - and the rows before the last ones.
//
// All are, if most is 0. Each row knows how many before it are left out. A row that says
// that others come again (see folded) counts as one, and is left out as all that it stands for.
func excerptOf(rows []row, most int) []row {
	if most <= 0 || len(rows) <= most {
		return rows
	}
	x := excerpt{rows: rows, room: most, in: make([]bool, len(rows))}
	end := x.end()
	x.takeLast(end, (most+1)/2)
	x.take(len(rows) - 1)
	x.takeAround(func(r *row) bool { return r.about })
	x.takeAround(func(r *row) bool { return r.kind == eventFault })
	x.takeAround(func(r *row) bool { return r.switched })
	x.takeLastOfEach()
	x.takeLast(end, x.room)
	x.takeLast(len(rows), x.room)
	return x.chosen()
}

type excerpt struct {
	rows []row
	in   []bool
	room int
}

func (x *excerpt) take(i int) {
	if i >= 0 && i < len(x.rows) && !x.in[i] && x.room > 0 {
		x.in[i] = true
		x.room--
	}
}

// end is where the last rows end.
func (x *excerpt) end() int {
	for i := len(x.rows) - 1; i >= 0; i-- {
		if x.rows[i].about {
			return i + 1
		}
	}
	return len(x.rows)
}

// takeLast takes the last n of the rows before end that are not taken yet.
func (x *excerpt) takeLast(end, n int) {
	for i := end - 1; i >= 0 && n > 0; i-- {
		if !x.in[i] {
			x.take(i)
			n--
		}
	}
}

// takeAround takes certain rows, and those beside them. The rows themselves come first.
func (x *excerpt) takeAround(matters func(*row) bool) {
	var all []int
	for i := len(x.rows) - 1; i >= 0; i-- {
		if matters(&x.rows[i]) {
			all = append(all, i)
			x.take(i)
		}
	}
	for _, i := range all {
		x.take(i + 1)
		x.take(i - 1)
	}
}

// takeLastOfEach takes the last row in each lane.
func (x *excerpt) takeLastOfEach() {
	seen := make(map[*party]bool)
	for i := len(x.rows) - 1; i >= 0; i-- {
		who := x.rows[i].party()
		if who != nil && !seen[who] {
			seen[who] = true
			x.take(i)
		}
	}
}

func (x *excerpt) chosen() []row {
	var all []row
	skipped := 0
	for i, r := range x.rows {
		if !x.in[i] {
			skipped += r.stands()
			continue
		}
		r.skipped, skipped = skipped, 0
		all = append(all, r)
	}
	return all
}
