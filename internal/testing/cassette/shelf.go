package cassette

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

var (
	errNoSource = errors.New("its first line must be \"# source: transcribed from <page>\" or " +
		"\"# source: recorded live <yyyy-mm-dd>\"")
	errPersonal = errors.New("it holds an e-mail address or a phone number that is not plainly made up")

	source = regexp.MustCompile(`\A# source: (transcribed from \S.*|recorded live \d{4}-\d{2}-\d{2})\n`)
)

func recordedLive(now time.Time) string {
	return "# source: recorded live " + now.UTC().Format(time.DateOnly) + "\n"
}

// shelf is where cassettes are kept: it puts their first line on them, and neither gives nor takes what must not be
// there.
type shelf struct {
	source string                  // of a recording
	check  func(data []byte) error // of a recording
}

// ReadFile returns a cassette that says where it comes from.
func (s *shelf) ReadFile(name string) ([]byte, error) {
	data, err := os.ReadFile(name)
	switch {
	case err != nil:
		return nil, err
	case !source.Match(data):
		return nil, errNoSource
	case anonymous(string(data)) != string(data):
		return nil, errPersonal
	}
	return data, nil
}

// WriteFile writes a cassette in which no secret is left; otherwise it leaves the file as it is.
func (s *shelf) WriteFile(name string, data []byte) error {
	if err := s.check(data); err != nil {
		return fmt.Errorf("not written: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(s.source+strings.TrimPrefix(string(data), "---\n")), 0o644)
}

// IsFileExists reports whether there is a cassette.
func (s *shelf) IsFileExists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
