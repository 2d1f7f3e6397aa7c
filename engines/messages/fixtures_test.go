package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/gorilla/websocket"
)

const (
	secret      = "a secret that is long enough for HS256, surely"
	apiKey      = "the key that only web has"
	internalKey = "the key that web asks for"
	patience    = 3 * time.Second
)

// logBook keeps what was logged.
type logBook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBook) Write(data []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(data)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// webFake answers batches with `status` and keeps those it was offered.
type webFake struct {
	*httptest.Server
	mu      sync.Mutex
	status  int
	offered []batch
	keys    []string
}

func newWebFake(t *testing.T) *webFake {
	web := &webFake{status: http.StatusNoContent}
	web.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var b batch
		if err := json.NewDecoder(r.Body).Decode(&b); err != nil || r.URL.Path != "/internal/messages/batch" {
			http.Error(w, "not a batch", http.StatusBadRequest)
			return
		}
		web.mu.Lock()
		defer web.mu.Unlock()
		web.offered = append(web.offered, b)
		web.keys = append(web.keys, r.Header.Get("X-Internal-Key"))
		w.WriteHeader(web.status)
	}))
	t.Cleanup(web.Close)
	return web
}

func (w *webFake) answers(status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.status = status
}

func (w *webFake) batches() []batch {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]batch{}, w.offered...)
}

// running is a message engine with a fake web behind it.
type running struct {
	t    *testing.T
	at   string
	web  *webFake
	logs *logBook
	*server
}

func start(t *testing.T, change ...func(*config)) *running {
	t.Helper()
	r := &running{t: t, web: newWebFake(t), logs: &logBook{}}
	c := config{
		listen:      "127.0.0.1:0",
		tokenSecret: []byte(secret), apiKey: apiKey, internalKey: internalKey, callbackURL: r.web.URL,
		connectionsMax: 100, connectionsPerAddressMax: 100,
		reactionsEvery: 50 * time.Millisecond, batchEvery: 100 * time.Millisecond, expiredDelay: 300 * time.Millisecond,
	}
	for _, f := range change {
		f(&c)
	}
	s, err := newServer(c, newLog(r.logs), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", c.listen)
	if err != nil {
		t.Fatal(err)
	}
	r.server, r.at = s, listener.Addr().String()
	ended := make(chan error, 1)
	go func() { ended <- s.serve(listener) }()
	t.Cleanup(func() {
		s.stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	eventually(t, "the engine answers", func() bool {
		answer, err := http.Get("http://" + r.at + "/health")
		return err == nil && answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
	})
	return r
}

// api asks the server API and answers the status and the body.
func (r *running) api(method, body string) (int, map[string]json.RawMessage) {
	r.t.Helper()
	return r.apiWithKey(method, body, apiKey)
}

func (r *running) apiWithKey(method, body, key string) (int, map[string]json.RawMessage) {
	r.t.Helper()
	request, _ := http.NewRequest(http.MethodPost, "http://"+r.at+"/api/"+method, strings.NewReader(body))
	request.Header.Set("X-API-Key", key)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	said := map[string]json.RawMessage{}
	_ = json.NewDecoder(answer.Body).Decode(&said)
	return answer.StatusCode, said
}

func (r *running) mustAPI(method, body string) json.RawMessage {
	r.t.Helper()
	status, said := r.api(method, body)
	if status != http.StatusOK {
		r.t.Fatalf("%s answered %d %s", method, status, said["error"])
	}
	return said["result"]
}

// tokenFor is what web signs for a seat of room "blue", changed by `change`.
func tokenFor(user string, change ...func(jwt.MapClaims)) string {
	seatID, _, _ := strings.Cut(user, ".")
	c := jwt.MapClaims{
		"aud": "messages", "sub": user, "exp": time.Now().Add(time.Minute).Unix(), "room": "blue",
		"channels": []string{"room:blue", "seat:" + seatID}, "info": map[string]string{"name": "Bob", "role": "attendee"},
	}
	for _, f := range change {
		f(c)
	}
	return signed(c, jwt.SigningMethodHS256, []byte(secret))
}

func signed(c jwt.MapClaims, method jwt.SigningMethod, key any) string {
	token, err := jwt.NewWithClaims(method, c).SignedString(key)
	if err != nil {
		panic(err)
	}
	return token
}

func with(name string, value any) func(jwt.MapClaims) {
	return func(c jwt.MapClaims) { c[name] = value }
}

func without(name string) func(jwt.MapClaims) {
	return func(c jwt.MapClaims) { delete(c, name) }
}

func lasting(life time.Duration) func(jwt.MapClaims) { return with("exp", time.Now().Add(life).Unix()) }

type failure struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

type publication struct {
	Data   map[string]any `json:"data"`
	Offset uint64         `json:"offset"`
}

type subscribed struct {
	Epoch        string        `json:"epoch"`
	Offset       uint64        `json:"offset"`
	Recovered    bool          `json:"recovered"`
	Publications []publication `json:"publications"`
}

type reply struct {
	ID      int      `json:"id"`
	Error   *failure `json:"error"`
	Connect *struct {
		Subs    map[string]subscribed `json:"subs"`
		Session string                `json:"session"`
		Node    string                `json:"node"`
	} `json:"connect"`
	RPC *struct {
		Data json.RawMessage `json:"data"`
	} `json:"rpc"`
	Push *struct {
		Channel     string       `json:"channel"`
		Publication *publication `json:"pub"`
		Unsubscribe *struct{}    `json:"unsubscribe"`
		Subscribe   *subscribed  `json:"subscribe"`
	} `json:"push"`
}

// browser speaks the protocol of the centrifuge client over one WebSocket.
type browser struct {
	t       *testing.T
	socket  *websocket.Conn
	next    int
	replies chan reply
	pushes  chan reply
	closed  chan int
}

// dial opens the socket that front would, for `user`.
func (r *running) dial(user string, header http.Header) (*browser, *http.Response) {
	r.t.Helper()
	if header == nil {
		header = http.Header{}
	}
	if user != "" {
		header.Set("X-Seat", user)
	}
	socket, answer, err := websocket.DefaultDialer.Dial("ws://"+r.at+"/connection/websocket", header)
	if err != nil {
		return nil, answer
	}
	b := &browser{t: r.t, socket: socket, replies: make(chan reply, 100), pushes: make(chan reply, 1000), closed: make(chan int, 1)}
	go b.listen()
	r.t.Cleanup(func() { _ = socket.Close() })
	return b, answer
}

func (b *browser) listen() {
	for {
		_, data, err := b.socket.ReadMessage()
		if err != nil {
			code := 0
			if closed, is := err.(*websocket.CloseError); is {
				code = closed.Code
			}
			b.closed <- code
			return
		}
		for _, line := range bytes.Split(bytes.TrimSpace(data), []byte("\n")) {
			var said reply
			if err := json.Unmarshal(line, &said); err != nil {
				b.t.Errorf("not a message: %q", line)
			} else if said.Push != nil {
				b.pushes <- said
			} else if said.ID != 0 {
				b.replies <- said
			}
		}
	}
}

// send gives a command and answers its reply, or none when the connection ends first.
func (b *browser) send(name string, command any) (reply, bool) {
	b.t.Helper()
	b.next++
	if err := b.socket.WriteJSON(map[string]any{"id": b.next, name: command}); err != nil {
		return reply{}, false
	}
	select {
	case said := <-b.replies:
		return said, true
	case code := <-b.closed:
		b.closed <- code
		return reply{}, false
	case <-time.After(patience):
		b.t.Fatalf("no reply to %s", name)
		return reply{}, false
	}
}

func (b *browser) call(method, data string) reply {
	b.t.Helper()
	said, _ := b.send("rpc", map[string]any{"method": method, "data": json.RawMessage(data)})
	return said
}

// enter connects `user` with `token` and fails the test unless it may.
func (r *running) enter(user, token string) *browser {
	r.t.Helper()
	b, _ := r.enterSince(user, token, nil)
	return b
}

func (r *running) enterSince(user, token string, since map[string]any) (*browser, map[string]subscribed) {
	r.t.Helper()
	b, _ := r.dial(user, nil)
	if b == nil {
		r.t.Fatal("the door is closed")
	}
	said, answered := b.send("connect", map[string]any{"token": token, "subs": since})
	if !answered || said.Error != nil {
		r.t.Fatalf("%s was not let in: %+v", user, said.Error)
	}
	return b, said.Connect.Subs
}

// turnedAway connects and answers the close code or the error's code.
func (r *running) turnedAway(user, token string) int {
	r.t.Helper()
	b, _ := r.dial(user, nil)
	if b == nil {
		r.t.Fatal("the door is closed")
	}
	said, answered := b.send("connect", map[string]any{"token": token})
	switch {
	case !answered:
		return b.end()
	case said.Error != nil:
		return said.Error.Code
	}
	return 0
}

// hears waits for a publication of this kind and answers it.
func (b *browser) hears(channel, kind string) publication {
	b.t.Helper()
	for deadline := time.After(patience); ; {
		select {
		case said := <-b.pushes:
			if said.Push.Channel == channel && said.Push.Publication != nil && said.Push.Publication.Data["kind"] == kind {
				return *said.Push.Publication
			}
		case <-deadline:
			b.t.Fatalf("%s was not heard on %s", kind, channel)
		}
	}
}

// hearsNothing fails if a publication arrives within a moment.
func (b *browser) hearsNothing() {
	b.t.Helper()
	select {
	case said := <-b.pushes:
		b.t.Fatalf("heard %+v", *said.Push)
	case <-time.After(200 * time.Millisecond):
	}
}

// end waits for the close and answers its code.
func (b *browser) end() int {
	b.t.Helper()
	select {
	case code := <-b.closed:
		b.closed <- code
		return code
	case <-time.After(patience):
		b.t.Fatal("still connected")
		return 0
	}
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatalf("not within %s: %s", patience, what)
}

func chat(channel, text string) string {
	return fmt.Sprintf(`{"channel": %q, "data": {"kind": "chat", "text": %q}}`, channel, text)
}

func get(t *testing.T, address string, header http.Header) (int, string) {
	t.Helper()
	request, _ := http.NewRequest(http.MethodGet, address, nil)
	request.Header = header
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, string(body)
}
