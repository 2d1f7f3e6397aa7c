package main

import (
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

func Test_while_web_is_away_the_oldest_reactions_go_first_and_fresh_heartbeats_never(t *testing.T) {
	o := newOutbox()
	for number := range rowsMax {
		o.reactions = append(o.reactions, reactionRow{Room: "blue", Until: noon.Add(time.Duration(number))})
	}

	o.addHeartbeat(heartbeatRow{Seat: "bob", At: noon})

	if len(o.heartbeats) != 1 || len(o.reactions) >= rowsMax || !o.reactions[0].Until.After(noon) {
		t.Errorf("%d heartbeats, %d reactions", len(o.heartbeats), len(o.reactions))
	}

	o.reactions = nil
	for range rowsMax {
		o.heartbeats = append(o.heartbeats, heartbeatRow{Seat: "carol", At: noon})
	}
	o.addHeartbeat(heartbeatRow{Seat: "bob", At: noon.Add(30 * time.Second)})
	if len(o.heartbeats) != rowsMax+2 {
		t.Error("a heartbeat of the last minute was dropped")
	}

	o.addHeartbeat(heartbeatRow{Seat: "bob", At: noon.Add(61 * time.Second)})
	if len(o.heartbeats) > rowsMax || o.heartbeats[len(o.heartbeats)-1].At != noon.Add(61*time.Second) {
		t.Errorf("%d heartbeats", len(o.heartbeats))
	}
}

func Test_a_batch_stands_until_it_is_accepted(t *testing.T) {
	o := newOutbox()
	o.addHeartbeat(heartbeatRow{Seat: "bob", At: noon})
	first := o.next()
	o.addHeartbeat(heartbeatRow{Seat: "carol", At: noon})
	o.addReactions(map[string]counts{"blue": {"heart": 1}})
	o.close(noon)

	if again := o.next(); again != first || len(again.Heartbeats) != 1 || len(again.Reactions) != 0 {
		t.Errorf("%+v", again)
	}
	o.accepted()
	if second := o.next(); second.ID == first.ID || len(second.Heartbeats) != 1 || second.Reactions[0].Counts["heart"] != 1 {
		t.Errorf("%+v", second)
	}
	o.accepted()
	if o.next() != nil {
		t.Error("there is something left to say")
	}
}

func Test_a_bucket_fills_with_time_and_not_beyond_its_burst(t *testing.T) {
	b := newBuckets(5, 10)
	taken := func(now time.Time) (number int) {
		for range 100 {
			if b.take("bob", now) {
				number++
			}
		}
		return number
	}

	for _, step := range []struct {
		at   time.Duration
		want int
	}{{0, 10}, {0, 0}, {time.Second, 5}, {time.Hour, 10}} {
		if got := taken(noon.Add(step.at)); got != step.want {
			t.Errorf("after %s: %d", step.at, got)
		}
	}

	b.forget(noon.Add(time.Hour + time.Second))
	if len(b.bySeat) != 1 {
		t.Error("a bucket was forgotten before it was full")
	}
	b.forget(noon.Add(2 * time.Hour))
	if len(b.bySeat) != 0 {
		t.Error("a full bucket is kept")
	}
}

func Test_denials_overlap_and_end(t *testing.T) {
	d := newDenials()
	d.add("bob", generationsBelow(3, noon), noon)
	d.add("bob", everyGeneration(noon), noon)
	d.add("bob", oneGeneration(5, noon), noon)
	later := noon.Add(denialShort)

	for _, claim := range []struct {
		generation int64
		at         time.Time
		want       bool
	}{{2, noon, true}, {9, noon, true}, {5, noon, true}, {2, later, true}, {3, later, false}, {5, later, false}, {2, noon.Add(denialLong), false}} {
		if got := d.denies(seat{"bob", claim.generation}, claim.at); got != claim.want {
			t.Errorf("generation %d at %s: %v", claim.generation, claim.at, got)
		}
	}
	if d.denies(seat{"carol", 1}, noon) {
		t.Error("somebody else is denied")
	}
	d.forget(noon.Add(denialLong))
	if len(d.bySeat) != 0 {
		t.Error("they are kept for ever")
	}
}

func Test_a_denial_outlives_every_token_of_its_generation(t *testing.T) {
	if denialLong <= tokenLifeMax {
		t.Error("it does not")
	}
}

func Test_the_configuration_names_what_is_missing_and_no_value(t *testing.T) {
	_, err := configFrom(func(name string) string {
		return map[string]string{"MESSAGES_TOKEN_SECRET": "short", "MESSAGES_CONNECTIONS_MAX": "many"}[name]
	})

	const want = "configuration: MESSAGES_LISTEN is missing; MESSAGES_TOKEN_SECRET has fewer than 32 bytes; " +
		"MESSAGES_API_KEY has fewer than 16 bytes; INTERNAL_KEY has fewer than 16 bytes; " +
		"MESSAGES_CALLBACK_URL is not an http address; MESSAGES_CONNECTIONS_MAX is not a positive number"
	if err == nil || err.Error() != want {
		t.Error(err)
	}
}
