package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func Test_a_seat_hears_its_room_and_what_it_alone_is_told(t *testing.T) {
	house := start(t)
	bob := house.enter("bob.1", tokenFor("bob.1"))
	carol := house.enter("carol.1", tokenFor("carol.1"))

	house.mustAPI("publish", chat("room:blue", "good evening"))
	house.mustAPI("publish", chat("seat:bob", "you are on"))

	if said := bob.hears("room:blue", "chat"); said.Data["text"] != "good evening" {
		t.Errorf("heard %v", said.Data)
	}
	bob.hears("seat:bob", "chat")
	carol.hears("room:blue", "chat")
	carol.hearsNothing()
}

func Test_a_token_that_is_not_web_s_own_word_opens_nothing(t *testing.T) {
	house := start(t)
	good := jwt.MapClaims{"aud": "messages", "sub": "bob.1", "exp": time.Now().Add(time.Minute).Unix(), "room": "blue", "channels": []string{"room:blue"}}
	payload := strings.Split(tokenFor("bob.1"), ".")
	for name, token := range map[string]string{
		"signed by somebody else":    signed(good, jwt.SigningMethodHS256, []byte("a secret of Mallory's that is long enough")),
		"signed by another method":   signed(good, jwt.SigningMethodHS512, []byte(secret)),
		"not signed":                 signed(good, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType),
		"with its signature changed": payload[0] + "." + payload[1] + "." + strings.Repeat("A", 43),
		"for another engine":         tokenFor("bob.1", with("aud", "livekit")),
		"for nobody in particular":   tokenFor("bob.1", without("aud")),
		"without an end":             tokenFor("bob.1", without("exp")),
		"that lives for too long":    tokenFor("bob.1", lasting(2*time.Hour)),
		"without a room":             tokenFor("bob.1", without("room")),
		"without channels":           tokenFor("bob.1", without("channels")),
		"expired and for another":    tokenFor("bob.1", lasting(-time.Minute), with("aud", "livekit")),
		"with a seat of no form":     tokenFor("bob.1", with("sub", "bob")),
		"with too much to say":       tokenFor("bob.1", with("info", strings.Repeat("x", 2000))),
		"that is none":               "token",
	} {
		t.Run(name, func(t *testing.T) {
			if code := house.turnedAway("bob.1", token); code != 3500 {
				t.Errorf("ended with %d", code)
			}
		})
	}
}

func Test_an_expired_token_makes_the_client_ask_for_a_fresh_one(t *testing.T) {
	house := start(t)

	if code := house.turnedAway("bob.1", tokenFor("bob.1", lasting(-time.Second))); code != 109 {
		t.Errorf("answered %d", code)
	}
}

func Test_a_token_is_refused_to_any_seat_but_its_own(t *testing.T) {
	house := start(t)
	token := tokenFor("bob.1")

	for _, other := range []string{"mallory.1", "bob.2", "bob.0"} {
		if code := house.turnedAway(other, token); code != 4501 {
			t.Errorf("%s: ended with %d", other, code)
		}
	}
}

func Test_nobody_comes_in_without_the_seat_that_front_asked_about(t *testing.T) {
	house := start(t)

	for _, user := range []string{"", "bob", "bob.one", "bob.-1", "../bob.1"} {
		if _, answer := house.dial(user, nil); answer == nil || answer.StatusCode != http.StatusForbidden {
			t.Errorf("%q was let in", user)
		}
	}
}

func Test_a_token_for_channels_of_others_opens_nothing(t *testing.T) {
	house := start(t)
	for _, channel := range []string{"room:red", "seat:carol", "backstage:red", "blue", "room:", "room:*", "$room:blue", "room:blue:x", "chat:blue"} {
		if code := house.turnedAway("bob.1", tokenFor("bob.1", with("channels", []string{"room:blue", channel}))); code != 3500 {
			t.Errorf("%s: ended with %d", channel, code)
		}
	}
}

func Test_a_browser_may_neither_publish_nor_subscribe_nor_look_around(t *testing.T) {
	house := start(t)
	mallory := house.enter("mallory.1", tokenFor("mallory.1"))
	carol := house.enter("carol.1", tokenFor("carol.1"))

	for name, command := range map[string]any{
		"publish":        map[string]any{"channel": "room:blue", "data": map[string]string{"kind": "chat"}},
		"subscribe":      map[string]any{"channel": "backstage:blue"},
		"presence":       map[string]any{"channel": "room:blue"},
		"presence_stats": map[string]any{"channel": "room:blue"},
		"history":        map[string]any{"channel": "room:blue", "limit": 10},
	} {
		if said, answered := mallory.send(name, command); !answered || said.Error == nil {
			t.Errorf("%s was not refused", name)
		}
	}

	carol.hearsNothing()
}

func Test_a_fresh_token_keeps_the_connection_and_brings_its_channels(t *testing.T) {
	house := start(t)
	alice := house.enter("alice.1", tokenFor("alice.1", lasting(2*time.Second), with("channels", []string{"room:blue", "backstage:blue"})))

	said, _ := alice.send("refresh", map[string]string{"token": tokenFor("alice.1", with("channels", []string{"room:blue", "seat:alice"}))})
	if said.Error != nil {
		t.Fatal(*said.Error)
	}
	time.Sleep(3 * time.Second) // longer than the first token

	house.mustAPI("publish", chat("backstage:blue", "a secret of the crew"))
	house.mustAPI("publish", chat("seat:alice", "still here"))
	for {
		heard := <-alice.pushes
		if heard.Push.Publication != nil {
			if heard.Push.Channel != "seat:alice" {
				t.Errorf("heard %s", heard.Push.Channel)
			}
			break
		}
	}
}

func Test_a_connection_whose_token_ends_ends(t *testing.T) {
	house := start(t)
	bob := house.enter("bob.1", tokenFor("bob.1", lasting(time.Second)))

	if code := bob.end(); code != 3005 {
		t.Errorf("ended with %d", code)
	}
}

func Test_a_fresh_token_for_another_place_ends_the_connection(t *testing.T) {
	house := start(t)
	for name, fresh := range map[string]struct {
		token string
		code  int
	}{
		"another seat":       {tokenFor("carol.1"), 4501},
		"another generation": {tokenFor("bob.2"), 4501},
		"another room":       {tokenFor("bob.1", with("room", "red"), with("channels", []string{"room:red"})), 4501},
		"forged":             {tokenFor("bob.1") + "x", 3500},
		"expired":            {tokenFor("bob.1", lasting(-time.Second)), 3005},
	} {
		t.Run(name, func(t *testing.T) {
			bob := house.enter("bob.1", tokenFor("bob.1"))

			bob.send("refresh", map[string]string{"token": fresh.token})

			if code := bob.end(); code != fresh.code {
				t.Errorf("ended with %d", code)
			}
		})
	}
}

func Test_too_many_connections_from_one_address_are_refused_and_the_rest_are_not(t *testing.T) {
	house := start(t, func(c *config) { c.connectionsPerAddressMax = 2 })
	from := func(address string) http.Header { return http.Header{"X-Forwarded-For": {address}} }
	first, _ := house.dial("a.1", from("192.0.2.7"))
	house.dial("b.1", from("198.51.100.1, 192.0.2.7"))

	if _, answer := house.dial("c.1", from("192.0.2.7")); answer == nil || answer.StatusCode != http.StatusServiceUnavailable {
		t.Error("the third was let in")
	}
	if other, _ := house.dial("d.1", from("192.0.2.7, 203.0.113.9")); other == nil {
		t.Error("somebody else was refused")
	}

	_ = first.socket.Close()
	eventually(t, "the place is free again", func() bool {
		b, _ := house.dial("e.1", from("192.0.2.7"))
		return b != nil
	})
}

func Test_addresses_of_one_ipv6_network_count_as_one(t *testing.T) {
	house := start(t, func(c *config) { c.connectionsPerAddressMax = 1 })
	house.dial("a.1", http.Header{"X-Forwarded-For": {"2001:db8::1"}})

	if b, _ := house.dial("b.1", http.Header{"X-Forwarded-For": {"2001:db8::2"}}); b != nil {
		t.Error("the neighbour was let in")
	}
	if b, _ := house.dial("c.1", http.Header{"X-Forwarded-For": {"2001:db8:0:1::1"}}); b == nil {
		t.Error("another network was refused")
	}
}

func Test_a_full_house_is_full_for_every_address(t *testing.T) {
	house := start(t, func(c *config) { c.connectionsMax = 1 })
	house.enter("bob.1", tokenFor("bob.1"))

	if _, answer := house.dial("carol.1", nil); answer == nil || answer.StatusCode != http.StatusServiceUnavailable {
		t.Error("the second was let in")
	}
}

func Test_a_fifth_connection_of_a_seat_ends_the_first(t *testing.T) {
	house := start(t)
	first := house.enter("bob.1", tokenFor("bob.1"))
	for range connectionsPerSeatMax {
		house.enter("bob.1", tokenFor("bob.1"))
	}

	if code := first.end(); code != 4502 {
		t.Errorf("ended with %d", code)
	}
}

func Test_another_site_cannot_open_a_connection(t *testing.T) {
	house := start(t)

	if b, _ := house.dial("bob.1", http.Header{"Origin": {"https://mallory.example"}}); b != nil {
		t.Error("it could")
	}
	if b, _ := house.dial("bob.1", http.Header{"Origin": {"http://" + house.at}}); b == nil {
		t.Error("our own site cannot either")
	}
}

func Test_a_command_that_is_too_large_ends_the_connection(t *testing.T) {
	house := start(t)
	bob := house.enter("bob.1", tokenFor("bob.1"))

	bob.call("react", `{"reaction": "`+strings.Repeat("x", commandBytesMax)+`"}`)

	bob.end()
}

func Test_where_no_websocket_passes_plain_http_does(t *testing.T) {
	house := start(t)
	command, _ := json.Marshal(map[string]any{"id": 1, "connect": map[string]string{"token": tokenFor("bob.1")}})
	for name, open := range map[string]func() *http.Request{
		"sse": func() *http.Request {
			r, _ := http.NewRequest(http.MethodGet, "http://"+house.at+"/connection/sse?cf_connect="+url.QueryEscape(string(command)), nil)
			return r
		},
		"http_stream": func() *http.Request {
			r, _ := http.NewRequest(http.MethodPost, "http://"+house.at+"/connection/http_stream", bytes.NewReader(command))
			return r
		},
	} {
		t.Run(name, func(t *testing.T) {
			request := open()
			request.Header.Set("X-Seat", "bob.1")
			answer, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = answer.Body.Close() }()
			lines := bufio.NewReader(answer.Body)
			connected := nextReply(t, lines)

			react, _ := json.Marshal(map[string]any{
				"session": connected.Connect.Session, "node": connected.Connect.Node,
				"data": `{"id": 2, "rpc": {"method": "react", "data": {"reaction": "heart"}}}`,
			})
			beside, _ := http.NewRequest(http.MethodPost, "http://"+house.at+"/connection/emulation", bytes.NewReader(react))
			beside.Header.Set("X-Seat", "bob.1")
			if said, err := http.DefaultClient.Do(beside); err != nil || said.StatusCode != http.StatusNoContent {
				t.Fatal("the reaction was not taken")
			}

			for {
				if said := nextReply(t, lines); said.Push != nil && said.Push.Publication != nil {
					if said.Push.Publication.Data["kind"] != "reactions" {
						t.Errorf("heard %v", said.Push.Publication.Data)
					}
					return
				}
			}
		})
	}
}

func nextReply(t *testing.T, lines *bufio.Reader) reply {
	t.Helper()
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		line = strings.TrimSpace(strings.TrimPrefix(line, "data: "))
		var said reply
		if line != "" && json.Unmarshal([]byte(line), &said) == nil {
			return said
		}
	}
}
