package main

import (
	"strings"
	"time"

	"github.com/centrifugal/centrifuge"
)

// What a channel is for. Its name is "<kind>:<id of a room or seat>".
const (
	roomChannel      = "room"      // what everyone in a room hears
	backstageChannel = "backstage" // what only its crew hears
	seatChannel      = "seat"      // what one seat is told
)

// History exists for those who were away for a moment. PostgreSQL remembers the rest.
const (
	historySize = 100
	historyTTL  = 5 * time.Minute
	positionTTL = 6 * time.Hour // how long a silent room remembers where it stood
)

// channelKind is the kind of a well-formed channel name, or "".
func channelKind(channel string) string {
	kind, subject, _ := strings.Cut(channel, ":")
	if !id.MatchString(subject) {
		return ""
	}
	switch kind {
	case roomChannel, backstageChannel, seatChannel:
		return kind
	}
	return ""
}

// isShared tells whether many listen: such a channel has presence and a history to recover from.
func isShared(channel string) bool {
	kind := channelKind(channel)
	return kind == roomChannel || kind == backstageChannel
}

// mayHear tells whether a token for `s` in `room` can name `channel` at all.
func mayHear(s seat, room, channel string) bool {
	switch channelKind(channel) {
	case roomChannel:
		return channel == roomChannel+":"+room
	case backstageChannel:
		return channel == backstageChannel+":"+room
	case seatChannel:
		return channel == seatChannel+":"+s.id
	}
	return false
}

func subscription(channel string) centrifuge.SubscribeOptions {
	shared := isShared(channel)
	return centrifuge.SubscribeOptions{
		EmitPresence: shared, EnablePositioning: shared, EnableRecovery: shared, HistoryMetaTTL: positionTTL,
	}
}
