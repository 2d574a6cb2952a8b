package sup

// family is the children of a supervisor in the order of their start, found by
// id. To add, find and remove one costs the same however many there are.
type family struct {
	first, last *child
	byID        map[string]*child
}

// siblings are the neighbours of a child in that order.
type siblings struct{ prev, next *child }

func (f *family) add(c *child) {
	if f.byID == nil {
		f.byID = make(map[string]*child)
	}
	f.byID[c.ID] = c
	if c.prev = f.last; c.prev != nil {
		c.prev.next = c
	} else {
		f.first = c
	}
	f.last = c
}

// remove removes a child, which goes on to know its neighbours.
func (f *family) remove(c *child) {
	delete(f.byID, c.ID)
	if c.prev != nil {
		c.prev.next = c.next
	} else {
		f.first = c.next
	}
	if c.next != nil {
		c.next.prev = c.prev
	} else {
		f.last = c.prev
	}
}

// after is the child after c; the first one after nil.
func (f *family) after(c *child) *child {
	if c == nil {
		return f.first
	}
	return c.next
}
