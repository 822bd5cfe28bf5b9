package raia

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
)

// registry is a server that knows users by their keys. A creation may lose a race, and its response may be lost.
type registry struct {
	mu      sync.Mutex
	known   map[string]string // ids by key, as "email=a@example.com"
	racing  string            // the key of a user whom another program creates just before
	answers int               // status of a creation
	refused int               // status of a search
}

func (r *registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if req.Method == "GET" {
		r.search(w, req.URL.RawQuery)
		return
	}
	var body map[string]string
	_ = json.NewDecoder(req.Body).Decode(&body)
	if r.racing != "" {
		r.known[r.racing] = "racer"
	}
	if r.answers < 500 && r.racing != "" {
		w.WriteHeader(r.answers)
		return
	}
	for name, value := range body {
		r.known[url.Values{name: {value}}.Encode()] = "new"
	}
	if r.answers >= 500 {
		fakeserver.Reset(w)
		return
	}
	_, _ = w.Write([]byte(`{"id":"new"}`))
}

func (r *registry) search(w http.ResponseWriter, key string) {
	id, ok := r.known[key]
	switch {
	case r.refused != 0:
		w.WriteHeader(r.refused)
	case !ok:
		w.WriteHeader(http.StatusNotFound)
	default:
		_, _ = w.Write([]byte(`{"user":{"id":"` + id + `","firstName":"A"},"conversationIds":[]}`))
	}
}

func (r *registry) serve(t *testing.T) (*fakeserver.Server, *Client) {
	server := serve(t, r.ServeHTTP)
	return server, client(t, server)
}

// made lists the requests, as "GET email=a" or "POST".
func made(server *fakeserver.Server) (requests []string) {
	for _, r := range server.Requests() {
		if r.Method == "POST" {
			requests = append(requests, "POST")
			continue
		}
		requests = append(requests, "GET "+r.Query.Encode())
	}
	return requests
}

func TestUsersGetOrCreate(t *testing.T) {
	ann := CreateUserParams{FirstName: "Ann", LastName: "B", FkID: "7", Email: "a", PhoneNumber: "1"}
	onlyFk := CreateUserParams{FirstName: "Ann", LastName: "B", FkID: "7"}
	for name, c := range map[string]struct {
		registry *registry
		params   CreateUserParams
		want     string
		requests []string
	}{
		"exists": {
			&registry{known: map[string]string{"fkId=7": "old"}}, ann, "old", []string{"GET fkId=7"},
		},
		"exists by phone": {
			&registry{known: map[string]string{"phoneNumber=1": "old"}}, ann, "old",
			[]string{"GET fkId=7", "GET email=a", "GET phoneNumber=1"},
		},
		"does not exist": {&registry{known: map[string]string{}}, onlyFk, "new", []string{"GET fkId=7", "POST"}},
		"loses the race": {
			&registry{known: map[string]string{}, racing: "fkId=7", answers: 400}, onlyFk, "racer",
			[]string{"GET fkId=7", "POST", "GET fkId=7"},
		},
		"loses it with 409": {
			&registry{known: map[string]string{}, racing: "fkId=7", answers: 409}, onlyFk, "racer",
			[]string{"GET fkId=7", "POST", "GET fkId=7"},
		},
		"the response is lost": {
			&registry{known: map[string]string{}, answers: 599}, onlyFk, "new",
			[]string{"GET fkId=7", "POST", "GET fkId=7"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			server, users := c.registry.serve(t)
			user, err := users.Users.GetOrCreate(t.Context(), c.params)
			require.NoError(t, err)
			assert.Equal(t, c.want, user.ID)
			assert.NotEmpty(t, user.Raw)
			assert.Equal(t, c.requests, made(server))
		})
	}
}

func TestUsersGetOrCreate_Errors(t *testing.T) {
	params := CreateUserParams{FirstName: "Ann", LastName: "B", FkID: "7"}
	for name, c := range map[string]struct {
		registry *registry
		params   CreateUserParams
		want     error
		requests int
	}{
		"an argument is missing": {&registry{}, CreateUserParams{FirstName: "Ann"}, ErrInvalidArgument, 0},
		"the key is refused":     {&registry{refused: 403}, params, ErrForbidden, 1},
		"the creation is refused": {
			&registry{known: map[string]string{}, racing: "email=x", answers: 400}, params, ErrBadRequest, 3,
		},
		"the creation may not be allowed": {
			&registry{known: map[string]string{}, racing: "email=x", answers: 403}, params, ErrForbidden, 2,
		},
	} {
		server, users := c.registry.serve(t)
		user, err := users.Users.GetOrCreate(t.Context(), c.params)
		require.ErrorIs(t, err, c.want, name)
		assert.Nil(t, user, name)
		assert.Len(t, server.Requests(), c.requests, name)
	}
}

// The creation was lost and the search fails too, so the error of the creation says that the user may exist.
func TestUsersGetOrCreate_UnknownDelivery(t *testing.T) {
	r := &registry{known: map[string]string{}, answers: 599}
	server := serve(t, func(w http.ResponseWriter, req *http.Request) {
		if req.Method == "POST" {
			r.mu.Lock()
			r.refused = 403 // from the next search on
			r.mu.Unlock()
		}
		r.ServeHTTP(w, req)
	})
	_, err := client(t, server).Users.GetOrCreate(t.Context(),
		CreateUserParams{FirstName: "Ann", LastName: "B", FkID: "7"})
	require.ErrorIs(t, err, ErrDeliveryUnknown)
	_, isResponse := errors.AsType[*Error](err)
	assert.False(t, isResponse)
}

func TestUser_OlderShape(t *testing.T) {
	u := get(t,
		`{"id":"u1","firstName":"John","lastName":"Doe","context":"Support","source":"webchat","fkId":"1",`+
			`"fkUserId":"2",
		"email":"test@example.com","phoneNumber":"+1","metadata":{"customData":{"k":"v"}}}`,
		func(ctx context.Context, c *Client) (*User, error) { return c.Users.Get(ctx, "u1") })
	u.Raw = nil
	assert.Equal(t, &User{
		ID: "u1", FirstName: "John", LastName: "Doe", Context: "Support", Source: "webchat", FkID: "1", FkUserID: "2",
		Email: "test@example.com", PhoneNumber: "+1", Metadata: Metadata{CustomData: map[string]any{"k": "v"}},
	}, u)
}

func TestUsersSearch_ObjectAndListOfOne(t *testing.T) {
	object := `{"user":{"id":"u1","firstName":"A"},"conversationIds":["1","2"]}`
	for _, body := range []string{object, `[` + object + `]`} {
		found := get(t, body, func(ctx context.Context, c *Client) (*FoundUser, error) {
			return c.Users.Search(ctx, SearchUserParams{Email: "e"})
		})
		assert.Equal(t, "u1", found.User.ID)
		assert.Equal(t, []string{"1", "2"}, found.ConversationIDs)
		assert.Equal(t, body, string(found.Raw))
	}
	found := get(t, `{"user":{"id":"u1"},"data":[{"user":{"id":"u2"}}]}`,
		func(ctx context.Context, c *Client) (*FoundUser, error) {
			return c.Users.Search(ctx, SearchUserParams{Email: "e"})
		})
	assert.Equal(t, "u1", found.User.ID, "a further member does not make the object a list")
	for _, body := range []string{`[]`, `{}`, `[{}]`, `{"user":null}`, `{"user":{}}`} {
		_, err := client(t, stub(t, 200, body)).Users.Search(t.Context(), SearchUserParams{Email: "e"})
		require.ErrorIs(t, err, ErrDecode, body)
	}
}
