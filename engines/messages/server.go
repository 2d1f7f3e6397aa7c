package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/centrifugal/centrifuge"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const (
	tidyEvery  = time.Minute
	stopWithin = 5 * time.Second
)

// server is the whole message engine.
type server struct {
	house     *house
	desk      *desk
	outbox    *outbox
	courier   *courier
	http      *http.Server
	log       *slog.Logger
	reactions time.Duration
	working   context.Context
	stopWork  context.CancelFunc
	work      sync.WaitGroup
}

func newServer(c config, log *slog.Logger, now func() time.Time) (*server, error) {
	outbox := newOutbox()
	metrics := newMetrics(outbox)
	node, err := newNode(c, metrics, log)
	if err != nil {
		return nil, err
	}
	desk := newDesk(newReactions(), outbox, metrics, now)
	house := &house{
		node: node, tokens: newTokenReader(c.tokenSecret, now), denials: newDenials(), connections: newConnections(),
		commands: newBuckets(commandsPerSecond, commandsBurst), desk: desk, metrics: metrics, log: log, now: now,
	}
	s := &server{
		house: house, desk: desk, outbox: outbox, log: log, reactions: c.reactionsEvery,
		courier: newCourier(c, outbox, now, log, metrics),
	}
	s.working, s.stopWork = context.WithCancel(context.Background())
	s.http = &http.Server{
		Handler: s.routes(c, metrics), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelWarn),
	}
	return s, nil
}

func (s *server) routes(c config, m *metrics) http.Handler {
	node := s.house.node
	doors := &doors{places: newPlaces(c.connectionsMax, c.connectionsPerAddressMax), metrics: m}
	mux := http.NewServeMux()
	mux.Handle("GET /connection/websocket", doors.held(centrifuge.NewWebsocketHandler(node, centrifuge.WebsocketConfig{
		MessageSizeLimit: commandBytesMax, UseWriteBufferPool: true, WriteTimeout: 3 * time.Second, ProcessCommandsOffReadLoop: true,
	})))
	// Where no WebSocket passes. The first takes the token in a body; the second, older one, in its address.
	mux.Handle("POST /connection/http_stream", doors.held(centrifuge.NewHTTPStreamHandler(node, centrifuge.HTTPStreamConfig{MaxRequestBodySize: commandBytesMax})))
	mux.Handle("GET /connection/sse", doors.held(centrifuge.NewSSEHandler(node, centrifuge.SSEConfig{MaxRequestBodySize: commandBytesMax})))
	mux.Handle("POST /connection/emulation", doors.seated(centrifuge.NewEmulationHandler(node, centrifuge.EmulationConfig{MaxRequestBodySize: commandBytesMax})))
	mux.Handle("POST /api/{method}", newAPI(s.house, c.apiKey, s.log))
	mux.Handle("GET /metrics", insideOnly(promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})))
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "status", "ok") })
	return mux
}

// insideOnly answers programs on this machine, and not what front hands on from outside.
func insideOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		address, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil || !address.Addr().Unmap().IsLoopback() || r.Header.Get("X-Forwarded-For") != "" {
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// serve lets people in on `listener` until stop is called.
func (s *server) serve(listener net.Listener) error {
	if err := s.house.open(); err != nil {
		return err
	}
	s.work.Go(func() { s.courier.run(s.working) })
	s.work.Go(func() { each(s.working, s.reactions, s.sayReactions) })
	s.work.Go(func() { each(s.working, tidyEvery, s.tidy) })
	s.log.Info("listening", "address", listener.Addr().String())
	if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// stop tells everyone to come back later, hands web what is left, and returns within a few seconds.
func (s *server) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	s.stopWork()
	s.work.Wait()
	s.sayReactions()
	_ = s.house.node.Shutdown(ctx)
	_ = s.http.Shutdown(ctx)
	s.outbox.close(s.house.now())
	if err := s.courier.deliver(ctx); err != nil {
		waiting, _ := s.outbox.size()
		s.log.Error("stopped with rows that web has not accepted", "rows", waiting, "error", err.Error())
	}
	s.log.Info("stopped")
}

func (s *server) sayReactions() {
	sums := s.desk.reactions.take()
	for room, sum := range sums {
		if _, err := s.house.node.Publish(roomChannel+":"+room, reactionsMessage(sum)); err != nil {
			s.log.Error("reactions not published", "error", err.Error())
		}
	}
	s.outbox.addReactions(sums)
}

func (s *server) tidy() {
	now := s.house.now()
	s.house.denials.forget(now)
	for _, b := range []*buckets{s.house.commands, s.desk.reactionsAllowed, s.desk.heartbeatsAllowed} {
		b.forget(now)
	}
}

func each(ctx context.Context, pace time.Duration, do func()) {
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			do()
		}
	}
}
