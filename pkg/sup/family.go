package sup

// lineup is children in the order of their start. To add and remove one costs the
// same however many there are.
type lineup struct {
	first, last *child
	len         int
}

// siblings are the neighbours of a child in that order.
type siblings struct{ prev, next *child }

func (l *lineup) add(c *child) {
	if c.prev = l.last; c.prev != nil {
		c.prev.next = c
	} else {
		l.first = c
	}
	l.last = c
	l.len++
}

// remove removes a child. It forgets its neighbours: who still refers to it must
// not keep them, too.
func (l *lineup) remove(c *child) {
	if c.prev != nil {
		c.prev.next = c.next
	} else {
		l.first = c.next
	}
	if c.next != nil {
		c.next.prev = c.prev
	} else {
		l.last = c.prev
	}
	c.siblings = siblings{}
	l.len--
}

// after is the child after c; the first one after nil.
func (l *lineup) after(c *child) *child {
	if c == nil {
		return l.first
	}
	return c.next
}

// list is how the children are.
func (l *lineup) list() []Status {
	all := make([]Status, 0, l.len)
	for c := l.first; c != nil; c = c.next {
		all = append(all, c.status())
	}
	return all
}

// family is the children of a supervisor in the order of their start, found by
// id.
type family struct {
	lineup
	byID map[string]*child
}

func (f *family) add(c *child) {
	if f.byID == nil {
		f.byID = make(map[string]*child)
	}
	f.byID[c.ID] = c
	f.lineup.add(c)
}

func (f *family) remove(c *child) {
	delete(f.byID, c.ID)
	f.lineup.remove(c)
}
