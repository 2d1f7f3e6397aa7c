package main

import (
	"sync"

	"github.com/centrifugal/centrifuge"
)

const connectionsPerSeatMax = 4 // one, and a few that are dead and do not know it yet

// connections knows which open connections belong to which seat.
type connections struct {
	mu     sync.Mutex
	bySeat map[string][]connection // oldest first
}

type connection struct {
	client     *centrifuge.Client
	generation int64
}

func newConnections() *connections { return &connections{bySeat: map[string][]connection{}} }

// add answers the connections that are one too many: the oldest.
func (c *connections) add(client *centrifuge.Client, s seat) []*centrifuge.Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := append(c.bySeat[s.id], connection{client: client, generation: s.generation})
	c.bySeat[s.id] = list
	var surplus []*centrifuge.Client
	for _, old := range list[:max(0, len(list)-connectionsPerSeatMax)] {
		surplus = append(surplus, old.client)
	}
	return surplus
}

func (c *connections) remove(client *centrifuge.Client, s seat) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var kept []connection
	for _, other := range c.bySeat[s.id] {
		if other.client != client {
			kept = append(kept, other)
		}
	}
	if c.bySeat[s.id] = kept; len(kept) == 0 {
		delete(c.bySeat, s.id)
	}
}

// of answers the seat's connections in the generations that `d` denies.
func (c *connections) of(seatID string, d denial) []*centrifuge.Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []*centrifuge.Client
	for _, open := range c.bySeat[seatID] {
		if d.from <= open.generation && open.generation <= d.to {
			found = append(found, open.client)
		}
	}
	return found
}
