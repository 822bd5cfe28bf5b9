package siteassisttest_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/testing/cassette"
	"github.com/seed-127a5941/parley/siteassist"
)

// TestResponses_HaveWhatTheVendorsSamplesHave calls each operation for which the vendor shows a response.
func TestResponses_HaveWhatTheVendorsSamplesHave(t *testing.T) {
	samples, err := cassette.LoadSamples("../testdata/cassettes")
	require.NoError(t, err)
	require.Greater(t, len(samples), 10)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	collector := &cassette.Collector{Base: transport}
	server, client := start(t, func(c *siteassist.Config) { c.HTTPClient = &http.Client{Transport: collector} })
	server.AddQnA("What is your refund policy?", "30 days")
	ctx := t.Context()
	id := converse(t, client)
	ok := func(err error) { t.Helper(); require.NoError(t, err) }
	_, err = client.Messages.Send(ctx, id, siteassist.SendMessageParams{Content: "Hi"})
	ok(err)
	page, err := client.Messages.List(ctx, id, siteassist.ListMessagesParams{})
	ok(err)
	ok(client.Messages.SetFeedback(ctx, page.Data[1].ID, siteassist.FeedbackLike))
	_, err = client.Conversations.Get(ctx, id)
	ok(err)
	_, err = client.Conversations.List(ctx, siteassist.ListConversationsParams{})
	ok(err)
	_, err = client.Conversations.Close(ctx, id, siteassist.CloseConversationParams{})
	ok(err)
	_, err = client.Identity.Me(ctx)
	ok(err)
	_, err = client.Completions.Create(ctx, siteassist.CompletionParams{
		Messages: []siteassist.CompletionMessage{{Role: siteassist.RoleUser, Content: "Hi"}},
	})
	ok(err)
	_, err = client.Search.Query(ctx, siteassist.SearchParams{Query: "refund"})
	ok(err)
	project, err := client.Projects.GetCurrent(ctx)
	ok(err)
	_, err = client.Projects.ListQnAs(ctx, project.ID, siteassist.QnAParams{})
	ok(err)
	// The oldest sample of a conversation spells a member in a way that no later one does.
	const older = "GET /v2/conversations/{id}: lastInterationAt is missing"
	assert.Equal(t, []string{older}, collector.Differences(samples))
}
