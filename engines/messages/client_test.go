package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

type happening struct {
	What          string `json:"what"`
	Code          int    `json:"code"`
	Channel       string `json:"channel"`
	Text          string `json:"text"`
	WasRecovering bool   `json:"wasRecovering"`
	Recovered     bool   `json:"recovered"`
}

// clientOfBrowsers runs the published client in Node.js and answers what it says.
func clientOfBrowsers(t *testing.T, house *running, user string) <-chan happening {
	t.Helper()
	root, _ := filepath.Abs("../..")
	node := filepath.Join(root, ".venv/bin/node")
	if _, err := os.Stat(node); err != nil {
		if node, err = exec.LookPath("node"); err != nil {
			t.Skip("no Node.js here")
		}
	}
	modules := filepath.Join(root, "web/node_modules")
	if _, err := os.Stat(filepath.Join(modules, "centrifuge")); err != nil {
		t.Skip("the workspace web/ is not installed")
	}
	command := exec.Command(node, "testdata/browser.mjs", modules, house.at, user, tokenFor(user))
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = input.Close(); _ = command.Wait() })
	said := make(chan happening, 100)
	go func() {
		for lines := bufio.NewScanner(output); lines.Scan(); {
			var h happening
			if json.Unmarshal(lines.Bytes(), &h) == nil {
				said <- h
			}
		}
	}()
	return said
}

func waitFor(t *testing.T, said <-chan happening, what string, is func(happening) bool) happening {
	t.Helper()
	for deadline := time.After(3 * patience); ; {
		select {
		case h := <-said:
			if h.What == what && is(h) {
				return h
			}
		case <-deadline:
			t.Fatalf("the client did not say %s", what)
		}
	}
}

func whatever(happening) bool { return true }

func Test_the_real_client_comes_back_after_a_restart_and_knows_that_it_may_have_missed_something(t *testing.T) {
	before := start(t)
	bob := clientOfBrowsers(t, before, "bob.1")
	waitFor(t, bob, "connected", whatever)
	before.mustAPI("publish", chat("room:blue", "before"))
	waitFor(t, bob, "publication", whatever)

	before.stop()
	waitFor(t, bob, "connecting", func(h happening) bool { return h.Code == 3001 })
	after := start(t, func(c *config) { c.listen = before.at })

	waitFor(t, bob, "connected", whatever)
	room := waitFor(t, bob, "subscribed", func(h happening) bool { return h.Channel == "room:blue" })
	if !room.WasRecovering || room.Recovered {
		t.Errorf("%+v", room)
	}
	after.mustAPI("publish", chat("room:blue", "after"))
	waitFor(t, bob, "publication", func(h happening) bool { return h.Text == "after" })
}

func Test_the_real_client_recovers_by_itself_what_was_said_while_it_was_away(t *testing.T) {
	house := start(t)
	bob := clientOfBrowsers(t, house, "bob.1")
	waitFor(t, bob, "connected", whatever)
	house.mustAPI("publish", chat("room:blue", "before"))
	waitFor(t, bob, "publication", whatever)

	for _, client := range house.house.connections.of("bob", everyGeneration(time.Now())) {
		client.Disconnect(tooManyCommands)
	}
	waitFor(t, bob, "connecting", whatever)
	house.mustAPI("publish", chat("room:blue", "meanwhile"))

	room := waitFor(t, bob, "subscribed", func(h happening) bool { return h.Channel == "room:blue" })
	heard := waitFor(t, bob, "publication", whatever)
	if !room.Recovered || heard.Text != "meanwhile" {
		t.Errorf("%+v, %+v", room, heard)
	}
}

func Test_the_real_client_does_not_come_back_when_its_seat_is_lost(t *testing.T) {
	house := start(t)
	bob := clientOfBrowsers(t, house, "bob.1")
	waitFor(t, bob, "connected", whatever)

	house.mustAPI("disconnect_seat", `{"seat": "bob", "generation_min": 2}`)

	if h := waitFor(t, bob, "disconnected", whatever); h.Code != 4500 {
		t.Errorf("%+v", h)
	}
}
