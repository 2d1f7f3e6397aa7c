package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	audience     = "messages"
	tokenLifeMax = time.Hour // and so a denial that lasts longer outlives every token it is meant for
	infoBytesMax = 1024
	channelsMax  = 3
)

var errInvalidToken = errors.New("invalid token")

// claims is what web signs.
type claims struct {
	jwt.RegisteredClaims
	Room     string          `json:"room"`
	Channels []string        `json:"channels"`
	Info     json.RawMessage `json:"info,omitempty"`
	Watch    *bool           `json:"watch,omitempty"`
}

// admission is what a good token says: who sits where, hears what, until when.
type admission struct {
	seat      seat
	room      string
	channels  []string
	info      []byte // on one line: a line is a message to the browser
	isCounted bool   // heartbeats of this seat are handed to web
	expiresAt time.Time
}

// tokenReader verifies tokens signed with `secret`, HS256 and nothing else.
type tokenReader struct {
	secret []byte
	now    func() time.Time
	parser *jwt.Parser
}

func newTokenReader(secret []byte, now func() time.Time) *tokenReader {
	return &tokenReader{secret: secret, now: now, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired(),
		jwt.WithAudience(audience), jwt.WithTimeFunc(now),
	)}
}

// read fails with jwt.ErrTokenExpired for a token that was good once, and otherwise with errInvalidToken.
func (r *tokenReader) read(token string) (admission, error) {
	var c claims
	_, err := r.parser.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return r.secret, nil })
	switch {
	case errors.Is(err, jwt.ErrTokenExpired) && !errors.Is(err, jwt.ErrTokenInvalidAudience):
		return admission{}, jwt.ErrTokenExpired
	case err != nil || c.ExpiresAt.Sub(r.now()) > tokenLifeMax:
		return admission{}, errInvalidToken
	}
	return admissionFrom(c)
}

func admissionFrom(c claims) (admission, error) {
	s, err := parseSeat(c.Subject)
	if err != nil || !id.MatchString(c.Room) || len(c.Channels) == 0 || len(c.Channels) > channelsMax {
		return admission{}, errInvalidToken
	}
	for number, channel := range c.Channels {
		if !mayHear(s, c.Room, channel) || slices.Contains(c.Channels[:number], channel) {
			return admission{}, errInvalidToken
		}
	}
	info, err := oneLine(c.Info)
	if err != nil || len(info) > infoBytesMax {
		return admission{}, errInvalidToken
	}
	return admission{
		seat: s, room: c.Room, channels: c.Channels, info: info,
		isCounted: c.Watch == nil || *c.Watch, expiresAt: c.ExpiresAt.Time,
	}, nil
}

// oneLine is the same JSON without line breaks, which would end a message in the middle.
func oneLine(data json.RawMessage) ([]byte, error) {
	if len(data) == 0 {
		return nil, nil
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, data); err != nil {
		return nil, err
	}
	return compact.Bytes(), nil
}
