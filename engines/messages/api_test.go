package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func Test_web_alone_has_the_key(t *testing.T) {
	house := start(t)
	for _, key := range []string{"", "wrong", apiKey + "x", apiKey[:5]} {
		if status, _ := house.apiWithKey("info", "{}", key); status != http.StatusUnauthorized {
			t.Errorf("%q: %d", key, status)
		}
	}
	if status, _ := house.apiWithKey("no_such_method", "{}", "wrong"); status != http.StatusUnauthorized {
		t.Error("what exists is told to anyone")
	}
}

func Test_requests_that_are_not_valid_say_what_is_wrong(t *testing.T) {
	house := start(t)
	for _, bad := range []struct{ method, body, text string }{
		{"publish", `{"channel": "room:blue"}`, "data"},
		{"publish", `{"channel": "news", "data": {}}`, "channel"},
		{"publish", `{"channel": "room:blue", "data": "` + strings.Repeat("x", dataBytesMax) + `"}`, "data"},
		{"publish", `{"channel": "room:blue", "data": {}, "to": "all"}`, "to"},
		{"broadcast", `{"channels": [], "data": {}}`, "channels"},
		{"broadcast", `{"channels": ["room:blue", "x"], "data": {}}`, "channel"},
		{"disconnect", `{"user": "bob"}`, "user"},
		{"disconnect_seat", `{}`, "seat"},
		{"presence", `{"channel": "seat:bob"}`, "channel"},
		{"presence", `nonsense`, "body"},
	} {
		status, said := house.api(bad.method, bad.body)
		if status != http.StatusBadRequest || !strings.Contains(string(said["error"]), bad.text) {
			t.Errorf("%s %.60s: %d %s", bad.method, bad.body, status, said["error"])
		}
	}
	if status, _ := house.api("no_such_method", "{}"); status != http.StatusNotFound {
		t.Error("an unknown method is not told apart")
	}
}

func Test_what_is_published_again_with_the_same_key_is_said_once(t *testing.T) {
	house := start(t)
	bob := house.enter("bob.1", tokenFor("bob.1"))

	for range 3 {
		house.mustAPI("publish", `{"channel": "room:blue", "data": {"kind": "chat"}, "idempotency_key": "message-1"}`)
	}

	bob.hears("room:blue", "chat")
	bob.hearsNothing()
}

func Test_a_broadcast_reaches_every_channel(t *testing.T) {
	house := start(t)
	bob := house.enter("bob.1", tokenFor("bob.1"))
	carol := house.enter("carol.1", tokenFor("carol.1", with("room", "red"), with("channels", []string{"room:red"})))

	house.mustAPI("broadcast", `{"channels": ["room:blue", "room:red"], "data": {"kind": "notice"}}`)

	bob.hears("room:blue", "notice")
	carol.hears("room:red", "notice")
}

func Test_data_with_line_breaks_arrives_as_one_message(t *testing.T) {
	house := start(t)
	bob := house.enter("bob.1", tokenFor("bob.1"))

	house.mustAPI("publish", "{\"channel\": \"room:blue\", \"data\": {\n\"kind\":\r\n \"chat\"\n}}")

	bob.hears("room:blue", "chat")
}

func Test_presence_tells_who_is_here(t *testing.T) {
	house := start(t)
	bob := house.enter("bob.3", tokenFor("bob.3"))
	house.enter("carol.1", tokenFor("carol.1"))

	var found struct {
		Presence map[string]struct {
			User string            `json:"user"`
			Info map[string]string `json:"conn_info"`
		} `json:"presence"`
	}
	_ = json.Unmarshal(house.mustAPI("presence", `{"channel": "room:blue"}`), &found)
	users := map[string]string{}
	for _, person := range found.Presence {
		users[person.User] = person.Info["name"]
	}
	if len(users) != 2 || users["bob.3"] != "Bob" {
		t.Errorf("%v", users)
	}

	_ = bob.socket.Close()
	eventually(t, "Bob is gone", func() bool {
		return string(house.mustAPI("presence_stats", `{"channel": "room:blue"}`)) == `{"num_clients":1,"num_users":1}`
	})
}

func Test_a_generation_put_out_is_out_within_a_second_and_hears_why(t *testing.T) {
	house := start(t)
	old := house.enter("bob.1", tokenFor("bob.1"))
	fresh := house.enter("bob.2", tokenFor("bob.2"))

	house.mustAPI("publish", `{"channel": "seat:bob", "data": {"kind": "taken_over", "generation": 2}}`)
	began := time.Now()
	house.mustAPI("disconnect", `{"user": "bob.1"}`)

	old.hears("seat:bob", "taken_over")
	if code := old.end(); code != 4500 {
		t.Errorf("ended with %d", code)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("after %s", took)
	}
	if code := house.turnedAway("bob.1", tokenFor("bob.1")); code != 4500 {
		t.Errorf("its token was answered with %d", code)
	}
	house.mustAPI("publish", chat("room:blue", "still here"))
	fresh.hears("room:blue", "chat")
}

func Test_generations_below_the_least_are_out_and_stay_out(t *testing.T) {
	house := start(t)
	one, two := house.enter("bob.1", tokenFor("bob.1")), house.enter("bob.2", tokenFor("bob.2"))
	three := house.enter("bob.3", tokenFor("bob.3"))

	result := house.mustAPI("disconnect_seat", `{"seat": "bob", "generation_min": 3}`)

	if one.end() != 4500 || two.end() != 4500 || string(result) != `{"disconnected":2}` {
		t.Errorf("%s", result)
	}
	for generation := range 3 {
		user := fmt.Sprintf("bob.%d", generation)
		if code := house.turnedAway(user, tokenFor(user)); code != 4500 {
			t.Errorf("%s: answered with %d", user, code)
		}
	}
	house.mustAPI("publish", chat("room:blue", "still here"))
	three.hears("room:blue", "chat")
	house.enter("bob.4", tokenFor("bob.4"))
}

func Test_every_generation_of_a_seat_can_be_put_out(t *testing.T) {
	house := start(t)
	one, two := house.enter("bob.1", tokenFor("bob.1")), house.enter("bob.2", tokenFor("bob.2"))
	carol := house.enter("carol.1", tokenFor("carol.1"))

	house.mustAPI("disconnect_seat", `{"seat": "bob"}`)

	if one.end() != 4500 || two.end() != 4500 || house.turnedAway("bob.9", tokenFor("bob.9")) != 4500 {
		t.Error("somebody stayed")
	}
	house.mustAPI("publish", chat("room:blue", "still here"))
	carol.hears("room:blue", "chat")
}

func Test_a_socket_opened_before_the_seat_was_put_out_opens_nothing_afterwards(t *testing.T) {
	house := start(t)
	bob, _ := house.dial("bob.1", nil)
	house.mustAPI("disconnect_seat", `{"seat": "bob", "generation_min": 2}`)

	bob.send("connect", map[string]string{"token": tokenFor("bob.1")})

	if code := bob.end(); code != 4500 {
		t.Errorf("ended with %d", code)
	}
}

func Test_a_seat_put_out_cannot_refresh_its_token(t *testing.T) {
	house := start(t)
	bob := house.enter("bob.1", tokenFor("bob.1"))
	house.house.denials.add("bob", generationsBelow(2, time.Now()), time.Now())

	bob.send("refresh", map[string]string{"token": tokenFor("bob.1")})

	if code := bob.end(); code != 4500 {
		t.Errorf("ended with %d", code)
	}
}

func Test_who_was_away_for_a_moment_recovers_what_was_said(t *testing.T) {
	house := start(t)
	bob, positions := house.enterSince("bob.1", tokenFor("bob.1"), nil)
	_ = bob.socket.Close()
	for number := range 3 {
		house.mustAPI("publish", chat("room:blue", fmt.Sprint(number)))
	}

	since := map[string]any{"room:blue": map[string]any{"recover": true, "epoch": positions["room:blue"].Epoch, "offset": positions["room:blue"].Offset}}
	_, back := house.enterSince("bob.1", tokenFor("bob.1"), since)

	room := back["room:blue"]
	if !room.Recovered || len(room.Publications) != 3 || room.Publications[2].Data["text"] != "2" {
		t.Errorf("%+v", room)
	}
}

func Test_who_was_away_across_a_restart_is_told_that_something_may_be_missing(t *testing.T) {
	before := start(t)
	_, positions := before.enterSince("bob.1", tokenFor("bob.1"), nil)
	before.mustAPI("publish", chat("room:blue", "lost"))
	after := start(t)

	since := map[string]any{"room:blue": map[string]any{"recover": true, "epoch": positions["room:blue"].Epoch, "offset": positions["room:blue"].Offset}}
	_, back := after.enterSince("bob.1", tokenFor("bob.1"), since)

	if back["room:blue"].Recovered {
		t.Error("it claims that nothing is")
	}
}

func Test_a_reader_that_does_not_read_is_cut_off_and_others_are_not_kept_waiting(t *testing.T) {
	house := start(t)
	slow, _ := house.dial("bob.1", nil)
	_ = slow.socket.NetConn().(*net.TCPConn).SetReadBuffer(4096)
	slow.pushes = make(chan reply) // nobody takes them: the reader stands still
	slow.send("connect", map[string]string{"token": tokenFor("bob.1")})
	carol := house.enter("carol.1", tokenFor("carol.1"))
	line := chat("room:blue", strings.Repeat("x", dataBytesMax-100))

	for range 100 {
		for range 50 {
			house.mustAPI("publish", line)
		}
		for range 50 {
			carol.hears("room:blue", "chat")
		}
		if strings.Contains(house.logs.String(), `"code":3008`) || strings.Contains(house.logs.String(), `"code":3009`) {
			return
		}
	}
	t.Error("it is still connected")
}

func Test_all_that_can_be_recovered_fits_through_the_queue_of_a_connection(t *testing.T) {
	if historySize*(dataBytesMax+200) > queueBytesMax {
		t.Error("who recovers would be cut off as slow, come back, and recover again")
	}
}

func Test_metrics_are_for_programs_on_this_machine_only(t *testing.T) {
	house := start(t)
	house.enter("bob.1", tokenFor("bob.1"))

	status, text := get(t, "http://"+house.at+"/metrics", http.Header{})
	if status != http.StatusOK || !strings.Contains(text, `messages_connects_total{outcome="connected"} 1`) {
		t.Errorf("%d %.200s", status, text)
	}
	if status, _ = get(t, "http://"+house.at+"/metrics", http.Header{"X-Forwarded-For": {"192.0.2.1"}}); status != http.StatusNotFound {
		t.Errorf("front's visitors see them: %d", status)
	}
}

func Test_logs_hold_no_token_key_or_query(t *testing.T) {
	house := start(t)
	token := tokenFor("bob.1")
	bob := house.enter("bob.1", token)
	bob.send("refresh", map[string]string{"token": token + "x"})
	house.turnedAway("carol.1", token)
	_, _ = get(t, "http://"+house.at+"/connection/sse?cf_connect=%7B%22token%22:%22"+token+"%22", http.Header{"X-Seat": {"bob.1"}})
	broken, _ := house.dial("bob.1", nil)
	_ = broken.socket.WriteMessage(1, []byte(`{"id": 1, "connect": {"token": "`+token+`"`))
	broken.end()
	house.web.Close()
	house.enter("dave.1", tokenFor("dave.1")).call("heartbeat", `{"watched_ms": 1}`)
	eventually(t, "the failure is logged", func() bool { return strings.Contains(house.logs.String(), "batch not accepted") })

	logged := house.logs.String()
	for _, word := range append(strings.Split(token, "."), secret, apiKey, internalKey, "cf_connect") {
		if strings.Contains(logged, word) {
			t.Errorf("%q is in the logs", word)
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(logged), "\n") {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
}
