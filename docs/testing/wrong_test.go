package account

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sim"
)

// Purse is an account that leaves it to others to look whether there is enough.
type Purse struct {
	Amount int
	Reply  proc.ReplyTo[int]
}

// withdraw is wrong: the balance may have changed when the amount is taken.
func withdraw(ctx context.Context, purse proc.Pid[Purse], amount int) (bool, error) {
	add := func(amount int) (int, error) {
		return proc.Call(ctx, purse, func(r proc.ReplyTo[int]) Purse { return Purse{amount, r} })
	}
	balance, err := add(0)
	if err != nil || balance < amount {
		return false, err
	}
	_, err = add(-amount)
	return err == nil, err
}

func testWithdraw(t *testing.T) {
	sim.Check(t, func(s *sim.Sim) {
		sys := s.System()
		balance := 10
		purse := proc.Spawn(sys, func(self *proc.Self[Purse]) error {
			for m, err := range self.Messages() {
				if err != nil {
					return err
				}
				balance += m.Amount
				m.Reply.Reply(balance)
			}
			return nil
		}, proc.Titled("purse"))
		s.Invariant("no debts", func() error {
			if balance < 0 {
				return fmt.Errorf("the balance is %d", balance)
			}
			return nil
		})
		for _, who := range []string{"ada", "bob"} {
			proc.Spawn(sys, func(self *proc.Self[string]) error {
				_, err := withdraw(self, purse, 7)
				return err
			}, proc.Titled(who))
		}
		s.Settle()
	})
}

// What is wrong is found, and reported as testing.md shows it.
func TestWithdraw(t *testing.T) {
	const wrong = "HARK_DOCS_WRONG"
	if os.Getenv(wrong) != "" {
		testWithdraw(t)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestWithdraw$")
	cmd.Env = append(os.Environ(), wrong+"=1")
	out, err := cmd.CombinedOutput()
	require.Error(t, err, "nothing has been found")
	const begin = "seed 0x"
	_, report, found := strings.Cut(string(out), begin)
	require.True(t, found, "%s", out)
	report, _, _ = strings.Cut(report, "\nFAIL")
	report = strings.TrimSpace(begin + strings.ReplaceAll(report, "\n        ", "\n"))
	require.Contains(t, report, "no debts: the balance is -4")

	page, err := os.ReadFile("../testing.md")
	require.NoError(t, err)
	require.Contains(t, string(page), "```text\n"+report+"\n```\n", "this is not the report that testing.md shows")
}
