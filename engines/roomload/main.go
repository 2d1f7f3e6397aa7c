package main

import (
	_ "github.com/gorilla/websocket"
	_ "github.com/livekit/livekit-server/pkg/telemetry/prometheus"
	_ "github.com/livekit/livekit-server/test/client"
	_ "github.com/livekit/protocol/auth"
)

func main() {}
