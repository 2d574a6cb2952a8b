package sup

import "github.com/harkgo/hark/pkg/proc"

// What a pool's supervisor is asked about one key. It has been seen that the key
// can be one.

// poolStart is a Spawn or, with get, a GetOrSpawn.
type poolStart[K comparable, A, M any] struct {
	key  K
	arg  A
	text string // of the key
	opts []proc.SpawnOption
	get  bool
	to   proc.ReplyTo[poolStarted[M]]
}

// poolStarted is the answer to that.
type poolStarted[M any] struct {
	pid     proc.Pid[M]
	spawned bool
	err     error
}

func (r *poolStart[K, A, M]) serve(s *supervisor) {
	p := s.policy.(*poolPolicy[K, A, M])
	m, used := p.keys[r.key]
	switch {
	case !r.to.Live(): // who waited has gone
	case s.ending:
		r.fail(s.notRunning())
	case !used:
		p.spawn(r)
	case m.state == Running && !m.id.Accepting(): // its end, which the supervisor will hear of, has begun
		m.awaitChange(r)
	case r.get && m.state == Running:
		r.succeed(m.entry, false)
	case r.get:
		m.awaitChange(r)
	default:
		r.refuse(&m.child)
	}
}

func (r *poolStart[K, A, M]) succeed(e *entry[K, M], spawned bool) {
	r.to.Reply(poolStarted[M]{pid: *e.pid.Load(), spawned: spawned})
}

// refuse is the answer to a Spawn of a key that c has.
func (r *poolStart[K, A, M]) refuse(c *child) { r.fail(AlreadyStarted{Child: c.ID, ID: c.id}) }

func (r *poolStart[K, A, M]) fail(why error) { r.to.Reply(poolStarted[M]{err: why}) }

// poolStop is a StopChild.
type poolStop[K comparable, A, M any] struct {
	key  K
	text string
	to   proc.ReplyTo[answer]
}

func (r poolStop[K, A, M]) serve(s *supervisor) {
	p := s.policy.(*poolPolicy[K, A, M])
	m, used := p.keys[r.key]
	switch {
	case s.ending:
		r.to.Reply(answer{err: s.notRunning()})
		return
	case !used:
		r.to.Reply(answer{err: NotFound{Child: r.text}})
		return
	}
	m.awaitStop(r.to)
	switch {
	case !m.lives():
		p.free(m)
	case m.state != Stopping:
		p.stop(m)
	}
}
