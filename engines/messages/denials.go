package main

import (
	"math"
	"sync"
	"time"
)

const (
	// Longer than the time from front's question to web until the browser's first command.
	denialShort = 30 * time.Second
	denialLong  = tokenLifeMax + time.Minute
)

// denial refuses the generations `from` to `to` of a seat.
type denial struct {
	from, to int64
	until    time.Time
}

func oneGeneration(generation int64, now time.Time) denial {
	return denial{from: generation, to: generation, until: now.Add(denialShort)}
}

func everyGeneration(now time.Time) denial {
	return denial{from: 0, to: math.MaxInt64, until: now.Add(denialShort)}
}

func generationsBelow(generationMin int64, now time.Time) denial {
	return denial{from: 0, to: generationMin - 1, until: now.Add(denialLong)}
}

// denials remembers whom web has put out, so that a token verified a moment earlier opens nothing.
type denials struct {
	mu     sync.Mutex
	bySeat map[string][]denial
}

func newDenials() *denials { return &denials{bySeat: map[string][]denial{}} }

func (d *denials) add(seatID string, fresh denial, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	kept := []denial{fresh}
	for _, old := range d.bySeat[seatID] {
		isCovered := fresh.from <= old.from && old.to <= fresh.to && !old.until.After(fresh.until)
		if old.until.After(now) && !isCovered {
			kept = append(kept, old)
		}
	}
	d.bySeat[seatID] = kept
}

func (d *denials) denies(s seat, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, denial := range d.bySeat[s.id] {
		if denial.from <= s.generation && s.generation <= denial.to && now.Before(denial.until) {
			return true
		}
	}
	return false
}

// forget drops what has ended.
func (d *denials) forget(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for seatID, list := range d.bySeat {
		lasts := false
		for _, denial := range list {
			lasts = lasts || now.Before(denial.until)
		}
		if !lasts {
			delete(d.bySeat, seatID)
		}
	}
}
