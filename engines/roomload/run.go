package main

import (
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/livekit/livekit-server/test/client"
)

const (
	joinWithin = 15 * time.Second
	settleFor  = 2 * time.Second // after the last has joined, before measuring
)

// joined and received are the two lines that a bench reads.
type joined struct {
	What    string   `json:"what"`
	Joined  int      `json:"joined"`
	Failed  int      `json:"failed"`
	Seconds float64  `json:"seconds"`
	Reasons []string `json:"reasons,omitempty"` // of up to three failures
}

type received struct {
	What    string  `json:"what"`
	BPS     float64 `json:"bits_per_second"`
	EachBPS float64 `json:"bits_per_second_each"`
	Starved int     `json:"starved"`
	Seconds float64 `json:"seconds"`
}

// run joins, measures, tells `out` and leaves.
func (p plan) run(out *json.Encoder) error {
	if p.publisher != "" {
		stop, err := p.publish()
		if err != nil {
			return err
		}
		defer stop()
	}
	began := time.Now()
	people, failures := p.joinAll()
	defer func() {
		for _, person := range people {
			person.Stop()
		}
	}()
	said := joined{What: "joined", Joined: len(people), Failed: len(failures), Seconds: time.Since(began).Seconds()}
	for _, failure := range failures[:min(3, len(failures))] {
		said.Reasons = append(said.Reasons, failure.Error())
	}
	if err := out.Encode(said); err != nil {
		return err
	}
	if len(people) == 0 && len(p.tokens) > 0 {
		return errors.New("nobody could join")
	}
	time.Sleep(settleFor)
	return out.Encode(p.measure(people))
}

func (p plan) joinAll() (people []*client.RTCClient, failures []error) {
	var mu sync.Mutex
	var joining sync.WaitGroup
	for _, token := range p.tokens {
		joining.Go(func() {
			person, err := p.join(token)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failures = append(failures, err)
				return
			}
			people = append(people, person)
		})
		time.Sleep(time.Duration(float64(time.Second) / p.perSecond))
	}
	joining.Wait()
	return people, failures
}

func (p plan) join(token string) (*client.RTCClient, error) {
	options := &client.Options{AutoSubscribe: true}
	socket, err := client.NewWebSocketConn(p.url, token, options)
	if err != nil {
		return nil, err
	}
	person, err := client.NewRTCClient(socket, false, options)
	if err != nil {
		return nil, err
	}
	go func() { _ = person.Run() }()
	if err := person.WaitUntilConnected(joinWithin); err != nil {
		person.Stop()
		return nil, err
	}
	return person, nil
}

func (p plan) measure(people []*client.RTCClient) received {
	before := make([]uint64, len(people))
	for number, person := range people {
		before[number] = person.BytesReceived()
	}
	began := time.Now()
	time.Sleep(p.hold)
	said := received{What: "received", Seconds: time.Since(began).Seconds()}
	for number, person := range people {
		bps := float64(person.BytesReceived()-before[number]) * 8 / said.Seconds
		said.BPS += bps
		if bps < p.starvedBPS {
			said.Starved++
		}
	}
	said.EachBPS = said.BPS / float64(max(1, len(people)))
	return said
}
