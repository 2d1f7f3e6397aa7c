package main

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
)

type seatKey struct{}

// seatOf is the seat that front has asked web about for this connection.
func seatOf(ctx context.Context) (seat, bool) {
	s, known := ctx.Value(seatKey{}).(seat)
	return s, known
}

// doors is where browsers come in: through front only, and not too many of them.
type doors struct {
	places  *places
	metrics *metrics
}

// held guards a connection that stays: it counts until it ends.
func (d *doors) held(next http.Handler) http.Handler {
	return d.seated(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		leave, reason := d.places.take(addressOf(r))
		if reason != "" {
			d.metrics.refusals.WithLabelValues(reason).Inc()
			w.Header().Set("Retry-After", "5")
			http.Error(w, reason, http.StatusServiceUnavailable)
			return
		}
		writer := &hijackWriter{ResponseWriter: w, leave: leave}
		next.ServeHTTP(writer, r)
		if !writer.isHijacked {
			leave()
		}
	}))
}

// seated refuses a request without the seat that front copies from web's answer.
func (d *doors) seated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, err := parseSeat(r.Header.Get("X-Seat"))
		if err != nil {
			d.metrics.refusals.WithLabelValues("no_seat").Inc()
			http.Error(w, "no seat", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), seatKey{}, s)))
	})
}

// addressOf is whom front says the connection comes from; for IPv6 the network, which is what one person has.
func addressOf(r *http.Request) string {
	hops := strings.Split(r.Header.Get("X-Forwarded-For"), ",")
	text := strings.TrimSpace(hops[len(hops)-1]) // the last one is front's own word
	if text == "" {
		text, _, _ = net.SplitHostPort(r.RemoteAddr)
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return "unknown"
	}
	if address = address.Unmap(); address.Is6() {
		network, _ := address.WithZone("").Prefix(64)
		return network.String()
	}
	return address.String()
}

// places counts open connections, in total and per network address.
type places struct {
	max, perAddressMax int

	mu        sync.Mutex
	taken     int
	byAddress map[string]int
}

func newPlaces(max, perAddressMax int) *places {
	return &places{max: max, perAddressMax: perAddressMax, byAddress: map[string]int{}}
}

// take answers how to give the place back, or why there is none.
func (p *places) take(address string) (leave func(), reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.taken >= p.max:
		return nil, "house_full"
	case p.byAddress[address] >= p.perAddressMax:
		return nil, "address_full"
	}
	p.taken++
	p.byAddress[address]++
	return sync.OnceFunc(func() { p.giveBack(address) }), ""
}

func (p *places) giveBack(address string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken--
	if p.byAddress[address]--; p.byAddress[address] == 0 {
		delete(p.byAddress, address)
	}
}

// hijackWriter gives the place back when the connection that became a WebSocket is closed:
// its handler has returned long before.
type hijackWriter struct {
	http.ResponseWriter
	leave      func()
	isHijacked bool
}

func (w *hijackWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	w.isHijacked = true
	return &placedConn{Conn: conn, leave: w.leave}, buffered, nil
}

// Flush is for the transports that stream over plain HTTP.
func (w *hijackWriter) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

func (w *hijackWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

type placedConn struct {
	net.Conn
	leave func()
}

func (c *placedConn) Close() error {
	c.leave()
	return c.Conn.Close()
}
