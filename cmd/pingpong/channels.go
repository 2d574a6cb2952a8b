package main

import (
	"context"
	"sync"
	"time"
)

// channels is the rival: the same game as one would write it by hand, with two
// goroutines and two unbuffered channels a pair. Its players cannot be
// interrupted, watched or replaced, and nothing can be queued for them that
// they do not want, so it plays without chaos and without backlog.
type channels struct {
	ctx     context.Context // the game's: its end ends the waiting
	orders  []chan uint64
	played  chan []time.Duration
	players sync.WaitGroup
	samples [][]time.Duration
}

func newChannels(ctx context.Context, pairs, payload int) *channels {
	c := &channels{ctx: ctx, played: make(chan []time.Duration, pairs)}
	for range pairs {
		orders, there, back := make(chan uint64, 1), make(chan *Ball), make(chan *Ball)
		c.orders = append(c.orders, orders)
		c.players.Go(func() { channelPonger(there, back) })
		c.players.Go(func() { channelPinger(orders, there, back, c.played, payload) })
	}
	return c
}

func channelPinger(orders <-chan uint64, there chan<- *Ball, back <-chan *Ball, played chan<- []time.Duration, payload int) {
	defer close(there)
	ball := newBall(payload)
	for until := range orders {
		samples := make([]time.Duration, 0, (until-ball.Number)/sampleEvery+1)
		for number := ball.Number + 1; number <= until; number++ {
			timed := number%sampleEvery == 0
			var start time.Time
			if timed {
				start = time.Now()
			}
			ball.stamp(number)
			there <- ball
			ball = <-back
			if timed {
				samples = append(samples, time.Since(start))
			}
		}
		played <- samples
	}
}

func channelPonger(there <-chan *Ball, back chan<- *Ball) {
	struck := uint64(0)
	for ball := range there {
		if !ball.intact() || ball.Number != struck+1 {
			panic("a ball on a channel was damaged or out of order")
		}
		struck = ball.Number
		back <- ball
	}
}

func (c *channels) play(until uint64) error {
	for _, orders := range c.orders {
		orders <- until
	}
	for range c.orders {
		select {
		case samples := <-c.played:
			c.samples = append(c.samples, samples)
		case <-c.ctx.Done():
			return context.Cause(c.ctx)
		}
	}
	return nil
}

func (c *channels) takeSamples() [][]time.Duration {
	taken := c.samples
	c.samples = nil
	return taken
}

// close lets the goroutines end once they have played what was asked for.
func (c *channels) close() {
	for _, orders := range c.orders {
		close(orders)
	}
	c.players.Wait()
}
