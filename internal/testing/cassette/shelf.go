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

// shelf stores cassettes as files. It writes their first line. It refuses to read or write a cassette that holds
// personal data or a secret.
type shelf struct {
	source string                  // the first line of a recording
	check  func(data []byte) error // refuses a recording
}

// ReadFile returns a cassette. It returns an error if the cassette does not name its source or shows personal data.
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

// WriteFile writes a cassette. If check refuses it, the file stays as it is.
func (s *shelf) WriteFile(name string, data []byte) error {
	if err := s.check(data); err != nil {
		return fmt.Errorf("not written: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(s.source+strings.TrimPrefix(string(data), "---\n")), 0o644)
}

// IsFileExists reports whether the cassette exists.
func (s *shelf) IsFileExists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
