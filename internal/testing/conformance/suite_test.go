package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// complaints is a reporter that remembers.
type complaints struct {
	mu   sync.Mutex
	list []string
}

func (c *complaints) Errorf(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, fmt.Sprintf(format, args...))
}

// take returns the violations that were reported since the last call, in one text.
func (c *complaints) take() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	text := strings.Join(c.list, "\n")
	c.list = nil
	return text
}

const naiveKey = "key-of-the-naive"

// naive is a client as programs often write it.
type naive struct {
	base string
	http *http.Client
}

type naiveParams struct{ Tags []string }

func (n *naive) Get(ctx context.Context, id string) error {
	return n.do(ctx, http.MethodGet, "/things/"+id+"?key="+naiveKey+"&q="+Query, "")
}

func (n *naive) Post(ctx context.Context, params *naiveParams) (err error) {
	params.Tags[0] = strings.ToUpper(params.Tags[0])
	for range attempts {
		if err = n.do(ctx, http.MethodPost, "/things", `{"text":"`+Text+`"}`); err == nil {
			return nil
		}
	}
	return err
}

func (n *naive) do(ctx context.Context, method, path, body string) error {
	req, err := http.NewRequestWithContext(ctx, method, n.base+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("X-Api-Key", naiveKey)
	resp, err := n.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	return json.NewDecoder(resp.Body).Decode(&struct{}{})
}

func naiveSubject(t *testing.T) *subject[*naive] {
	tags := &naiveParams{Tags: []string{"a"}}
	get := Operation[*naive]{
		Call: func(ctx context.Context, c *naive, ids ...string) error { return c.Get(ctx, ids[0]) },
	}
	get.Spec = Spec{Name: "Get", Method: "GET", Path: "/things/{id}", Idempotent: true, Reply: `{"id":"1"}`}
	post := Operation[*naive]{Call: func(ctx context.Context, c *naive, _ ...string) error { return c.Post(ctx, tags) }}
	post.Spec = Spec{Name: "Post", Method: "POST", Path: "/things", Reply: `{"id":"1"}`, Params: []any{tags}}
	return &subject[*naive]{server: newServer(t), Vendor: Vendor[*naive]{
		Name: "naive",
		New: func(set Settings) (*naive, error) {
			set.HTTPClient.Timeout = set.Timeout
			return &naive{set.BaseURL, set.HTTPClient}, nil
		},
		Secrets:    []string{naiveKey},
		Operations: []Operation[*naive]{get, post},
		Answer:     func(error) *Answer { return nil },
	}}
}

// TestSuite_SeesWhatANaiveClientDoes shows that the suite can fail. Otherwise its success would prove little.
func TestSuite_SeesWhatANaiveClientDoes(t *testing.T) {
	s := naiveSubject(t)
	seen := map[string][]string{
		"HTML 502":      {"is no *Error of the package"},
		"empty 500":     {"Get: 1 requests on the wire, want 3", "Post: 3 requests on the wire, want 1"},
		"no errors 400": {"Get: returns no error", "Post: returns no error"},
		"reset after the request": {
			"Post: 3 requests on the wire, want 1", "ErrDeliveryUnknown: false, want true", "is shown",
		},
		"no errors 200":    {"Get: returns no error"},
		"JSON [7]":         {`does not match "undecodable response"`},
		"cancelled before": {"does not name the package"},
	}
	for _, f := range faults {
		if texts := seen[f.name]; texts != nil {
			delete(seen, f.name)
			var c complaints
			s.meet(&c, f)
			said := c.take()
			for _, text := range texts {
				assert.Contains(t, said, text, f.name)
			}
		}
	}
	assert.Empty(t, seen, "there are no such faults")
}

func TestSuite_SeesWrongVerdictsOnCutConnections(t *testing.T) {
	s := naiveSubject(t)
	for _, speaks := range []protocol{http1{}, http2{}} {
		synctest.Test(t, func(t *testing.T) {
			var c complaints
			s.everyByteOf(t.Context(), &c, &s.Operations[1], speaks)
			said := c.take()
			for _, how := range []ending{byClose, byReset, bySilence} {
				assert.Contains(t, said, fmt.Sprintf("cut by %s after 30 bytes of the request", how), speaks)
				assert.Contains(t, said, "or 30 of the response: 3 requests, want 1", speaks)
			}
			assert.Contains(t, said, "ErrDeliveryUnknown: false, want true", speaks)
			assert.Contains(t, said, `does not match "attempt timed out"`, speaks)
		})
	}
}

func TestSuite_SeesAClientThatDoesNotNameItsTimeout(t *testing.T) {
	at := slices.IndexFunc(faults, func(f fault) bool { return f.waits })
	require.GreaterOrEqual(t, at, 0)
	s := naiveSubject(t)
	synctest.Test(t, func(t *testing.T) {
		var c complaints
		began := time.Now()
		s.inMemory(t).meet(&c, faults[at])
		said := c.take()
		assert.Contains(t, said, "Post: 3 requests on the wire, want 1")
		assert.Contains(t, said, `Get: does not match "attempt timed out"`)
		assert.Equal(t, attempts*time.Second, time.Since(began))
	})
}

func TestSuite_SeesWhoGoesElsewhere(t *testing.T) {
	s := naiveSubject(t)
	at := slices.IndexFunc(faults, func(f fault) bool { return f.name == "Found to another origin" })
	require.GreaterOrEqual(t, at, 0)
	var c complaints
	s.meet(&c, faults[at])
	assert.Contains(t, c.take(), "requests went to another origin")
}

func TestSuite_SeesIDsThatLeaveTheirSegment(t *testing.T) {
	var c complaints
	naiveSubject(t).hostileIDs(&c)
	said := c.take()
	assert.Contains(t, said, `Get: id "" is not refused`)
	assert.Contains(t, said, "asks for /things/a/b, which is no /things/{id}")
	assert.Contains(t, said, `asks for /things/a: segment 2 is not "a?x=1"`)
}

func TestSuite_SeesChangedArguments(t *testing.T) {
	s := naiveSubject(t)
	var c complaints
	unchanged := s.snapshot()
	unchanged(&c)
	assert.Empty(t, c.take())
	s.try(&c, &s.Operations[1], (*exchange).succeed, nil)
	unchanged(&c)
	assert.Contains(t, c.take(), "Post changes its arguments")
}

func TestSuite_SeesAClientThatIsFine(t *testing.T) {
	var c complaints
	s := naiveSubject(t)
	s.try(&c, &s.Operations[0], (*exchange).succeed, nil)
	assert.Empty(t, c.take())
}

func TestComplete_SeesWhatIsMissing(t *testing.T) {
	var c complaints
	complete(&c, &naive{}, []Operation[*naive]{{Spec: Spec{Name: "Get"}}, {Spec: Spec{Name: "Gone"}}}, nil, nil)
	said := c.take()
	assert.Contains(t, said, "Post makes calls, but is not in the table")
	assert.Contains(t, said, "Gone is in the table, but is no method")
	complete(&c, &naive{}, []Operation[*naive]{{Spec: Spec{Name: "Get"}}}, nil, map[string]string{"Post": "a reason"})
	assert.Empty(t, c.take())
}

func TestHides(t *testing.T) {
	var c complaints
	Hides(&c, fmt.Errorf("outer: %w", errors.Join(errors.New("a"), errors.New(naiveKey))), naiveKey)
	assert.Contains(t, c.take(), naiveKey)
	Hides(&c, errors.New("a"), naiveKey)
	assert.Empty(t, c.take())
}
