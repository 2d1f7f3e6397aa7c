package main

import (
	"sync"
	"time"
)

// buckets lets each seat do something `perSecond` times a second, and up to `burst` times at once.
// It knows seats, not connections: to reconnect is no way round it.
type buckets struct {
	perSecond, burst float64

	mu     sync.Mutex
	bySeat map[string]bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

func newBuckets(perSecond, burst float64) *buckets {
	return &buckets{perSecond: perSecond, burst: burst, bySeat: map[string]bucket{}}
}

// take tells whether the seat may, and counts it if so.
func (b *buckets) take(seatID string, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	tokens := b.tokens(seatID, now)
	allowed := tokens >= 1
	if allowed {
		tokens--
	}
	b.bySeat[seatID] = bucket{tokens: tokens, at: now}
	return allowed
}

func (b *buckets) tokens(seatID string, now time.Time) float64 {
	held, known := b.bySeat[seatID]
	if !known {
		return b.burst
	}
	return min(b.burst, held.tokens+max(0, now.Sub(held.at).Seconds())*b.perSecond)
}

// forget drops full buckets: they are like those never used.
func (b *buckets) forget(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for seatID := range b.bySeat {
		if b.tokens(seatID, now) >= b.burst {
			delete(b.bySeat, seatID)
		}
	}
}
