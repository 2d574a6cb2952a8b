package proc

// DeadLetter is a message that nobody will receive, and whose sender was not
// told so.
type DeadLetter struct {
	To      ID
	Message any
	Reason  string
}

// letterReason is why a message became a dead letter.
type letterReason int

const (
	letterNotRunning letterReason = iota
	letterUnread
	letterFull
	letterDropped
	letterNobody
	letterRefused
)

// letterReasons are the texts of DeadLetter.Reason, and the keys of
// Counters.DeadLetters.
var letterReasons = [...]string{
	letterNotRunning: "process not running",
	letterUnread:     "unread at exit",
	letterFull:       "mailbox full",
	letterDropped:    "dropped to make room",
	letterNobody:     "no such process",
	letterRefused:    "refused",
}

// deadLetter counts a message as lost and shows it to the hook.
func (s *System) deadLetter(to ID, message any, why letterReason) {
	s.count(why)
	if s.hook != nil {
		s.show([]DeadLetter{{To: to, Message: message, Reason: letterReasons[why]}})
	}
}

func (s *System) count(why letterReason) { s.letters[why].Add(1) }

// show shows dead letters, which have been counted, to the hook.
func (s *System) show(letters []DeadLetter) {
	for _, l := range letters {
		s.showOne(l)
	}
}

func (s *System) showOne(l DeadLetter) {
	s.touched()
	defer func() {
		if r := recover(); r != nil {
			s.logHookPanic(l, r)
		}
	}()
	s.hook(l)
}
