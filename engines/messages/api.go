package main

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/centrifugal/centrifuge"
)

const (
	requestBytesMax   = 1 << 20
	dataBytesMax      = 8 << 10
	broadcastMax      = 1_000
	idempotencyKeyMax = 128
	keyRememberedFor  = 5 * time.Minute
)

// refused is what is wrong with a request of web's.
type refused struct{ text string }

func (r refused) Error() string { return r.text }

// api is what web asks: to publish, to put somebody out, to say who is here. Nobody else has the key.
type api struct {
	house *house
	key   [sha256.Size]byte
	log   *slog.Logger
}

func newAPI(h *house, key string, log *slog.Logger) *api {
	return &api{house: h, key: sha256.Sum256([]byte(key)), log: log}
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	given := sha256.Sum256([]byte(r.Header.Get("X-API-Key")))
	method, known := map[string]func([]byte) (any, error){
		"publish": a.publish, "broadcast": a.broadcast,
		"disconnect": a.disconnect, "disconnect_seat": a.disconnectSeat,
		"presence": a.presence, "presence_stats": a.presenceStats, "info": a.info,
	}[r.PathValue("method")]
	switch {
	case subtle.ConstantTimeCompare(given[:], a.key[:]) != 1:
		answer(w, http.StatusUnauthorized, "error", "the key is not right")
	case !known:
		answer(w, http.StatusNotFound, "error", "no such method")
	default:
		a.serve(w, r, method)
	}
}

func (a *api) serve(w http.ResponseWriter, r *http.Request, method func([]byte) (any, error)) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, requestBytesMax))
	if err != nil {
		answer(w, http.StatusRequestEntityTooLarge, "error", fmt.Sprintf("the body has more than %d bytes", requestBytesMax))
		return
	}
	result, err := method(body)
	var mistake refused
	switch {
	case errors.As(err, &mistake):
		answer(w, http.StatusBadRequest, "error", mistake.text)
	case err != nil:
		a.log.Error("api failed", "method", r.PathValue("method"), "error", err.Error())
		answer(w, http.StatusInternalServerError, "error", "the message engine failed")
	default:
		answer(w, http.StatusOK, "result", result)
	}
}

func answer(w http.ResponseWriter, status int, name string, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{name: value})
}

func (a *api) publish(body []byte) (any, error) {
	var asked struct {
		Channel        string          `json:"channel"`
		Data           json.RawMessage `json:"data"`
		IdempotencyKey string          `json:"idempotency_key"`
	}
	if err := read(body, &asked); err != nil {
		return nil, err
	}
	return a.publishTo([]string{asked.Channel}, asked.Data, asked.IdempotencyKey)
}

func (a *api) broadcast(body []byte) (any, error) {
	var asked struct {
		Channels       []string        `json:"channels"`
		Data           json.RawMessage `json:"data"`
		IdempotencyKey string          `json:"idempotency_key"`
	}
	if err := read(body, &asked); err != nil {
		return nil, err
	}
	if len(asked.Channels) > broadcastMax {
		return nil, refused{fmt.Sprintf("channels: more than %d", broadcastMax)}
	}
	return a.publishTo(asked.Channels, asked.Data, asked.IdempotencyKey)
}

// publishTo checks everything before it says anything to anyone.
func (a *api) publishTo(channels []string, data json.RawMessage, key string) (any, error) {
	line, err := oneLine(data)
	switch {
	case err != nil || len(line) == 0:
		return nil, refused{"data: missing"}
	case len(line) > dataBytesMax:
		return nil, refused{fmt.Sprintf("data: more than %d bytes", dataBytesMax)}
	case len(key) > idempotencyKeyMax:
		return nil, refused{fmt.Sprintf("idempotency_key: more than %d bytes", idempotencyKeyMax)}
	case len(channels) == 0:
		return nil, refused{"channels: missing"}
	}
	for _, channel := range channels {
		if channelKind(channel) == "" {
			return nil, refused{"channel: not a channel: " + fmt.Sprintf("%.80q", channel)}
		}
	}
	for _, channel := range channels {
		if _, err := a.house.node.Publish(channel, line, publishOptions(channel, key)...); err != nil {
			return nil, err
		}
	}
	return struct{}{}, nil
}

func publishOptions(channel, key string) []centrifuge.PublishOption {
	var options []centrifuge.PublishOption
	if isShared(channel) {
		options = append(options, centrifuge.WithHistory(historySize, historyTTL, positionTTL))
	}
	if key != "" {
		options = append(options, centrifuge.WithIdempotencyKey(key), centrifuge.WithIdempotentResultTTL(keyRememberedFor))
	}
	return options
}

func (a *api) disconnect(body []byte) (any, error) {
	var asked struct {
		User string `json:"user"`
	}
	if err := read(body, &asked); err != nil {
		return nil, err
	}
	s, err := parseSeat(asked.User)
	if err != nil {
		return nil, refused{"user: not <seat>.<generation>"}
	}
	return map[string]int{"disconnected": a.house.putOut(s.id, oneGeneration(s.generation, a.house.now()))}, nil
}

func (a *api) disconnectSeat(body []byte) (any, error) {
	var asked struct {
		Seat          string `json:"seat"`
		GenerationMin *int64 `json:"generation_min"`
	}
	if err := read(body, &asked); err != nil {
		return nil, err
	}
	if !id.MatchString(asked.Seat) {
		return nil, refused{"seat: not a seat"}
	}
	d := everyGeneration(a.house.now())
	if asked.GenerationMin != nil {
		d = generationsBelow(*asked.GenerationMin, a.house.now())
	}
	return map[string]int{"disconnected": a.house.putOut(asked.Seat, d)}, nil
}

func (a *api) presence(body []byte) (any, error) {
	type person struct {
		User   string          `json:"user"`
		Client string          `json:"client"`
		Info   json.RawMessage `json:"conn_info,omitempty"`
	}
	channel, err := sharedChannel(body)
	if err != nil {
		return nil, err
	}
	found, err := a.house.node.Presence(channel)
	if err != nil {
		return nil, err
	}
	people := map[string]person{}
	for client, info := range found.Presence {
		people[client] = person{User: info.UserID, Client: client, Info: info.ConnInfo}
	}
	return map[string]any{"presence": people}, nil
}

func (a *api) presenceStats(body []byte) (any, error) {
	channel, err := sharedChannel(body)
	if err != nil {
		return nil, err
	}
	stats, err := a.house.node.PresenceStats(channel)
	return map[string]int{"num_clients": stats.NumClients, "num_users": stats.NumUsers}, err
}

func (a *api) info([]byte) (any, error) {
	hub := a.house.node.Hub()
	return map[string]any{"num_clients": hub.NumClients(), "num_users": hub.NumUsers(), "num_channels": hub.NumChannels()}, nil
}

func sharedChannel(body []byte) (string, error) {
	var asked struct {
		Channel string `json:"channel"`
	}
	if err := read(body, &asked); err != nil {
		return "", err
	}
	if !isShared(asked.Channel) {
		return "", refused{"channel: not a room's"}
	}
	return asked.Channel, nil
}

func read(body []byte, into any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}")
	}
	if err := strictly(body, into); err != nil {
		return refused{"body: " + err.Error()}
	}
	return nil
}
