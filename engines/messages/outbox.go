package main

import (
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

const (
	rowsMax           = 100_000 // in memory while web is away
	rowsPerBatchMax   = 2_000   // about half a megabyte
	heartbeatsKeptFor = time.Minute
)

type reactionRow struct {
	Room   string    `json:"room"`
	Counts counts    `json:"counts"`
	Until  time.Time `json:"until"`
}

type heartbeatRow struct {
	Seat       string    `json:"seat"`
	Generation int64     `json:"generation"`
	Room       string    `json:"room"`
	Frames     int64     `json:"frames"`
	WatchedMS  int64     `json:"watched_ms"`
	At         time.Time `json:"at"`
}

// batch is what web is told at once. It keeps its id and its rows until web has accepted it.
type batch struct {
	ID         uuid.UUID      `json:"batch_id"`
	Reactions  []reactionRow  `json:"reactions"`
	Heartbeats []heartbeatRow `json:"heartbeats"`
}

// outbox holds what web has not accepted yet, in bounded memory.
type outbox struct {
	mu         sync.Mutex
	open       map[string]counts // reactions since the last close
	reactions  []reactionRow
	heartbeats []heartbeatRow
	sealed     *batch // offered to web, perhaps already received: never altered
	dropped    int
}

func newOutbox() *outbox { return &outbox{open: map[string]counts{}} }

func (o *outbox) addReactions(sums map[string]counts) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for room, sum := range sums {
		if o.open[room] == nil {
			o.open[room] = counts{}
		}
		for reaction, number := range sum {
			o.open[room][reaction] += number
		}
	}
}

func (o *outbox) addHeartbeat(row heartbeatRow) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.heartbeats = append(o.heartbeats, row)
	o.makeRoom(row.At)
}

// close turns the reactions so far into rows that end at `now`.
func (o *outbox) close(now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for room, sum := range o.open {
		o.reactions = append(o.reactions, reactionRow{Room: room, Counts: sum, Until: now.UTC()})
	}
	o.open = map[string]counts{}
	o.makeRoom(now)
}

// makeRoom drops the oldest reactions first, then the oldest heartbeats; those of the last minute stay.
func (o *outbox) makeRoom(now time.Time) {
	surplus := len(o.reactions) + len(o.heartbeats) - rowsMax
	if surplus <= 0 {
		return
	}
	surplus += rowsMax / 10 // many at once: each time the rest is moved
	reactions := min(surplus, len(o.reactions))
	o.reactions = slices.Delete(o.reactions, 0, reactions)
	heartbeats, keepSince := 0, now.Add(-heartbeatsKeptFor)
	for heartbeats < surplus-reactions && o.heartbeats[heartbeats].At.Before(keepSince) {
		heartbeats++
	}
	o.heartbeats = slices.Delete(o.heartbeats, 0, heartbeats)
	o.dropped += reactions + heartbeats
}

// next is the batch to offer: the one not accepted yet, or else a new one, or nil when there is nothing to say.
func (o *outbox) next() *batch {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.sealed == nil && len(o.reactions)+len(o.heartbeats) > 0 {
		heartbeats := min(len(o.heartbeats), rowsPerBatchMax)
		reactions := min(len(o.reactions), rowsPerBatchMax-heartbeats)
		o.sealed = &batch{
			ID:         uuid.New(),
			Reactions:  append([]reactionRow{}, o.reactions[:reactions]...),
			Heartbeats: append([]heartbeatRow{}, o.heartbeats[:heartbeats]...),
		}
		o.reactions = slices.Delete(o.reactions, 0, reactions)
		o.heartbeats = slices.Delete(o.heartbeats, 0, heartbeats)
	}
	return o.sealed
}

// accepted ends the batch that was offered.
func (o *outbox) accepted() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sealed = nil
}

// size answers the rows that wait, offered ones included, and those dropped since the start.
func (o *outbox) size() (waiting, dropped int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	waiting = len(o.open) + len(o.reactions) + len(o.heartbeats)
	if o.sealed != nil {
		waiting += len(o.sealed.Reactions) + len(o.sealed.Heartbeats)
	}
	return waiting, o.dropped
}
