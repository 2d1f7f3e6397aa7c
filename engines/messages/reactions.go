package main

import (
	"encoding/json"
	"sync"
)

// reactionKinds is the closed set; the pictures for them are the browser's affair.
var reactionKinds = map[string]bool{"heart": true, "clap": true, "laugh": true, "wow": true, "thanks": true}

type counts map[string]int

// reactions sums what a room feels, so that a thousand hearts are one message.
type reactions struct {
	mu     sync.Mutex
	byRoom map[string]counts
}

func newReactions() *reactions { return &reactions{byRoom: map[string]counts{}} }

func (r *reactions) add(room, reaction string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byRoom[room] == nil {
		r.byRoom[room] = counts{}
	}
	r.byRoom[room][reaction]++
}

// take answers the sums since the last call.
func (r *reactions) take() map[string]counts {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.byRoom
	r.byRoom = map[string]counts{}
	return taken
}

// reactionsMessage is what the room hears. It has no number: who misses it misses nothing that matters.
func reactionsMessage(sums counts) []byte {
	data, err := json.Marshal(struct {
		Kind   string `json:"kind"`
		Counts counts `json:"counts"`
	}{"reactions", sums})
	if err != nil {
		panic(err) // a map of numbers
	}
	return data
}
