package event_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
)

// modelObserver is what an observer must have received.
type modelObserver struct {
	actor      harness.Actor // of a process
	queue      *event.Queue[news]
	capacity   int
	overflow   event.Overflow
	registered bool
	ended      bool
	choose     func(news) (news, bool) // nil: all
	want       []news
	dropped    uint64
}

// get is the model of one event's delivery.
func (o *modelObserver) get(e news) {
	if o.choose != nil {
		var ok bool
		if e, ok = o.choose(e); !ok {
			return
		}
	}
	if o.queue != nil && len(o.want) == o.capacity {
		o.dropped++
		if o.overflow == event.DropNewest {
			return
		}
		o.want = o.want[1:]
	}
	o.want = append(o.want, e)
}

// model is a topic as a list of what was published.
type model struct {
	keep      int
	kept      []news
	closed    bool
	published uint64
	late      uint64
	observers []*modelObserver
}

func (m *model) publish(e news) {
	if m.closed {
		m.late++
		return
	}
	m.published++
	m.kept = append(m.kept, e)
	m.kept = m.kept[max(0, len(m.kept)-m.keep):]
	for _, o := range m.observers {
		if o.registered {
			o.get(e)
		}
	}
}

func (m *model) register(o *modelObserver, choose func(news) (news, bool), last int) bool {
	if m.closed || o.ended {
		return false
	}
	o.choose = choose
	if !o.registered {
		o.registered = true
		var chosen []news
		for _, e := range m.kept {
			if choose != nil {
				if _, ok := choose(e); !ok {
					continue
				}
			}
			chosen = append(chosen, e)
		}
		for _, e := range chosen[max(0, len(chosen)-max(0, last)):] {
			o.get(e)
		}
	}
	return true
}

func (m *model) end() {
	m.closed, m.kept = true, nil
	for _, o := range m.observers {
		o.registered = false
	}
}

func (m *model) registered() int {
	n := 0
	for _, o := range m.observers {
		if o.registered {
			n++
		}
	}
	return n
}

// Whatever is done to a topic, each observer gets what a list and a loop would give it.
func TestModel_Topic(t *testing.T) {
	harness.Production(t, func(w *world) {
		rapid.Check(w.T, func(rt *rapid.T) { checkModel(w, rt) })
	})
}

func checkModel(w *world, rt *rapid.T) {
	s := w.Quiet()
	owner := harness.NewActor(w, s)
	m := &model{keep: rapid.IntRange(0, 4).Draw(rt, "keep")}
	var topic *event.Topic[news]
	if rapid.Bool().Draw(rt, "owned") {
		topic = owned(w, owner, event.Keep(m.keep))
	} else {
		topic = event.New[news](s, event.Keep(m.keep))
		defer owner.Kill()
	}
	var processes, queues []*modelObserver
	for range 3 {
		o := &modelObserver{actor: harness.NewActor(w, s)}
		processes = append(processes, o)
		m.observers = append(m.observers, o)
	}
	choices := []func(news) (news, bool){
		nil,
		func(e news) (news, bool) { return e, e.N%2 == 0 },
		func(e news) (news, bool) { return news{From: 7, N: e.N}, true },
	}
	n := 0
	aProcess := func(rt *rapid.T) *modelObserver { return rapid.SampledFrom(processes).Draw(rt, "process") }
	aQueue := func(rt *rapid.T) *modelObserver {
		if len(queues) == 0 {
			rt.Skip("no queue")
		}
		return rapid.SampledFrom(queues).Draw(rt, "queue")
	}
	receive := func(rt *rapid.T, o *modelObserver) {
		if o.queue != nil {
			require.Equal(rt, len(o.want), o.queue.Len())
			require.Equal(rt, o.dropped, o.queue.Dropped())
			require.Equal(rt, append([]news{}, o.want...), held(w, o.queue))
		} else if !o.ended {
			require.Equal(rt, append([]news{}, o.want...), received[news](w, o.actor))
		}
		o.want = nil
	}
	rt.Repeat(map[string]func(*rapid.T){
		"publish": func(rt *rapid.T) {
			n++
			err := topic.TryPublish(news{N: n})
			require.Equal(rt, m.closed, err != nil)
			m.publish(news{N: n})
		},
		"observe": func(rt *rapid.T) {
			o, last := aProcess(rt), rapid.IntRange(-1, 5).Draw(rt, "last")
			choose := rapid.SampledFrom(choices).Draw(rt, "choice")
			var err error
			switch to := (proc.Pid[news]{ID: o.actor.ID}); {
			case choose != nil:
				err = event.ObserveAs(topic, to, choose, event.Last(last))
			case !o.ended && rapid.Bool().Draw(rt, "itself"):
				err = observe(w, o.actor, topic, event.Last(last))
			default:
				err = topic.Add(to, event.Last(last))
			}
			require.Equal(rt, m.register(o, choose, last), err == nil)
		},
		"queue": func(rt *rapid.T) {
			o := &modelObserver{
				capacity: rapid.IntRange(1, 4).Draw(rt, "capacity"),
				overflow: rapid.SampledFrom([]event.Overflow{event.DropNewest, event.DropOldest}).Draw(rt, "overflow"),
			}
			last, choose := rapid.IntRange(0, 5).Draw(rt, "last"), rapid.SampledFrom(choices).Draw(rt, "choice")
			if choose == nil {
				o.queue = topic.Queue(o.capacity, o.overflow, event.Last(last))
			} else {
				o.queue = event.QueueAs(topic, o.capacity, o.overflow, choose, event.Last(last))
			}
			m.observers = append(m.observers, o)
			queues = append(queues, o)
			m.register(o, choose, last)
		},
		"receive from a process": func(rt *rapid.T) { receive(rt, aProcess(rt)) },
		"receive from a queue":   func(rt *rapid.T) { receive(rt, aQueue(rt)) },
		"forget": func(rt *rapid.T) {
			o := aProcess(rt)
			require.Equal(rt, o.registered, topic.Forget(o.actor.ID))
			o.registered = false
		},
		"close a queue": func(rt *rapid.T) {
			o := aQueue(rt)
			o.queue.Close()
			o.registered = false
			o.dropped += uint64(len(o.want))
			o.want = nil
			require.Equal(rt, o.dropped, o.queue.Dropped())
			queues = slices.DeleteFunc(queues, func(q *modelObserver) bool { return q == o })
		},
		"kill": func(rt *rapid.T) {
			if rapid.IntRange(0, 3).Draw(rt, "seldom") != 0 {
				return
			}
			o := aProcess(rt)
			end(w, o.actor)
			o.ended, o.registered = true, false
		},
		"another process": func(rt *rapid.T) {
			o := &modelObserver{actor: harness.NewActor(w, s)}
			processes = append(processes, o)
			m.observers = append(m.observers, o)
		},
		"end": func(rt *rapid.T) {
			if rapid.IntRange(0, 9).Draw(rt, "seldom") != 0 {
				return
			}
			if topic.Info().Owner == owner.ID {
				end(w, owner)
			} else {
				topic.Close()
			}
			m.end()
		},
		"": func(rt *rapid.T) {
			info := topic.Info()
			require.Equal(rt, m.registered(), info.Observers)
			require.Equal(rt, m.closed, info.Closed)
			require.Equal(rt, m.published, info.Published)
			require.Equal(rt, m.late, info.Late)
			require.Equal(rt, len(m.kept), info.Kept)
		},
	})
	for _, o := range append(processes, queues...) {
		receive(rt, o)
		if o.queue != nil {
			o.queue.Close()
		} else {
			o.actor.Kill()
		}
	}
	owner.Kill()
}
