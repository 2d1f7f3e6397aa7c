package main

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics counts what the library does not know of. Labels come from closed sets.
type metrics struct {
	registry *prometheus.Registry
	connects *prometheus.CounterVec
	commands *prometheus.CounterVec
	batches  *prometheus.CounterVec
	refusals *prometheus.CounterVec
}

func newMetrics(o *outbox) *metrics {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	make := promauto.With(registry)
	counter := func(name, help, label string) *prometheus.CounterVec {
		return make.NewCounterVec(prometheus.CounterOpts{Name: "messages_" + name, Help: help}, []string{label})
	}
	make.NewGaugeFunc(prometheus.GaugeOpts{Name: "messages_outbox_rows", Help: "Rows that web has not accepted yet."}, func() float64 {
		waiting, _ := o.size()
		return float64(waiting)
	})
	make.NewCounterFunc(prometheus.CounterOpts{Name: "messages_outbox_dropped_total", Help: "Rows dropped because web was away too long."}, func() float64 {
		_, dropped := o.size()
		return float64(dropped)
	})
	return &metrics{
		registry: registry,
		connects: counter("connects_total", "Connect commands by outcome.", "outcome"),
		commands: counter("commands_total", "Reactions and heartbeats by outcome.", "outcome"),
		batches:  counter("batches_total", "Batches offered to web by outcome.", "outcome"),
		refusals: counter("refused_connections_total", "Connections refused before the upgrade, by reason.", "reason"),
	}
}
