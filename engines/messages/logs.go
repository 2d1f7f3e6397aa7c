package main

import (
	"io"
	"log/slog"

	"github.com/centrifugal/centrifuge"
)

func newLog(w io.Writer) *slog.Logger { return slog.New(slog.NewJSONHandler(w, nil)) }

// harmless are the library's log fields that never hold what people send, tokens among it.
var harmless = []string{"client", "user", "channel", "code", "reason", "transport", "limit", "duration"}

// libraryLog hands on the library's warnings and errors, without what clients sent.
func libraryLog(log *slog.Logger) centrifuge.LogHandler {
	return func(entry centrifuge.LogEntry) {
		var fields []any
		for _, name := range harmless {
			if value, known := entry.Fields[name]; known {
				fields = append(fields, name, value)
			}
		}
		if entry.Level >= centrifuge.LogLevelError {
			log.Error(entry.Message, fields...)
		} else {
			log.Warn(entry.Message, fields...)
		}
	}
}
