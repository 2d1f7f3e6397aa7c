package main

import (
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	secretBytesMin        = 32 // what HS256 needs to be worth its name
	keyBytesMin           = 16
	connectionsMax        = 20_000
	connectionsPerAddress = 1_200 // a whole house behind one address: a school, a hotel
)

// config is what the environment says, and the paces that tests shorten.
type config struct {
	listen      string
	tokenSecret []byte
	apiKey      string
	callbackURL string
	internalKey string

	connectionsMax           int
	connectionsPerAddressMax int

	reactionsEvery time.Duration // from a reaction to its sum in the room
	batchEvery     time.Duration // from a heartbeat to web
	expiredDelay   time.Duration // how long a connection outlives its token, so that a refresh can arrive
}

// configFrom reads the environment through `value`.
//
// It fails with every fault at once, naming the variables and never their values.
func configFrom(value func(string) string) (config, error) {
	c := config{
		listen:      value("MESSAGES_LISTEN"),
		tokenSecret: []byte(value("MESSAGES_TOKEN_SECRET")),
		apiKey:      value("MESSAGES_API_KEY"),
		callbackURL: strings.TrimSuffix(value("MESSAGES_CALLBACK_URL"), "/"),
		internalKey: value("INTERNAL_KEY"),

		reactionsEvery: 500 * time.Millisecond,
		batchEvery:     5 * time.Second,
		expiredDelay:   10 * time.Second,
	}
	var faults []string
	fault := func(is bool, text string) {
		if is {
			faults = append(faults, text)
		}
	}
	fault(c.listen == "", "MESSAGES_LISTEN is missing")
	fault(len(c.tokenSecret) < secretBytesMin, fmt.Sprintf("MESSAGES_TOKEN_SECRET has fewer than %d bytes", secretBytesMin))
	fault(len(c.apiKey) < keyBytesMin, fmt.Sprintf("MESSAGES_API_KEY has fewer than %d bytes", keyBytesMin))
	fault(len(c.internalKey) < keyBytesMin, fmt.Sprintf("INTERNAL_KEY has fewer than %d bytes", keyBytesMin))
	address, err := url.Parse(c.callbackURL)
	fault(err != nil || address.Host == "" || (address.Scheme != "http" && address.Scheme != "https"), "MESSAGES_CALLBACK_URL is not an http address")
	c.connectionsMax, err = limitFrom(value("MESSAGES_CONNECTIONS_MAX"), connectionsMax)
	fault(err != nil, "MESSAGES_CONNECTIONS_MAX is not a positive number")
	c.connectionsPerAddressMax, err = limitFrom(value("MESSAGES_CONNECTIONS_PER_ADDRESS_MAX"), connectionsPerAddress)
	fault(err != nil, "MESSAGES_CONNECTIONS_PER_ADDRESS_MAX is not a positive number")
	if len(faults) > 0 {
		return config{}, fmt.Errorf("configuration: %s", strings.Join(faults, "; "))
	}
	return c, nil
}

func configFromEnvironment() (config, error) { return configFrom(os.Getenv) }

func limitFrom(text string, otherwise int) (int, error) {
	if text == "" {
		return otherwise, nil
	}
	limit, err := strconv.Atoi(text)
	if err == nil && limit < 1 {
		err = strconv.ErrRange
	}
	return limit, err
}
