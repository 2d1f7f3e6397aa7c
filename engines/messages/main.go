// The message engine: what is said in a room reaches everyone in it, over WebSocket or plain HTTP, with recovery after a
// moment away; reactions and heartbeats come back, limited per seat, and reach web as sums and batches.
//
// web signs who may hear what, and asks over /api to publish and to put people out. See docs/build/messages.md.
package main

import (
	"context"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	log := newLog(os.Stderr)
	if err := run(log); err != nil {
		log.Error("not running", "error", err.Error())
		os.Exit(1)
	}
}

func run(log *slog.Logger) error {
	c, err := configFromEnvironment()
	if err != nil {
		return err
	}
	s, err := newServer(c, log, time.Now)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.listen)
	if err != nil {
		return err
	}
	stopped, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- s.serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-stopped.Done():
		s.stop()
		return <-ended
	}
}
