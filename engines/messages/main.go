// Package main of messages: the message engine. See docs/build/messages.md.
package main

import (
	"github.com/centrifugal/centrifuge"
	"github.com/golang-jwt/jwt/v5"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

var (
	_ = centrifuge.New
	_ = jwt.New
	_ = promhttp.Handler
)

func main() {}
