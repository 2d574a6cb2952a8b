// Package proc runs processes: goroutines that share nothing, send each other
// typed messages, are told about each other's ends, and can be interrupted,
// shut down and killed from outside.
//
//	// A counter: a number that only one process can touch.
//	func count(self *proc.Self[Message]) error {
//		total := 0
//		for m, err := range self.Messages() {
//			if err != nil {
//				return err // interrupted: asked to end, for example
//			}
//			total += m.Add
//			m.Total.Reply(total)
//		}
//		return nil
//	}
//
//	type Message struct {
//		Add   int
//		Total proc.ReplyTo[int]
//	}
//
//	func main() {
//		proc.Main(func(self *proc.Self[string]) error {
//			counter := proc.SpawnLink(self, count)
//			counter.Send(Message{Add: 40}) // does not wait
//			total, err := proc.Call(self, counter, func(r proc.ReplyTo[int]) Message {
//				return Message{Add: 2, Total: r}
//			})
//			fmt.Println(total, err) // 42 <nil>
//			return err
//		})
//	}
//
// # Processes and systems
//
// A process is a function, its body, that runs on a goroutine of its own with a
// mailbox of its own. [Spawn] starts one; it ends when its body has returned,
// has panicked, or has been unwound, and never comes back: what is started
// instead of it is another process. Only the process's own goroutine may use its
// [Self] or [Process]; everybody may use its pid.
//
// A [System] is what processes live in. Nothing is shared between systems and
// nothing is package-level. [Run] makes one for a main process, [Main] for a
// whole program, [NewSystem] for a program that has other things to run too.
// [System.Stop] ends all that is in it.
//
// The parent of a process is who spawned it. That alone means nothing to either
// of the two; links, monitors and owned do.
//
// # Addresses
//
// An [ID] identifies one life of one process. It is comparable, is never used
// again, and keeps the reason of a process that has ended. A [Pid] is an ID and
// the type of the messages that the process accepts: a Pid[M] sends Ms and
// nothing else. A [Name] is a text and a type that at most one process has at a
// time; a [Named] pid, or a [Via] pid with a registry of the program's own, looks
// up at each use who has it, and so stays good across restarts.
//
// # Messages
//
// A message is any Go value. Sending does not copy what it points to: who has
// sent a pointer should not use it any more.
//
// A mailbox holds, in the order of their arrival, the messages that have been
// sent to one process and that it has not received. It is unbounded unless the
// process was spawned [Bounded].
//
// A selector (package sel) says which messages are wanted and what to make of
// one. Selective receive is [Receive] with a selector: it takes the first message
// in arrival order that the selector accepts, and leaves all others where they
// are, in their order. To select by type costs the same whatever else is queued;
// a predicate is asked about the messages of its own type.
//
// A dead letter is a message that nobody will receive and whose sender was not
// told so: sent to a process that has ended, refused by a bound, or left in the
// mailbox at the end. Dead letters are counted ([Counters]) and shown to a hook
// ([WithDeadLetters]). What the runtime sends (ProcessDown, TimerElapsed,
// replies) never is one.
//
// A call ([Call]) is a message with a place for the answer ([ReplyTo]), and the
// waiting for that. A task ([Go]) is a function on a goroutine of its own, for
// work that blocks elsewhere. Timers ([StartTimer], [SendAfter], [SendEvery])
// send messages later. Tasks and timers end with their process.
//
// # Ends
//
// An interrupt is an error that a blocking operation returns instead of what it
// was to do; its type is an [InterruptReason]. The process may handle it and
// carry on. Interrupts come from [ID.Interrupt], from links, and from operations
// that fail: all errors of blocking operations are InterruptReasons, but for the
// error of a task's own function.
//
// A shutdown ends a process; its type is a [ShutdownReason]. It takes effect at
// the process's next operation, at once if it is blocked in one: the goroutine
// unwinds (by [runtime.Goexit]), so that deferred functions run, and no code of the
// process can stop that. The first shutdown wins, and outranks all interrupts.
//
// A kill ([ID.Kill]) makes a process dead before it returns, whatever its
// goroutine is doing. That unwinds at its next operation; until then it is
// abandoned ([System.Abandoned]).
//
// These are the three steps of ending a process: an interrupt with
// [NormalExitRequested] asks it to finish its work, a shutdown makes it clean up,
// a kill grants it nothing. [Main] goes all three with a program at a signal;
// [System.Stop], and an owner that ends, begin with the second.
//
// The exit reason of a process is a ShutdownReason too: what its body returned
// (an interrupt as [InterruptToExit] says, any other error in an
// [ExitUnhandledError]), what it was shut down with, or [ExitPanic] or
// [ExitKilled]. Its [Severity] is ExitSuccess or Crash. Reasons are errors, and
// hold what caused them: errors.Is and errors.As find the first cause at the end
// of a chain of processes.
//
// A link is between two processes. When one crashes the other one is interrupted
// with [LinkedProcessCrashed]. A normal end only removes the link.
//
// A monitor tells its owner the end of another process, of whatever severity, by
// one message, [ProcessDown].
//
// An owned process ([Owned]) never outlives its parent: when the parent's body and
// deferred functions have ended it is shut down, and the parent is dead only
// when it is.
//
// # What blocks
//
// The blocking operations of a process are [Receive], [ReceiveWithin],
// [ReceiveWithMonitor], [Self.Receive], [Self.Messages], [Process.Sleep],
// [Process.Yield], [Call], [CallWithin], [Task.Await], [Join], [Pid.SendContext]
// and [Process.AwaitEnd]. They, and nothing else, are the delivery points: each
// begins by attending to a kill, a shutdown or the oldest interrupt, in that
// order, before it does anything else, and attends to what comes while it waits.
// An operation takes at most one interrupt, and then has done nothing else: no
// message has been taken, or sent by SendContext. Only a call's request may have
// been received. AwaitEnd takes no interrupts.
//
// [Process.Exit] and a process's own [System.Stop] do not return.
//
// Nothing else waits for anybody: not sending, spawning, linking, monitoring,
// interrupting, shutting down, killing, replying, or looking at another process.
//
// Once a process unwinds because of a shutdown its deferred functions may still
// send, reply, interrupt, kill, cancel timers and wait in AwaitEnd; other blocking
// operations unwind further.
//
// A process is a [context.Context], cancelled with its reason as cause by a
// shutdown or a kill, at once, and by its end; not by an interrupt. So what
// blocks outside of this package, and takes a context, ends as well. Who is given
// the process as a context can act as it in Call, Join and SendContext; other
// goroutines are to be given [Outside] instead.
//
// # What is in order
//
// Messages from one process to another one arrive in the order sent, and the
// sender's ProcessDown after all of them. There is no order between senders.
//
// Interrupts arrive in the order sent, and before any message, also before
// messages that were sent earlier.
//
// A process ends in this order: its deferred functions run; its reason is fixed;
// its context, tasks and timers end and calls to it fail; its owned processes
// end; it is dead and its names are free; monitors fire, in the order of
// monitoring; links fire; [ID.Done] is closed. A kill leaves out the deferred
// functions, which run later if ever. Who sees the ProcessDown thus finds the
// process not alive and its names free.
//
// It makes no difference whether one links or monitors just before or just after
// the other one ends.
package proc
