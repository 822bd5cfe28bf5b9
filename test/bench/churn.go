package bench

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"

	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/test/bench/table"
)

const (
	churnCallers = 256
	churnPeriod  = 100 * time.Millisecond // between two turns of a caller
	churnTime    = 4 * time.Second
)

func churnPart() Part {
	return Part{
		Name: "churn", Title: "Turns of 256 callers while tokens live for one second", Group: "token endpoint",
		MaxRounds: 3,
		Note: "Each caller makes a syntphony turn every 100 ms for 4 s. By hand the first caller in the second half " +
			"of a token's life starts a refresh in the background, and all use the old token meanwhile.",
		Open: stateless(measureChurn),
	}
}

// tokensTarget answers turns, and token requests after a delay.
func tokensTarget(delay string) (*Target, error) {
	wait, err := time.ParseDuration(delay)
	if err != nil {
		return nil, err
	}
	var tokens atomic.Int64
	turn := syntphonySend().Site()
	return Loopback(func(r *http.Request, size int64) Answer {
		if !strings.HasSuffix(r.URL.Path, "/token") {
			return turn(r, size)
		}
		timer := time.NewTimer(wait)
		defer timer.Stop()
		<-timer.C
		return Answer{Type: "application/json", Body: []byte(`{"access_token":"token-` +
			strconv.FormatInt(tokens.Add(1), 10) + `","token_type":"Bearer","expires_in":1}`)}
	}), nil
}

func measureChurn(ctx context.Context, plan Plan) ([]table.Sample, error) {
	var samples []table.Sample
	for _, delay := range []string{"50ms", "300ms"} {
		for i, one := range []struct {
			name string
			open func(*Target) (Run, error)
		}{
			{"by hand, refresh ahead of time", openChurnByHand},
			{churnKeycloak, openChurn},
			{churnSource, openChurnSource},
		} {
			values, err := churn(ctx, plan, one.open, delay)
			if err != nil {
				return samples, fmt.Errorf("%s, %s: %w", one.name, delay, err)
			}
			samples = append(samples, table.Sample{Group: delay, Name: one.name, Floor: i == 0, Values: values})
		}
	}
	return samples, nil
}

func churn(
	ctx context.Context, plan Plan, open func(*Target) (Run, error), delay string,
) (map[table.Metric]float64, error) {
	remote, err := startServer("tokens/" + delay)
	if err != nil {
		return nil, err
	}
	defer remote.Close()
	run, err := open(remote.Target)
	if err != nil {
		return nil, err
	}
	if _, err := run(ctx); err != nil { // the first token is waited for by everybody
		return nil, err
	}
	got, err := paced(ctx, plan.load(churnCallers, 16), churnPeriod, plan.lasting(churnTime), func(int) error {
		_, err := run(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	values := got.values()
	delete(values, table.Rate) // the callers' pace
	return values, nil
}

// These are parley's two ways to tokens: the endpoint of Keycloak, and a TokenSource that calls the same endpoint.
const (
	churnKeycloak = "parley/syntphony, Keycloak"
	churnSource   = "parley/syntphony, TokenSource"
)

const tokenPath = "/auth/realms/r/protocol/openid-connect/token"

func openChurn(p *Target) (Run, error) {
	return churnTurn(syntphony.Config{
		BaseURL:  p.URL,
		Keycloak: syntphony.Keycloak{URL: p.URL, Realm: "r", ClientID: "client", ClientSecret: key},
	})
}

func openChurnSource(p *Target) (Run, error) {
	e, err := newEndpoint(p, http.MethodPost, tokenPath)
	if err != nil {
		return nil, err
	}
	return churnTurn(syntphony.Config{BaseURL: p.URL, TokenSource: endpointSource{e}})
}

// endpointSource asks the token endpoint at each call.
type endpointSource struct{ endpoint *endpoint }

// Token returns a new token.
func (s endpointSource) Token() (*oauth2.Token, error) {
	token, err := fetchToken(context.Background(), s.endpoint)
	if err != nil {
		return nil, err
	}
	return &oauth2.Token{AccessToken: token.value, TokenType: "Bearer", Expiry: token.end}, nil
}

// churnTurn returns turns of a client with the SDK's own pool of connections.
func churnTurn(cfg syntphony.Config) (Run, error) {
	c, err := syntphony.NewClient(syntphonyConfig(cfg))
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (Result, error) {
		return syntphonyResult(
			c.Conversations.Send(ctx, conversationID, syntphonyCaller, syntphony.Input{Text: "How do I reset it?"}))
	}, nil
}

// handToken is a token by hand, with the times at which it is due for a refresh and ends.
type handToken struct {
	value    string
	due, end time.Time
}

// handTokens refreshes a token in the second half of its life.
type handTokens struct {
	endpoint   *endpoint
	current    atomic.Pointer[handToken]
	refreshing atomic.Bool
}

func openChurnByHand(p *Target) (Run, error) {
	tokenEndpoint, err := newEndpoint(p, http.MethodPost, tokenPath)
	if err != nil {
		return nil, err
	}
	turn, err := newEndpoint(p, http.MethodPost, syntphonyPath, syntphonyHeader...)
	if err != nil {
		return nil, err
	}
	tokens := &handTokens{endpoint: tokenEndpoint}
	if err := tokens.fetch(context.Background()); err != nil {
		return nil, err
	}
	return func(ctx context.Context) (Result, error) {
		token, err := tokens.token(ctx)
		if err != nil {
			return Result{}, err
		}
		r := turn.request(ctx, "")
		r.Header["Authorization"] = []string{"Bearer " + token}
		r.Header["Content-Type"] = []string{"application/json"}
		body := encode(syntphonyIn{"How do I reset it?"})
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(string(body))), int64(len(body))
		resp, err := turn.do(r)
		if err != nil {
			return Result{}, err
		}
		out := new(syntphonyOut)
		if _, err := take(resp, nil, out); err != nil {
			return Result{}, err
		}
		return Result{1, len(syntphonyText(out))}, nil
	}, nil
}

// token returns the current token. It starts a refresh in the background if one is due, and waits only for a token
// that has ended.
func (t *handTokens) token(ctx context.Context) (string, error) {
	now, current := time.Now(), t.current.Load()
	if now.After(current.end) {
		if err := t.fetch(ctx); err != nil {
			return "", err
		}
		return t.current.Load().value, nil
	}
	if now.After(current.due) && t.refreshing.CompareAndSwap(false, true) {
		go func() {
			defer t.refreshing.Store(false)
			_ = t.fetch(context.WithoutCancel(ctx))
		}()
	}
	return current.value, nil
}

func (t *handTokens) fetch(ctx context.Context) error {
	token, err := fetchToken(ctx, t.endpoint)
	if err == nil {
		t.current.Store(token)
	}
	return err
}

func fetchToken(ctx context.Context, e *endpoint) (*handToken, error) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"client"}, "client_secret": {key}}
	resp, err := e.send(ctx, "application/x-www-form-urlencoded", []byte(form.Encode()))
	if err != nil {
		return nil, err
	}
	var got struct {
		Token   string `json:"access_token"`
		Expires int64  `json:"expires_in"`
	}
	if _, err := take(resp, nil, &got); err != nil {
		return nil, err
	}
	life := time.Duration(got.Expires) * time.Second
	now := time.Now()
	return &handToken{got.Token, now.Add(life / 2), now.Add(life)}, nil
}
