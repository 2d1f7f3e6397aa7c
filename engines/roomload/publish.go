package main

import (
	"encoding/binary"
	"math/rand/v2"
	"time"

	"github.com/livekit/livekit-server/test/client"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"
)

const keyframeEvery = 60 // frames: whoever joins waits for one at most

// video is a stream of VP8 frames with the right headers and nothing to see in them: the engine forwards, it does not look.
type video struct{ bitsPerSecond, framesPerSecond int }

// publish joins and sends until the answered function is called.
func (p plan) publish() (stop func(), err error) {
	options := &client.Options{}
	socket, err := client.NewWebSocketConn(p.url, p.publisher, options)
	if err != nil {
		return nil, err
	}
	publisher, err := client.NewRTCClient(socket, false, options)
	if err != nil {
		return nil, err
	}
	go func() { _ = publisher.Run() }()
	track, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90_000}, "picture", "stage")
	if err == nil {
		_, err = publisher.AddTrack(track, "", client.AddTrackNoWriter())
	}
	if err != nil {
		publisher.Stop()
		return nil, err
	}
	ended := make(chan struct{})
	go p.video.send(track, ended)
	return func() { close(ended); publisher.Stop() }, nil
}

func (v video) send(track *webrtc.TrackLocalStaticSample, ended <-chan struct{}) {
	pace := time.Second / time.Duration(v.framesPerSecond)
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	for number := 0; ; number++ {
		select {
		case <-ended:
			return
		case <-ticker.C:
			_ = track.WriteSample(media.Sample{Data: v.frame(number), Duration: pace})
		}
	}
}

// frame is a VP8 frame of 640x360 (RFC 6386, 9.1) filled with noise.
func (v video) frame(number int) []byte {
	size := max(16, v.bitsPerSecond/8/v.framesPerSecond)
	data := make([]byte, size)
	for at := range data {
		data[at] = byte(rand.Uint32())
	}
	isKeyframe := number%keyframeEvery == 0
	tag := uint32(1<<4 | (size-10)/2<<5) // to be shown; the size of the first partition
	if !isKeyframe {
		tag |= 1
	}
	data[0], data[1], data[2] = byte(tag), byte(tag>>8), byte(tag>>16)
	if isKeyframe {
		copy(data[3:], []byte{0x9d, 0x01, 0x2a})
		binary.LittleEndian.PutUint16(data[6:], 640)
		binary.LittleEndian.PutUint16(data[8:], 360)
	}
	return data
}
