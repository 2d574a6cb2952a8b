package account

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/probe"
	"github.com/harkgo/hark/pkg/proc"
)

func TestLowBalance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := proc.NewSystem()
		t.Cleanup(func() { require.NoError(t, sys.Stop(context.Background())) })
		watcher := probe.New[Low](t, sys)
		account := proc.Spawn(sys, Run(5, watcher.Pid()))

		for _, amount := range []int{10, -8, -1} {
			_, err := Add(t.Context(), account, amount)
			require.NoError(t, err)
		}
		require.Equal(t, Low{2}, watcher.Next())
		watcher.ExpectNothing(time.Hour) // virtual: it was low already

		account.Shutdown(proc.ExitNormally{})
		watcher.ExpectDown(account.ID)
	})
}
