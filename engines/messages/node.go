package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/centrifugal/centrifuge"
	"github.com/golang-jwt/jwt/v5"
)

// How a connection ends. Browsers come back by themselves after codes below 3500 and from 4000 to 4499.
var (
	seatLost        = centrifuge.Disconnect{Code: 4500, Reason: "seat_lost"}
	seatDiffers     = centrifuge.Disconnect{Code: 4501, Reason: "seat_differs"}
	tooManyOpen     = centrifuge.Disconnect{Code: 4502, Reason: "too_many_connections"}
	invalidToken    = centrifuge.DisconnectInvalidToken    // 3500
	tokenExpired    = centrifuge.ErrorTokenExpired         // 109: ask for a fresh one
	tooManyCommands = centrifuge.DisconnectTooManyRequests // 3013
)

const (
	commandsPerSecond = 20 // of any kind; who sends more is not a person
	commandsBurst     = 100
	queueBytesMax     = 1 << 20 // a slower reader is cut off; it comes back and recovers
	commandBytesMax   = 8 << 10
	connectWithin     = 10 * time.Second
	framesEvery       = 50 * time.Millisecond // a thousand people and a busy chat cost frames, not messages
)

// house is the node with what it knows of seats: who is here, who is out, who asks too often.
type house struct {
	node        *centrifuge.Node
	tokens      *tokenReader
	denials     *denials
	connections *connections
	commands    *buckets
	desk        *desk
	metrics     *metrics
	log         *slog.Logger
	now         func() time.Time
}

// place is what a connection may do now. It changes with each fresh token.
type place struct{ atomic.Pointer[admission] }

type placeKey struct{}

func placeOf(client *centrifuge.Client) *place { return client.Context().Value(placeKey{}).(*place) }

func newNode(c config, m *metrics, log *slog.Logger) (*centrifuge.Node, error) {
	return centrifuge.New(centrifuge.Config{
		LogLevel: centrifuge.LogLevelWarn, LogHandler: libraryLog(log),
		ClientQueueMaxSize:           queueBytesMax,
		ClientChannelLimit:           channelsMax,
		ClientStaleCloseDelay:        connectWithin,
		ClientExpiredCloseDelay:      c.expiredDelay,
		HistoryMetaTTL:               positionTTL,
		RecoveryMaxPublicationLimit:  historySize,
		ClientPresenceUpdateInterval: 15 * time.Second,
		Metrics:                      centrifuge.MetricsConfig{MetricsNamespace: "messages_node", RegistererGatherer: m.registry},
	})
}

// open starts the node and lets people in.
func (h *house) open() error {
	h.node.OnConnecting(h.connecting)
	h.node.OnConnect(h.connected)
	h.node.OnCommandRead(func(client *centrifuge.Client, _ centrifuge.CommandReadEvent) error {
		s, err := parseSeat(client.UserID())
		if err == nil && !h.commands.take(s.id, h.now()) {
			return tooManyCommands
		}
		return nil
	})
	return h.node.Run()
}

func (h *house) connecting(ctx context.Context, e centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
	admitted, err := h.admit(ctx, e.Token)
	if err != nil {
		h.metrics.connects.WithLabelValues(outcome(err)).Inc()
		asked, _ := seatOf(ctx)
		h.log.Info("connection refused", "seat", asked.id, "generation", asked.generation, "reason", outcome(err))
		return centrifuge.ConnectReply{}, err
	}
	held := &place{}
	held.Store(&admitted)
	subscriptions := map[string]centrifuge.SubscribeOptions{}
	for _, channel := range admitted.channels {
		subscriptions[channel] = subscription(channel)
	}
	return centrifuge.ConnectReply{
		Context: context.WithValue(ctx, placeKey{}, held),
		Credentials: &centrifuge.Credentials{
			UserID: admitted.seat.String(), ExpireAt: admitted.expiresAt.Unix(), Info: admitted.info,
		},
		Subscriptions: subscriptions, ClientSideRefresh: true,
		WriteDelay: framesEvery, MaxMessagesInFrame: -1,
	}, nil
}

// admit says whom the token lets in, or how the connection ends.
func (h *house) admit(ctx context.Context, token string) (admission, error) {
	admitted, err := h.tokens.read(token)
	asked, known := seatOf(ctx)
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return admission{}, tokenExpired
	case err != nil:
		return admission{}, invalidToken
	case !known || asked != admitted.seat:
		return admission{}, seatDiffers
	case h.denials.denies(admitted.seat, h.now()):
		return admission{}, seatLost
	}
	return admitted, nil
}

func (h *house) connected(client *centrifuge.Client) {
	s := placeOf(client).Load().seat
	h.metrics.connects.WithLabelValues("connected").Inc()
	h.log.Info("connected", "seat", s.id, "generation", s.generation, "transport", client.Transport().Name())
	client.OnDisconnect(func(e centrifuge.DisconnectEvent) {
		h.connections.remove(client, s)
		h.log.Info("disconnected", "seat", s.id, "generation", s.generation, "code", e.Code, "reason", e.Reason)
	})
	client.OnRefresh(func(e centrifuge.RefreshEvent, answer centrifuge.RefreshCallback) { answer(h.refresh(client, e.Token)) })
	client.OnRPC(func(e centrifuge.RPCEvent, answer centrifuge.RPCCallback) {
		answer(h.desk.serve(*placeOf(client).Load(), e.Method, e.Data))
	})
	for _, oldest := range h.connections.add(client, s) {
		oldest.Disconnect(tooManyOpen)
	}
	// Asked again now that `putOut` can find this connection: one of the two sees the other.
	if h.denials.denies(s, h.now()) {
		client.Disconnect(seatLost)
	}
}

// refresh takes a fresh token for the same place. Its channels and rights replace those of the one before.
func (h *house) refresh(client *centrifuge.Client, token string) (centrifuge.RefreshReply, error) {
	held := placeOf(client).Load()
	fresh, err := h.tokens.read(token)
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return centrifuge.RefreshReply{Expired: true}, nil
	case err != nil:
		return centrifuge.RefreshReply{}, invalidToken
	case fresh.seat != held.seat || fresh.room != held.room:
		return centrifuge.RefreshReply{}, seatDiffers
	case h.denials.denies(fresh.seat, h.now()):
		return centrifuge.RefreshReply{}, seatLost
	}
	if err := retune(client, held.channels, fresh.channels); err != nil {
		return centrifuge.RefreshReply{}, centrifuge.DisconnectServerError
	}
	placeOf(client).Store(&fresh)
	return centrifuge.RefreshReply{ExpireAt: fresh.expiresAt.Unix(), Info: fresh.info}, nil
}

// retune makes a connection hear the channels of its fresh token and no others.
func retune(client *centrifuge.Client, before, after []string) error {
	for _, channel := range before {
		if !slices.Contains(after, channel) {
			client.Unsubscribe(channel)
		}
	}
	for _, channel := range after {
		if slices.Contains(before, channel) {
			continue
		}
		options := subscription(channel)
		err := client.Subscribe(channel, func(o *centrifuge.SubscribeOptions) { *o = options })
		if err != nil {
			return err
		}
	}
	return nil
}

// putOut ends the connections of the generations that `d` denies, and keeps them out. It answers how many there were.
func (h *house) putOut(seatID string, d denial) int {
	h.denials.add(seatID, d, h.now())
	found := h.connections.of(seatID, d)
	for _, client := range found {
		client.Disconnect(seatLost)
	}
	return len(found)
}

func outcome(err error) string {
	var ended centrifuge.Disconnect
	if errors.As(err, &ended) {
		return ended.Reason
	}
	return "token expired"
}
