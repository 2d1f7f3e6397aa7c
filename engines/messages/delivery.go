package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"
)

const (
	callbackTimeout = 10 * time.Second
	retryAfterMin   = time.Second
	retryAfterMax   = 15 * time.Second
)

// courier brings what is in the outbox to web, and comes back with the same batch until web has it.
type courier struct {
	outbox  *outbox
	url     string
	key     string
	every   time.Duration
	client  *http.Client
	now     func() time.Time
	log     *slog.Logger
	metrics *metrics
}

func newCourier(c config, o *outbox, now func() time.Time, log *slog.Logger, m *metrics) *courier {
	return &courier{
		outbox: o, url: c.callbackURL + "/internal/messages/batch", key: c.internalKey, every: c.batchEvery,
		now: now, log: log, metrics: m,
		client: &http.Client{
			Timeout: callbackTimeout,
			// The address is web's own: no proxy in between, and nobody else to be sent on to.
			Transport:     &http.Transport{Proxy: nil, MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// run delivers until `ctx` ends.
func (c *courier) run(ctx context.Context) {
	failures := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(c.pause(failures)):
		}
		c.outbox.close(c.now())
		if err := c.deliver(ctx); err != nil && ctx.Err() == nil {
			failures++
			waiting, dropped := c.outbox.size()
			c.log.Error("batch not accepted", "error", err.Error(), "failures", failures, "rows", waiting, "dropped", dropped)
		} else {
			failures = 0
		}
	}
}

func (c *courier) pause(failures int) time.Duration {
	if failures == 0 {
		return c.every
	}
	return min(c.every, retryAfterMax, retryAfterMin<<min(failures-1, 10))
}

// deliver offers batch after batch until none is left or web does not accept one.
func (c *courier) deliver(ctx context.Context) error {
	for offered := c.outbox.next(); offered != nil; offered = c.outbox.next() {
		if err := c.offer(ctx, offered); err != nil {
			c.metrics.batches.WithLabelValues("refused").Inc()
			return fmt.Errorf("batch %s: %w", offered.ID, err)
		}
		c.metrics.batches.WithLabelValues("accepted").Inc()
		c.outbox.accepted()
	}
	return nil
}

func (c *courier) offer(ctx context.Context, b *batch) error {
	body, err := json.Marshal(b)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Internal-Key", c.key)
	answer, err := c.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // read to the end, so that the connection is used again
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("web answered %d", answer.StatusCode)
	}
	return nil
}
