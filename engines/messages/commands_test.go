package main

import (
	"net/http"
	"testing"
	"time"
)

func Test_reactions_reach_the_room_as_one_sum_without_a_number(t *testing.T) {
	house := start(t, func(c *config) { c.reactionsEvery = 300 * time.Millisecond })
	bob := house.enter("bob.1", tokenFor("bob.1"))
	carol := house.enter("carol.1", tokenFor("carol.1"))

	for range 3 {
		bob.call("react", `{"reaction": "heart"}`)
	}
	carol.call("react", `{"reaction": "clap"}`)

	heart, clap := 0.0, 0.0
	for heart < 3 || clap < 1 {
		said := bob.hears("room:blue", "reactions")
		if said.Offset != 0 {
			t.Errorf("it has the number %d", said.Offset)
		}
		sums := said.Data["counts"].(map[string]any)
		if number, any := sums["heart"].(float64); any {
			heart += number
		}
		if number, any := sums["clap"].(float64); any {
			clap += number
		}
	}
	if heart != 3 || clap != 1 {
		t.Errorf("%v hearts, %v claps", heart, clap)
	}
}

func Test_a_flood_of_reactions_counts_as_few_and_reconnecting_does_not_help(t *testing.T) {
	house := start(t)
	taken := 0
	began := time.Now()
	for range 3 {
		mallory := house.enter("mallory.1", tokenFor("mallory.1"))
		for range 15 {
			if said := mallory.call("react", `{"reaction": "wow"}`); said.Error == nil {
				taken++
			} else if said.Error.Code != 111 {
				t.Fatalf("refused with %d", said.Error.Code)
			}
		}
		_ = mallory.socket.Close()
	}

	if most := 10 + 5*int(time.Since(began).Seconds()+1); taken < 10 || taken > most {
		t.Errorf("%d were taken", taken)
	}
}

func Test_who_sends_more_commands_than_a_person_is_cut_off(t *testing.T) {
	house := start(t)
	mallory := house.enter("mallory.1", tokenFor("mallory.1"))

	for range 2 * commandsBurst {
		_ = mallory.socket.WriteJSON(map[string]any{"id": 7, "rpc": map[string]any{"method": "react", "data": map[string]string{"reaction": "wow"}}})
	}

	if code := mallory.end(); code != 3013 {
		t.Errorf("ended with %d", code)
	}
}

func Test_a_second_device_of_the_seat_shares_its_limit(t *testing.T) {
	house := start(t)
	one, two := house.enter("bob.1", tokenFor("bob.1")), house.enter("bob.1", tokenFor("bob.1"))
	for range 2 {
		one.call("heartbeat", `{"watched_ms": 5000}`)
	}

	if said := two.call("heartbeat", `{"watched_ms": 5000}`); said.Error == nil || said.Error.Code != 111 {
		t.Error("it has a limit of its own")
	}
}

func Test_commands_that_are_not_valid_are_refused(t *testing.T) {
	house := start(t)
	mallory := house.enter("mallory.1", tokenFor("mallory.1"))
	for _, bad := range []struct {
		method, data string
		code         int
	}{
		{"react", `{"reaction": "<script>"}`, 107},
		{"react", `{"reaction": "heart", "count": 1000}`, 107},
		{"react", `["heart"]`, 107},
		{"react", `{}`, 107},
		{"heartbeat", `{"frames": -1}`, 107},
		{"heartbeat", `{"watched_ms": 600001}`, 107},
		{"heartbeat", `{"watched_ms": 1.5}`, 107},
		{"heartbeat", `{"seat": "bob"}`, 107},
		{"publish", `{}`, 104},
		{"", `{}`, 104},
	} {
		if said := mallory.call(bad.method, bad.data); said.Error == nil || said.Error.Code != bad.code {
			t.Errorf("%s %s: %+v", bad.method, bad.data, said.Error)
		}
	}
}

func Test_web_is_handed_sums_and_heartbeats_with_its_own_key(t *testing.T) {
	house := start(t)
	bob := house.enter("bob.7", tokenFor("bob.7"))

	bob.call("react", `{"reaction": "thanks"}`)
	bob.call("heartbeat", `{"frames": 120, "audio_ms": 4900, "watched_ms": 5000, "state": "playing"}`)

	reactions, heartbeats := 0, []heartbeatRow{}
	eventually(t, "web has both", func() bool {
		reactions, heartbeats = 0, nil
		for _, b := range house.web.batches() {
			for _, row := range b.Reactions {
				reactions += row.Counts["thanks"]
			}
			heartbeats = append(heartbeats, b.Heartbeats...)
		}
		return reactions == 1 && len(heartbeats) == 1
	})
	row := heartbeats[0]
	row.At = time.Time{}
	if (row != heartbeatRow{Seat: "bob", Generation: 7, Room: "blue", Frames: 120, WatchedMS: 5000}) {
		t.Errorf("%+v", row)
	}
	if house.web.keys[0] != internalKey {
		t.Error("without the key")
	}
}

func Test_heartbeats_of_a_seat_that_is_not_watched_are_not_handed_on(t *testing.T) {
	house := start(t)
	alice := house.enter("alice.1", tokenFor("alice.1", with("watch", false)))

	said := alice.call("heartbeat", `{"watched_ms": 5000}`)

	if said.Error != nil || string(said.RPC.Data) != `{"is_counted":false}` {
		t.Errorf("%+v", said)
	}
	time.Sleep(250 * time.Millisecond)
	if len(house.web.batches()) != 0 {
		t.Error("it was")
	}
}

func Test_a_batch_that_web_fails_to_take_comes_again_with_the_same_id_and_rows(t *testing.T) {
	house := start(t)
	house.web.answers(http.StatusInternalServerError)
	bob := house.enter("bob.1", tokenFor("bob.1"))
	bob.call("heartbeat", `{"watched_ms": 5000}`)
	eventually(t, "it was offered twice", func() bool { return len(house.web.batches()) >= 2 })
	bob.call("heartbeat", `{"watched_ms": 4000}`)
	house.web.answers(http.StatusOK)

	eventually(t, "the second heartbeat arrives", func() bool {
		all := house.web.batches()
		return len(all[len(all)-1].Heartbeats) == 1 && all[len(all)-1].Heartbeats[0].WatchedMS == 4000
	})
	all := house.web.batches()
	first, last := all[0], all[len(all)-1]
	for _, again := range all[1 : len(all)-1] {
		if again.ID != first.ID || len(again.Heartbeats) != 1 || again.Heartbeats[0] != first.Heartbeats[0] {
			t.Errorf("offered %+v, then %+v", first, again)
		}
	}
	if last.ID == first.ID {
		t.Error("what came later has the same id")
	}
}

func Test_what_is_left_reaches_web_when_the_engine_stops(t *testing.T) {
	house := start(t, func(c *config) { c.batchEvery, c.reactionsEvery = time.Hour, time.Hour })
	bob := house.enter("bob.1", tokenFor("bob.1"))
	bob.call("heartbeat", `{"watched_ms": 5000}`)
	bob.call("react", `{"reaction": "clap"}`)

	house.stop()

	if code := bob.end(); code != 3001 {
		t.Errorf("ended with %d", code)
	}
	all := house.web.batches()
	if len(all) != 1 || len(all[0].Heartbeats) != 1 || len(all[0].Reactions) != 1 {
		t.Errorf("%+v", all)
	}
}
