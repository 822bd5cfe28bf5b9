package parleyotel_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/syntphony"
)

// needle is part of every credential, id, query and text that these tests send, and of all that their server says.
const needle = "n33dle"

// world is how the server of one run behaves.
type world func(*http.Request, string) (*http.Response, error)

// worlds are the ways in which calls end. Each repeats, where it can, all that the request held.
var worlds = map[string]world{
	"success": func(r *http.Request, _ string) (*http.Response, error) { return success(r), nil },
	"refusal": func(r *http.Request, all string) (*http.Response, error) {
		return response(r, 422, "application/json",
			fmt.Sprintf(`{"error":{"code":%[1]q,"message":%[1]q},"code":%[1]q,"message":%[1]q}`, all)), nil
	},
	"unauthorized": func(r *http.Request, all string) (*http.Response, error) {
		return response(r, 401, "text/plain", all), nil
	},
	"server error": func(r *http.Request, all string) (*http.Response, error) {
		return response(r, 500, "text/plain", all), nil
	},
	"useless": func(r *http.Request, all string) (*http.Response, error) {
		return response(r, 200, "text/html", all), nil
	},
	"network": func(_ *http.Request, all string) (*http.Response, error) {
		return nil, errors.New("cannot reach " + all)
	},
	"busy": busy(),
	"cut": func(r *http.Request, all string) (*http.Response, error) {
		w := success(r)
		w.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"id":"`+all), failing{}))
		return w, nil
	},
}

// busy refuses every other request, and so the first attempt of each call.
func busy() world {
	var requests atomic.Int64
	return func(r *http.Request, all string) (*http.Response, error) {
		if requests.Add(1)%2 == 1 {
			return response(r, http.StatusServiceUnavailable, "text/plain", all), nil
		}
		return success(r), nil
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("connection lost after " + needle) }

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// inMemory is the client whose server behaves as w says.
func inMemory(w world) *http.Client {
	return &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		var body []byte
		if r.Body != nil {
			body, _ = io.ReadAll(r.Body)
			_ = r.Body.Close()
		}
		all := needle + " " + r.URL.String() + " " + fmt.Sprint(r.Header) + " " + string(body)
		return w(r, all)
	})}
}

func response(r *http.Request, status int, contentType, body string) *http.Response {
	header := http.Header{
		"Content-Type": {contentType}, "X-Request-Id": {needle}, "Retry-After": {"0"}, "Set-Cookie": {"a=" + needle},
	}
	return &http.Response{
		StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)),
		ContentLength: int64(len(body)), Request: r, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
}

// anything is an object that has each member that an operation requires.
const anything = `{"id":"` + needle + `","conversationId":"` + needle + `","promptId":"` + needle + `","message":"` +
	needle + `",` +
	`"signedUrl":"https://storage.example/` + needle + `","storagePath":"` + needle +
	`","status":"completed","response":"` + needle + `",` +
	`"sessionToken":"` + needle + `","visitor":{"id":"` + needle + `"},"access_token":"` + needle +
	`","token_type":"Bearer","expires_in":300,` +
	`"sessionCode":"` + needle + `","answers":[{"type":"TEXT","content":"` + needle +
	`"}],"modeType":"Normal","reqId":"` + needle + `",` +
	`"tokensUsed":1,"tokensAmount":1,"data":[],"messages":[],"results":[],"success":true,"user":{"id":"` + needle +
	`"},"steps":[{"content":[{"type":"text","text":"` + needle + `"}]}]}`

func success(r *http.Request) *http.Response {
	if strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
		return response(r, 200, "text/event-stream", strings.Join([]string{
			`data: {"type":"start","messageId":"` + needle + `"}`,
			`data: {"type":"text-delta","id":"t","delta":"` + needle + `"}`,
			`data: {"type":"finish"}`, `data: [DONE]`, "",
		}, "\n\n"))
	}
	body := anything
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, "/satisfactions") || strings.HasSuffix(path, "/likable"):
		body = `"Success"`
	case strings.HasSuffix(path, "/response-on") && strings.Contains(path, "/conversations/"):
		body = `{"status":"completed","message":{"id":"` + needle + `","message":"` + needle + `"}}`
	}
	return response(r, 200, "application/json", body)
}

// subject is a client, and what of it makes calls.
type subject struct {
	name    string
	callers []any
}

// subjects returns the clients of all vendors. Every text in their configuration that is secret has the needle in it.
func subjects(t *testing.T, client *http.Client, hooks parley.Hooks) []subject {
	t.Helper()
	r, err := raia.NewClient(raia.Config{
		AgentKey: needle + "-agent", OrganizationKey: needle + "-organization", SuperAdminKey: needle + "-admin",
		HTTPClient: client, Hooks: hooks,
	})
	require.NoError(t, err)
	s, err := siteassist.NewClient(siteassist.Config{
		PublishableKey: needle + "-key", DeviceID: needle + "-device", HTTPClient: client, Hooks: hooks,
	})
	require.NoError(t, err)
	caller := syntphony.Caller{UserRef: needle, OS: needle, Locale: "en-US"}
	y, err := syntphony.NewClient(syntphony.Config{
		BaseURL: "https://broker.example/eva", OrgID: needle, EnvID: needle, BotID: needle, ChannelID: needle,
		APIKey: needle + "-api", Keycloak: syntphony.Keycloak{
			URL: "https://keycloak.example", Realm: needle, ClientID: needle, ClientSecret: needle + "-secret",
		}, HTTPClient: client, Hooks: hooks,
	})
	require.NoError(t, err)
	a, err := aisera.NewClient(aisera.Config{
		BaseURL: "https://aisera.example", Token: needle + "-token", ChannelID: needle, HTTPClient: client,
		Hooks: hooks,
	})
	require.NoError(t, err)
	return []subject{
		{"raia", append(services(r), r)},
		{"siteassist", append(services(s), s)},
		{
			"syntphony", append(services(y), y, y.NewSession(caller),
				y.ResumeSession(caller, syntphony.SessionState{Code: needle})),
		},
		{"aisera", append(services(a), a)},
	}
}

// services returns the exported fields of a client.
func services(client any) (list []any) {
	value := reflect.ValueOf(client).Elem()
	for i := range value.NumField() {
		if value.Type().Field(i).IsExported() {
			list = append(list, value.Field(i).Interface())
		}
	}
	return list
}

// exempt are methods that make no call or for which other tests stand.
var exempt = map[string]string{
	"aisera.Client.Dial": "TestWebSocket", "siteassist.ConversationsService.Events": "the handshake of a WebSocket",
}

// each calls every method that takes a context, with each kind of its arguments.
func (s subject) each(t *testing.T, call func(name string, f func(context.Context) error)) {
	t.Helper()
	called := 0
	for _, caller := range s.callers {
		if reflect.ValueOf(caller).Kind() != reflect.Pointer {
			continue
		}
		value := reflect.ValueOf(caller)
		for i := range value.NumMethod() {
			method, typ := value.Method(i), value.Type().Method(i)
			name := s.name + "." + value.Type().Elem().Name() + "." + typ.Name
			if exempt[name] != "" || method.Type().NumIn() == 0 ||
				method.Type().In(0) != reflect.TypeFor[context.Context]() {
				continue
			}
			for _, arguments := range argumentsOf(method.Type()) {
				called++
				call(name, func(ctx context.Context) error { return invoke(method, ctx, arguments()) })
			}
		}
	}
	assert.NotZero(t, called, s.name)
}

// invoke makes the call and returns its first error. It ranges over what it gets.
func invoke(method reflect.Value, ctx context.Context, arguments []reflect.Value) error {
	arguments[0] = reflect.ValueOf(ctx)
	call := method.Call
	if method.Type().IsVariadic() {
		call = method.CallSlice
	}
	for _, result := range call(arguments) {
		switch v := result.Interface().(type) {
		case error:
			return v
		case *siteassist.Stream:
			if v != nil {
				if _, err := v.Text(); err != nil {
					return err
				}
			}
		}
		if result.Kind() == reflect.Func {
			for _, err := range result.Seq2() {
				if !err.IsNil() {
					return err.Interface().(error)
				}
			}
		}
	}
	return nil
}

// argumentsOf returns funcs that make the arguments of a method anew, because a reader can be read once. There are
// several if one of the arguments is an interface with several kinds, and if an empty session code opens a session.
func argumentsOf(method reflect.Type) (list []func() []reflect.Value) {
	kinds := 1
	for i := range method.NumIn() {
		switch method.In(i) {
		case reflect.TypeFor[raia.StartParams]():
			kinds = len(startParams())
		case reflect.TypeFor[syntphony.Caller]():
			kinds = 2
		}
	}
	for kind := range kinds {
		list = append(list, func() []reflect.Value { return arguments(method, kind) })
	}
	return list
}

func arguments(method reflect.Type, kind int) []reflect.Value {
	list := make([]reflect.Value, method.NumIn())
	for i := 1; i < len(list); i++ {
		switch method.In(i) {
		case reflect.TypeFor[raia.StartParams]():
			list[i] = reflect.ValueOf(startParams()[kind])
			continue
		case reflect.TypeFor[syntphony.Caller]():
			if kind == 1 {
				list[i-1] = reflect.ValueOf("") // the session code
			}
		}
		list[i] = filled(method.In(i))
	}
	return list
}

func startParams() []raia.StartParams {
	return []raia.StartParams{
		filled(reflect.TypeFor[raia.EmailStart]()).Interface().(raia.EmailStart),
		filled(reflect.TypeFor[raia.SMSStart]()).Interface().(raia.SMSStart),
		filled(reflect.TypeFor[raia.VoiceStart]()).Interface().(raia.VoiceStart),
	}
}

// special are arguments that must not be any text.
var special = map[reflect.Type]any{
	reflect.TypeFor[parley.Request](): parley.Request{
		Operation: "do it", Method: "POST", Path: "/things/{id}", Args: []string{needle},
		Body: map[string]any{"a": needle},
	},
	reflect.TypeFor[syntphony.Satisfaction](): syntphony.Satisfaction{Evaluation: 5, Comments: needle, Locale: "en-US"},
	reflect.TypeFor[siteassist.Feedback]():    siteassist.FeedbackLike,
}

// filled returns a value in which every text has the needle.
func filled(typ reflect.Type) reflect.Value {
	if v, ok := special[typ]; ok {
		return reflect.ValueOf(v)
	}
	if typ == reflect.TypeFor[syntphony.Audio]() {
		return reflect.ValueOf(syntphony.Audio{Name: needle + ".ogg", Content: strings.NewReader("OggS" + needle)})
	}
	v := reflect.New(typ).Elem()
	switch typ.Kind() {
	case reflect.String:
		v.SetString(needle)
	case reflect.Int, reflect.Int64:
		v.SetInt(3)
	case reflect.Float64:
		v.SetFloat(1)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(typ.Elem()))
		v.Elem().Set(filled(typ.Elem()))
	case reflect.Slice:
		v.Set(reflect.Append(v, filled(typ.Elem())))
	case reflect.Map:
		v.Set(reflect.MakeMap(typ))
		v.SetMapIndex(filled(typ.Key()), filled(typ.Elem()))
	case reflect.Struct:
		for i := range typ.NumField() {
			if typ.Field(i).IsExported() {
				v.Field(i).Set(filled(typ.Field(i).Type))
			}
		}
	case reflect.Interface:
		switch {
		case typ == reflect.TypeFor[io.Reader]():
			v.Set(reflect.ValueOf(strings.NewReader(needle)))
		case typ.NumMethod() == 0: // a value of a body, or what Client.Do decodes into
			v.Set(reflect.ValueOf(&map[string]any{needle: needle}))
		}
	}
	return v
}

// TestOperations_NothingSecretIsExported makes every call of all vendors in each world, and looks for credentials,
// queries, ids and texts in all that the exporters got. That no operation is missing is held against OPERATIONS.md.
func TestOperations_NothingSecretIsExported(t *testing.T) {
	attempts, chats := map[string]bool{}, map[string]bool{}
	for name, w := range worlds {
		synctest.Test(t, func(t *testing.T) {
			r := newRecorder(t)
			for _, s := range subjects(t, inMemory(w), r.Hooks()) {
				s.each(t, func(method string, call func(context.Context) error) {
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // an Await polls until then
					defer cancel()
					err := call(parley.WithMaxRetries(ctx, 1))
					if name == "success" || name == "busy" {
						assert.NoError(t, err, method)
					} else if name != "useless" { // some expect no body
						assert.Error(t, err, method)
					}
					if method != "syntphony.Session.SubmitSatisfaction" { // needs a turn that succeeded
						assert.NotErrorIs(t, err, parley.ErrInvalidArgument, method)
					}
				})
			}
			spans := r.take()
			for _, span := range spans {
				attempts[span.Name] = true
				if attributesOf(span)["gen_ai.operation.name"] == "chat" {
					chats[span.Name] = true
				}
			}
			if before, after, found := strings.Cut(r.dump(spans), needle); found {
				t.Errorf("%s: an exporter got ...%s%s%s...", name, before[max(0, len(before)-200):], needle,
					after[:min(100, len(after))])
			}
		})
	}
	assert.ElementsMatch(t, []string{
		"aisera: send message",
		"raia: await prompt response", "raia: await response", "raia: run prompt", "raia: send message",
		"siteassist: create completion", "siteassist: send message", "siteassist: stream completion",
		"siteassist: stream message",
		"syntphony: continue conversation", "syntphony: continue conversation by channel name",
		"syntphony: continue conversation with audio", "syntphony: start conversation",
		"syntphony: start conversation by channel name", "syntphony: start conversation with audio",
	}, slices.Collect(maps.Keys(chats)), "the calls that follow the conventions for generative AI")
	list, err := os.ReadFile("../../OPERATIONS.md")
	require.NoError(t, err)
	operations := regexp.MustCompile("(?m)^\\| `\\w+\\.\\w+` \\| `([A-Z]+ [^`]+)`").FindAllStringSubmatch(string(list),
		-1)
	require.Greater(t, len(operations), 75)
	for _, operation := range operations {
		if !strings.HasSuffix(operation[1], "/ws") {
			assert.True(t, attempts[operation[1]], "no attempt of %s was recorded", operation[1])
		}
	}
}
