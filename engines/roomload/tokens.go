package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/livekit/protocol/auth"
)

// minter makes tokens with the engine's key, for a bench that has it.
type minter struct{ key, secret, room string }

func (m minter) subscribers(number int) ([]string, error) {
	var tokens []string
	for seat := range number {
		token, err := m.token(fmt.Sprintf("roomload-%d-%d", os.Getpid(), seat), false)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, token)
	}
	return tokens, nil
}

func (m minter) publisher() (string, error) {
	return m.token(fmt.Sprintf("roomload-%d-publisher", os.Getpid()), true)
}

func (m minter) token(identity string, mayPublish bool) (string, error) {
	if m.key == "" || m.secret == "" || m.room == "" {
		return "", errors.New("no tokens: set LIVEKIT_API_KEY, LIVEKIT_API_SECRET and -room, or give -tokens")
	}
	yes, no := true, false
	grant := &auth.VideoGrant{RoomJoin: true, Room: m.room, CanPublish: &no, CanPublishData: &no, CanSubscribe: &yes}
	if mayPublish {
		grant.CanPublish, grant.CanSubscribe = &yes, &no
	}
	return auth.NewAccessToken(m.key, m.secret).SetIdentity(identity).SetVideoGrant(grant).ToJWT()
}
