// Package cassette records HTTP exchanges, scrubs them of secrets and replays them.
//
// It is for tests only: no package that users import may import it. A cassette is a YAML file of go-vcr with one or
// more exchanges. Its first line names its source,
//
//	# source: transcribed from <page>
//	# source: recorded live <date>
//
// and a file without that line is not loaded. A replay returns each exchange once, for a request that has the same
// method, URL, credential headers and body. Of credential headers only the presence is compared, because their values
// are not kept. JSON, forms and multipart bodies are compared by their content and not by their bytes. A recording is
// scrubbed of the settings it was made with, of the credentials that the vendor handed out, and of e-mail addresses and
// phone numbers. If a setting or a credential is left in it, the file is not written.
package cassette

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gopkg.in/dnaeon/go-vcr.v4/pkg/cassette"
	"gopkg.in/dnaeon/go-vcr.v4/pkg/recorder"
)

// Redacted replaces the value of a credential header in cassettes.
const Redacted = "REDACTED"

// Vendor describes the API of a vendor to recordings and replays.
type Vendor struct {
	// Variables of the environment are the settings of a recording.
	Variables []Variable
	// Credentials are the headers that carry a credential.
	Credentials []string
	// Headers are further headers that a replay compares, by value, and a recording keeps.
	Headers []string
	// Issued are the members of JSON replies that hold a credential which the vendor hands out, such as "sessionToken".
	Issued []string
}

// Variable is a setting that must not become public: a key, a host, an id of an account.
type Variable struct {
	Name    string // of the environment variable
	Fake    string // replaces the value in cassettes, and is the setting of a replay
	Default string // used if the variable is not set; if it is empty, the variable is required
}

// Settings are values by the name of their variable.
type Settings map[string]string

// Fakes returns the settings of a replay.
func (v *Vendor) Fakes() Settings {
	settings := Settings{}
	for _, variable := range v.Variables {
		settings[variable.Name] = variable.Fake
	}
	return settings
}

// Environment reads the settings of a recording with lookup, which is os.Getenv. Its error names every required
// variable that is not set.
func (v *Vendor) Environment(lookup func(name string) string) (Settings, error) {
	settings := Settings{}
	var needed, missing []string
	for _, variable := range v.Variables {
		value := lookup(variable.Name)
		if variable.Default == "" {
			needed = append(needed, variable.Name)
		} else if value == "" {
			value = variable.Default
		}
		if value == "" {
			missing = append(missing, variable.Name)
		}
		settings[variable.Name] = value
	}
	if missing != nil {
		return nil, fmt.Errorf("cassette: a recording needs the environment variables %s; not set: %s",
			strings.Join(needed, ", "), strings.Join(missing, ", "))
	}
	return settings, nil
}

// Tape is a cassette in use. It is the transport of an http.Client. It is safe for concurrent use.
type Tape struct {
	vendor   *Vendor
	path     string
	recorder *recorder.Recorder
}

// Replay opens the cassette at path, which ends in ".yaml".
func (v *Vendor) Replay(path string) (*Tape, error) {
	return v.open(path, recorder.ModeReplayOnly, &shelf{},
		recorder.WithHook(wholeResponse, recorder.BeforeResponseReplayHook),
		recorder.WithHook(played, recorder.OnRecorderStopHook),
	)
}

// Record sends requests with live and keeps the exchanges for path. Stop writes them.
func (v *Vendor) Record(path string, settings Settings, live http.RoundTripper) (*Tape, error) {
	s, err := newScrubber(v, settings)
	if err != nil {
		return nil, err
	}
	return v.open(path, recorder.ModeRecordOnly, &shelf{source: recordedLive(time.Now()), check: s.check},
		recorder.WithRealTransport(live),
		recorder.WithHook(s.learn, recorder.AfterCaptureHook),
		recorder.WithHook(s.scrub, recorder.BeforeSaveHook),
	)
}

func (v *Vendor) open(path string, mode recorder.Mode, files cassette.FS, options ...recorder.Option) (*Tape, error) {
	r, err := recorder.New(strings.TrimSuffix(path, ".yaml"), append(options,
		recorder.WithMode(mode), recorder.WithFS(files),
		recorder.WithMatcher(func(r *http.Request, kept cassette.Request) bool { return v.difference(r, kept) == "" }),
		recorder.WithSkipRequestLatency(true),
		recorder.WithDebugWriter(silence{}), // VCR_DEBUG would print requests with their credentials
	)...)
	if err != nil {
		return nil, fmt.Errorf("cassette: open %s: %w", path, err)
	}
	return &Tape{vendor: v, path: path, recorder: r}, nil
}

type silence struct{}

func (silence) Write(p []byte) (int, error) { return len(p), nil }

// RoundTrip returns a response from the cassette, or sends r and keeps the exchange.
func (t *Tape) RoundTrip(r *http.Request) (*http.Response, error) {
	own := r.Clone(r.Context()) // go-vcr keeps this header and does not close the body
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if err != nil {
			return nil, err
		}
		own.Body = io.NopCloser(bytes.NewReader(body))
	}
	response, err := t.recorder.RoundTrip(own)
	if errors.Is(err, cassette.ErrInteractionNotFound) {
		return nil, fmt.Errorf("cassette: %s: %w: %s %s", t.path, err, r.Method, r.URL.Path)
	}
	return response, err
}

// Stop ends the use of the cassette. It writes a recording, unless a secret is left in it. After a replay it fails if
// an exchange was not requested.
func (t *Tape) Stop() error {
	if err := t.recorder.Stop(); err != nil {
		return fmt.Errorf("cassette: %s: %w", t.path, err)
	}
	return nil
}

// played is the hook that finds exchanges that were not requested.
func played(i *cassette.Interaction) error {
	if !i.WasReplayed() {
		return fmt.Errorf("no request came for exchange %d: %s %s", i.ID, i.Request.Method, i.Request.URL)
	}
	return nil
}

// wholeResponse is the hook that adds the members that a transcribed response leaves out.
func wholeResponse(i *cassette.Interaction) error {
	r := &i.Response
	r.ContentLength = int64(len(r.Body))
	r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.1", 1, 1
	r.Status = fmt.Sprintf("%d %s", r.Code, http.StatusText(r.Code))
	header := http.Header{}
	for name, values := range r.Headers {
		header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	r.Headers = header
	return nil
}

// Play returns a client whose responses come from the cassette at path. The test fails if an exchange was not used.
func (v *Vendor) Play(t testing.TB, path string) *http.Client {
	t.Helper()
	tape, err := v.Replay(path)
	return client(t, tape, err)
}

// Live returns settings and a client for a scenario. With record, requests go to the vendor with the settings that
// getenv returns, and the exchanges are kept in the cassette at path. Without record, responses come from that
// cassette, and the test is skipped until the cassette exists.
func (v *Vendor) Live(
	t testing.TB, path string, record bool, getenv func(string) string, live http.RoundTripper,
) (Settings, *http.Client) {
	t.Helper()
	if !record {
		if _, err := os.Stat(path); err != nil {
			t.Skip("not recorded yet: run with -record")
		}
		return v.Fakes(), v.Play(t, path)
	}
	settings, err := v.Environment(getenv)
	if err != nil {
		t.Fatal(err)
	}
	tape, err := v.Record(path, settings, live)
	return settings, client(t, tape, err)
}

func client(t testing.TB, tape *Tape, err error) *http.Client {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			return
		}
		if err := tape.Stop(); err != nil {
			t.Error(err)
		}
	})
	return &http.Client{Transport: tape}
}

// Cassettes returns the paths of the transcribed cassettes in dir by their names without ".yaml".
func Cassettes(t testing.TB, dir string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".yaml")
		if !strings.HasPrefix(name, LivePrefix) {
			names[name] = path
		}
	}
	return names
}

// LivePrefix begins the names of recorded cassettes.
const LivePrefix = "live-"
