package syntphonytest_test

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/testing/cassette"
	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

// TestResponses_HaveWhatTheVendorsSamplesHave calls each operation for which the vendor shows a response.
func TestResponses_HaveWhatTheVendorsSamplesHave(t *testing.T) {
	samples, err := cassette.LoadSamples("../testdata/cassettes")
	require.NoError(t, err)
	require.Greater(t, len(samples), 3)
	r := newRig(t)
	r.server.SetTokens(syntphonytest.Tokens{Refresh: true})
	collector := &cassette.Collector{Base: r.http.Transport}
	client := r.client(func(c *syntphony.Config) { c.HTTPClient = &http.Client{Transport: collector} })
	session := client.NewSession(caller)
	ctx := t.Context()
	ok := func(err error) { t.Helper(); require.NoError(t, err) }
	free := map[string]any{"user": 1, "foo": "bar", "ANY_ADDITIONAL_PROPERTY": map[string]any{}}
	_, err = session.Send(ctx, syntphony.Input{Code: syntphony.WelcomeCode, Context: free})
	ok(err)
	_, err = session.SendAudio(ctx, syntphony.Audio{Name: "a.ogg", Content: bytes.NewReader([]byte("OggS!"))},
		syntphony.Input{})
	ok(err)
	reply, err := session.Send(ctx, syntphony.Input{Text: "hi", Intent: "BALANCE", Confidence: new(0.88)})
	ok(err)
	ok(client.Answers.Rate(ctx, reply.Answers[0].InteractionID, true))
	code, named := session.Code(),
		client.Conversations.SendByChannelName //nolint:staticcheck // the fake serves this URL too
	_, err = named(ctx, syntphonytest.ChannelName, code, caller, syntphony.Input{Text: "hi"})
	ok(err)
	ok(session.SubmitSatisfaction(ctx, syntphony.Satisfaction{Evaluation: 5, ExpireSession: true}))
	// The OpenAPI document shows a content of any type as an object, and a member of any name in the visible context.
	const at = "POST /eva-broker/org/{id}/env/{id}/bot/{id}/channel/{id}/v1/conversations: "
	assert.ElementsMatch(t, []string{
		at + "answers[]: content is a string and no map[string]interface {}",
		at + "contextReadOnly: ANY_ADDITIONAL_PROPERTY is missing",
	}, collector.Differences(samples))
}
