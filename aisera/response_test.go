package aisera_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
)

func TestResponse_MembersWhereverTheyStand(t *testing.T) {
	s := newServer(t)
	client := newClient(t, s.Config())
	want := aisera.Response{
		RequestID: "r", FollowUpID: "f", Mode: "FlowStarted", Answers: []aisera.Answer{{Text: "a"}, {Text: "b"}},
	}
	for _, body := range []string{
		`{"modeType":"FlowStarted","answers":[{"text":"a"},{"text":"b"}],"followUpId":"f","reqId":"r","score":{"x":1}}`,
		`{"data":{"modeType":"FlowStarted","answers":[{"text":"a"},{"text":"b"}],"followUpId":"f","reqId":"r"}}`,
		`{"header":{"modeType":"FlowStarted"},"data":{"answers":["a","b"],"followUpId":"f"},"reqId":"r"}`,
		`{"header":{"modeType":"FlowStarted","reqId":"r"},"answers":[{"text":"a","n":1},{"text":"b"}],` +
			`"followupId":"f"}`,
		`{"modeType":"FlowStarted","answers":[{"text":"a"},{"text":"b"}],"followUpId":"f","reqId":"r","data":"other",` +
			`"header":[1]}`,
		`{"data":{"modeType":"FlowStarted","answers":[{"text":"a"},{"text":"b"}],"reqId":"r"},"header":null,` +
			`"followUpId":"f","error":""}`,
	} {
		s.Fail(1, aiseratest.Failure{Status: 200, Body: body})
		r, err := client.Send(t.Context(), user, aisera.Text("x"))
		require.NoError(t, err, body)
		assert.Equal(t, body, string(r.Raw))
		assert.Equal(t, want, aisera.Response{
			RequestID: r.RequestID, FollowUpID: r.FollowUpID, Mode: r.Mode, Answers: r.Answers,
		}, body)
	}
}

func TestResponse_Tolerance(t *testing.T) {
	s := newServer(t)
	client := newClient(t, s.Config())
	for body, texts := range map[string][]aisera.Answer{
		`{"modeType":1,"answers":{"text":"one"}}`:                  {{Text: "one"}},
		`{"modeType":null,"answers":"bare"}`:                       {{Text: "bare"}},
		`{"answers":[{"text":1},{"text":"b"},null,3,{}]}`:          {{}, {Text: "b"}, {}, {}, {}},
		`{"modeType":"SomethingNew","answers":null}`:               nil,
		`{"history":[{"text":"x"}]}`:                               nil,
		`{"modeType":"Normal","error":"no failure beside a mode"}`: nil,
	} {
		s.Fail(1, aiseratest.Failure{Status: 200, Body: body})
		r, err := client.Send(t.Context(), user, aisera.Text("x"))
		require.NoError(t, err, body)
		assert.Equal(t, texts, r.Answers, body)
		assert.NoError(t, r.Err())
		assert.True(t, r.Final())
	}
}

func TestResponse_Helpers(t *testing.T) {
	open := map[aisera.Mode]bool{"StatusUpdate": true, "StreamingInProgress": true, "LiveAgentTyping": true}
	for _, mode := range append(pageModes(t), "", "SomethingNew") {
		r := aisera.Response{Mode: mode}
		assert.Equal(t, !open[mode], r.Final(), mode)
		assert.Equal(t, strings.HasPrefix(string(mode), "LiveAgent"), r.LiveAgent(), mode)
		assert.Equal(t, strings.HasPrefix(string(mode), "Streaming"), r.Streaming(), mode)
		assert.Equal(t, mode == "Error" || mode == "FormError" || mode == "ExternalSystemError", r.Err() != nil, mode)
	}
	r := aisera.Response{Answers: []aisera.Answer{{Text: "a"}, {}, {Text: "b"}}}
	assert.Equal(t, "a\nb", r.Text())
}

// pageModes are the modes of the two vendor pages.
func pageModes(t *testing.T) []aisera.Mode {
	modes := []aisera.Mode{}
	for mode := range strings.FieldsSeq(`Normal FlowStarted FlowInProgress FlowCompleted LiveAgent LiveAgentWaiting
		LiveAgentWaitingUpdate LiveAgentJoined LiveAgentExited LiveAgentFileUpload Error ExternalSystemError ` +
		`EndSessionSurvey
		LiveAgentTyping FormError SilentModeAnswerFound SilentModeAnswered SilentModeAnsweredConfidentially
		SilentModeFirstResponse SilentModeResolved SilentModeEscalated SilentModeTicketCreated SilentModeCancelled
		SilentModeFollowUp SilentModeConversationEnded SilentModeStopResponding StatusUpdate StreamingInProgress
		StreamingCompleted Campaign AskForApproval`) {
		modes = append(modes, aisera.Mode(mode))
	}
	return modes
}

// Each mode and each type has a constant that is named after it.
func TestMode_Constants(t *testing.T) {
	source, err := os.ReadFile("mode.go")
	require.NoError(t, err)
	file, err := parser.ParseFile(token.NewFileSet(), "mode.go", source, 0)
	require.NoError(t, err)
	constants := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
			if value, ok := spec.Values[0].(*ast.BasicLit); ok {
				constants[spec.Names[0].Name], _ = strconv.Unquote(value.Value)
			}
		}
		return true
	})
	want := map[string]string{}
	for _, mode := range pageModes(t) {
		want["Mode"+string(mode)] = string(mode)
	}
	for request := range strings.FieldsSeq(
		"LiveAgentPickUp LiveAgentCompleted LiveAgentTransfer SessionTimeout EndSessionSurvey",
	) {
		want["RequestType"+request] = request
	}
	assert.Equal(t, want, constants)
}

func FuzzReply(f *testing.F) {
	f.Add(`{"modeType":"Normal","answers":[{"text":"a"}],"followUpId":"f","reqId":"r"}`)
	f.Add(`{"data":{"answers":"x"},"header":{"modeType":"Error"},"errors":[{"message":"ERR-001","path":"p"}]}`)
	f.Add(`[]`)
	f.Add(`{"answers":[[[]]],"errors":"x"}`)
	s := aiseratest.NewServer()
	f.Cleanup(s.Close)
	client, err := aisera.NewClient(s.Config())
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, body string) {
		s.Fail(1, aiseratest.Failure{Status: 200, Body: body})
		r, err := client.Send(t.Context(), user, aisera.Text("x"))
		switch {
		case r == nil:
			assert.ErrorIs(t, err, aisera.ErrDecode)
		case err == nil:
			assert.Equal(t, body, string(r.Raw))
			assert.False(t, r.Mode == aisera.ModeError || r.Mode == aisera.ModeExternalSystemError)
		default:
			assert.Equal(t, err.Error(), r.Err().Error())
		}
	})
}

// Whatever frames a server sends, the connection does not panic and keeps the order: the frame behind them arrives.
func FuzzFrame(f *testing.F) {
	f.Add([]byte(`{"modeType":"LiveAgentTyping"}`), []byte("\x00\xff"))
	f.Add([]byte(`{"reqId":"r1","modeType":"StatusUpdate"}`), []byte(`{"reqId":"r1"}`))
	f.Add([]byte(``), []byte(`{"code":1,"error":"x"}`))
	s := aiseratest.NewServer()
	f.Cleanup(s.Close)
	client, err := aisera.NewClient(s.Config())
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, first, second []byte) {
		s.Answer(func(aiseratest.Message) []aiseratest.Reply {
			return []aiseratest.Reply{
				{Raw: append([]byte{}, first...)}, {Raw: append([]byte{}, second...)},
				{Mode: aisera.ModeNormal, RequestID: "marker"},
			}
		})
		conn, err := client.Dial(t.Context(), user, aisera.DialOptions{MatchByID: true, NoReconnect: true})
		require.NoError(t, err)
		defer conn.Close()
		_, err = conn.Send(t.Context(), aisera.Text("x"))
		require.NoError(t, err)
		for r, err := range conn.Responses(soon(t)) {
			if err != nil {
				require.ErrorIs(t, err, aisera.ErrDecode)
			} else if r.RequestID == "marker" && r.Mode == aisera.ModeNormal {
				return
			} else {
				_ = r.Err()
			}
		}
	})
}
