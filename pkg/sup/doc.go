// Package sup supervises processes: it starts them in order, restarts them by a
// strategy when they crash, gives up when they crash too often, and stops them
// in reverse order, each within its own limits.
//
//	func main() {
//		proc.Main(func(self *proc.Self[string]) error {
//			return sup.Run(self, sup.Spec{
//				Strategy: sup.RestForOne,
//				Children: []sup.Child{
//					sup.Worker("store", store, proc.Registered(storeName)),
//					sup.Supervisor("front", sup.Spec{Children: []sup.Child{
//						sup.AdoptReady("web", 5*time.Second, serve),
//						sup.WorkerReady("mail", 5*time.Second, mail),
//					}}),
//				},
//			})
//		})
//	}
//
// # Supervisors and children
//
// A supervisor is a process that has children and does nothing but keep them
// running. A child is a description, [Child], under an id that is unique among its
// siblings, and, most of the time, a process: its present life. A life is a fresh
// run of the child's body: no state survives but what the program keeps elsewhere.
//
// Children are made by [Worker] and [WorkerReady] from the body of a process, by
// [Adopt] and [AdoptReady] from ordinary Go code, such as an HTTP server, by
// [Supervisor] from the [Spec] of another
// supervisor. So supervisors and children form a tree. Start puts one up under
// any process, StartIn in any system, Run as the body of a process, such as a
// program's main one. Many
// children of one kind, started on demand and found by a key, are a [Pool].
//
// A child belongs to its supervisor, which owns and monitors it and is not linked
// with it: a child never outlives its supervisor, and its crash is no interrupt of
// anybody that has not asked for it.
//
// # Starting
//
// Children start in order, each fully up before the next one: a plain worker is
// up once it has been spawned, one that is to say so once it does, a supervisor
// once its children are. If one does not start, those before it are stopped in
// reverse order, and its supervisor fails with [StartFailed]. A description that
// makes no sense is refused before anything has started, with [InvalidSpec].
//
// # Restarting
//
// The restart kind of a child says after which ends it is started again: always
// ([Permanent]), after a crash ([Transient]), or never ([Temporary]: then it is
// dropped when it has ended). The strategy says whom that concerns. [OneForOne]
// starts the child again and leaves the others alone; [OneForAll] and [RestForOne]
// are group restarts: they stop all others, or those that come later, in reverse
// order, and then start all of these in order. A group restart drops the temporary
// ones among them and also starts those that had ended or been stopped by hand.
//
// The intensity is how many restarts a supervisor makes within its period: at any
// moment those of the last Period count, over all children; a group restart counts
// once. Past it the supervisor gives up: it stops all children and crashes, with
// [TooManyRestarts] and the last reason in its own. What to do about that is for
// the supervisor above to decide.
//
// A restart that does not start is a restart again, and counts. With a back-off
// there are waits between them; meanwhile, as at any time, the supervisor answers.
//
// A child can be the reason for its supervisor to be there at all. Such a child is
// significant, and its end for good, unless it was stopped, ends the supervisor in
// the way that [AutoShutdown] says.
//
// # Stopping
//
// Children are stopped in reverse order, each fully ended before the next one is
// asked. A child is asked in up to three steps, and how long to wait after each is
// its [Stop]:
//
//	finish    an interrupt, NormalExitRequested: end your work
//	clean up  a shutdown: nothing but your deferred functions runs
//	kill      nothing is asked
//
// A supervisor stops its children so when it is interrupted, when who has started
// it ends, when it gives up and when it shuts itself down. If it is shut down
// itself, be it in the midst of that, it goes on in the same order without the
// first step. So an interrupt asks a tree to finish, and a shutdown to clean up,
// down to its last leaf; killing it kills all of it. Main makes that a matter of
// signals: a first Ctrl-C finishes, a second one cleans up. (It also has a limit
// of its own for each, the stop timeout, which must be longer than what the children
// may take one after the other.)
//
// # Operating
//
// [Ref] addresses a supervisor: to list, start, stop, restart and delete children,
// from inside processes and from outside. The addresses of children change with
// their lives; a proc.Named pid, a [Named] ref and a [Pool] do not. Between two lives
// they lead to nobody: a call fails at once, and whoever would rather wait for the
// next life asks again.
//
// A path names a child in its tree: the ids from the root on, with slashes between
// them, as in "front/web". The root itself has the empty one.
//
// Events tell what happens ([Spec.Observe]), and each is one line in the log:
// starts and normal ends at debug, the stop of a supervisor at info, restarts and
// failed starts at warn with the chain of reasons, giving up at error. Fields are
// called child (or supervisor) for the path (/ for the root's), process, reasons,
// attempt and after_ms. A
// child that has not taken a step of its stop in time is a line at warn.
//
// Chapter 10 of the guide (docs/guide/10-service.md) shows a call that waits for the
// next life, and a whole service.
package sup
