package main

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
)

// seat is who sits somewhere: a seat and how often it has been taken. Its text is "<seat id>.<generation>".
type seat struct {
	id         string
	generation int64
}

var (
	errNoSeat = errors.New("not a seat and its generation")
	id        = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)
)

func parseSeat(text string) (seat, error) {
	seatID, number, found := strings.Cut(text, ".")
	generation, err := strconv.ParseInt(number, 10, 64)
	if !found || err != nil || generation < 0 || !id.MatchString(seatID) {
		return seat{}, errNoSeat
	}
	return seat{id: seatID, generation: generation}, nil
}

func (s seat) String() string { return s.id + "." + strconv.FormatInt(s.generation, 10) }
