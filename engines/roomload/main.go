// Fills a room of the media engine with subscribers, and with a publisher if asked, in one process.
//
//	LIVEKIT_API_KEY=... LIVEKIT_API_SECRET=... go run ./roomload -url ws://127.0.0.1:8002 -room ROOM -subscribers 30 -publish
//	go run ./roomload -url ws://127.0.0.1:8002 -tokens <tokens.txt    # one subscriber a line
//
// It borrows the engine's own test client. While it runs it writes what it sees as lines of JSON: "joined", then "received".
// It uses the ICE servers that the engine names: keep TURN/UDP on loopback enabled, or it asks a public one.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/livekit/livekit-server/pkg/telemetry/prometheus"
	"github.com/livekit/protocol/livekit"
)

// plan is what to do to the room.
type plan struct {
	url        string
	tokens     []string // one subscriber each
	publisher  string   // a token, or empty
	perSecond  float64  // how fast they come
	hold       time.Duration
	starvedBPS float64
	video      video
}

func main() {
	p, err := planFrom(os.Args[1:], os.Getenv, os.Stdin)
	if err == nil {
		err = prometheus.Init("roomload", livekit.NodeType_SERVER) // the borrowed client counts with it
	}
	if err == nil {
		err = p.run(json.NewEncoder(os.Stdout))
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "roomload:", err)
		os.Exit(1)
	}
}

func planFrom(arguments []string, environment func(string) string, input io.Reader) (plan, error) {
	flags := flag.NewFlagSet("roomload", flag.ContinueOnError)
	url := flags.String("url", "ws://127.0.0.1:8002", "the media engine")
	room := flags.String("room", "", "whom to join, with a key and secret from LIVEKIT_API_KEY and LIVEKIT_API_SECRET")
	subscribers := flags.Int("subscribers", 30, "how many")
	fromInput := flags.Bool("tokens", false, "read subscribers' tokens from standard input instead")
	publish := flags.Bool("publish", false, "publish a picture, too (needs the key and secret)")
	perSecond := flags.Float64("per-second", 10, "how many join in a second")
	hold := flags.Duration("hold", 20*time.Second, "how long to measure")
	starved := flags.Float64("starved-bps", 100_000, "who receives less is starved")
	kbps := flags.Int("publish-kbps", 1_000, "the picture's bits")
	if err := flags.Parse(arguments); err != nil {
		return plan{}, err
	}
	if *perSecond <= 0 || *hold <= 0 || *kbps <= 0 || *subscribers < 0 {
		return plan{}, errors.New("-per-second, -hold, -publish-kbps: more than 0; -subscribers: not less")
	}
	p := plan{url: *url, perSecond: *perSecond, hold: *hold, starvedBPS: *starved, video: video{bitsPerSecond: *kbps * 1000, framesPerSecond: 30}}
	mint := minter{key: environment("LIVEKIT_API_KEY"), secret: environment("LIVEKIT_API_SECRET"), room: *room}
	var err error
	if *fromInput {
		p.tokens, err = lines(input)
	} else {
		p.tokens, err = mint.subscribers(*subscribers)
	}
	if err == nil && *publish {
		p.publisher, err = mint.publisher()
	}
	return p, err
}

func lines(input io.Reader) (found []string, err error) {
	scanner := bufio.NewScanner(input)
	for scanner.Scan() {
		if line := strings.TrimSpace(scanner.Text()); line != "" {
			found = append(found, line)
		}
	}
	return found, scanner.Err()
}
