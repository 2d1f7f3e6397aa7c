package main

import (
	"bytes"
	"encoding/json"
	"io"
	"time"

	"github.com/centrifugal/centrifuge"
)

// The most that one heartbeat can claim: far beyond what is true, small enough for the sums behind it.
const (
	heartbeatFramesMax = 1_000_000
	heartbeatMSMax     = 10 * 60 * 1000
)

// desk serves what browsers ask: to react, and to be counted as watching.
type desk struct {
	reactions         *reactions
	outbox            *outbox
	reactionsAllowed  *buckets
	heartbeatsAllowed *buckets
	metrics           *metrics
	now               func() time.Time
}

func newDesk(r *reactions, o *outbox, m *metrics, now func() time.Time) *desk {
	return &desk{
		reactions: r, outbox: o, metrics: m, now: now,
		reactionsAllowed: newBuckets(5, 10),
		// One in 5 s; the second token is for one that comes a moment early.
		heartbeatsAllowed: newBuckets(0.2, 2),
	}
}

func (d *desk) serve(who admission, method string, data []byte) (centrifuge.RPCReply, error) {
	serve, known := map[string]func(admission, []byte) (any, error){"react": d.react, "heartbeat": d.heartbeat}[method]
	if !known {
		return centrifuge.RPCReply{}, centrifuge.ErrorMethodNotFound
	}
	answer, err := serve(who, data)
	if err != nil {
		d.metrics.commands.WithLabelValues(method + "_refused").Inc()
		return centrifuge.RPCReply{}, err
	}
	d.metrics.commands.WithLabelValues(method).Inc()
	reply, err := json.Marshal(answer)
	return centrifuge.RPCReply{Data: reply}, err
}

func (d *desk) react(who admission, data []byte) (any, error) {
	var asked struct {
		Reaction string `json:"reaction"`
	}
	if err := strictly(data, &asked); err != nil || !reactionKinds[asked.Reaction] {
		return nil, centrifuge.ErrorBadRequest
	}
	if !d.reactionsAllowed.take(who.seat.id, d.now()) {
		return nil, centrifuge.ErrorTooManyRequests
	}
	d.reactions.add(who.room, asked.Reaction)
	return struct{}{}, nil
}

func (d *desk) heartbeat(who admission, data []byte) (any, error) {
	var told struct {
		Frames    int64  `json:"frames"`
		AudioMS   int64  `json:"audio_ms"`
		WatchedMS int64  `json:"watched_ms"`
		State     string `json:"state"`
	}
	if err := strictly(data, &told); err != nil || len(told.State) > 32 ||
		!within(told.Frames, heartbeatFramesMax) || !within(told.AudioMS, heartbeatMSMax) || !within(told.WatchedMS, heartbeatMSMax) {
		return nil, centrifuge.ErrorBadRequest
	}
	now := d.now()
	if !d.heartbeatsAllowed.take(who.seat.id, now) {
		return nil, centrifuge.ErrorTooManyRequests
	}
	if who.isCounted {
		d.outbox.addHeartbeat(heartbeatRow{
			Seat: who.seat.id, Generation: who.seat.generation, Room: who.room,
			Frames: told.Frames, WatchedMS: told.WatchedMS, At: now.UTC(),
		})
	}
	return map[string]bool{"is_counted": who.isCounted}, nil
}

func within(number, most int64) bool { return 0 <= number && number <= most }

// strictly reads one JSON object with the fields of `into` and no others.
func strictly(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return io.ErrUnexpectedEOF
	}
	return nil
}
