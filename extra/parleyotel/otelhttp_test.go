package parleyotel_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
)

// The usual set-up with otelhttp records URLs whole: SiteAssist's publishable key, the search text and ids. This is why
// the package exists. With the hooks of this package the same call shows none of them.
func TestOtelhttp_RecordsTheKeyOfSiteAssist(t *testing.T) {
	const question = "where-is-my-order"
	search := func(hooks parley.Hooks) {
		client, _ := siteassistClient(t, hooks)
		_, err := client.Search.Query(t.Context(), siteassist.SearchParams{Query: question})
		require.NoError(t, err)
	}
	plain := newRecorder(t)
	search(parley.Hooks{WrapTransport: func(base http.RoundTripper) http.RoundTripper {
		return otelhttp.NewTransport(base, otelhttp.WithTracerProvider(plain.tracing))
	}})
	spans := plain.take()
	require.NotEmpty(t, spans)
	url := attributesOf(spans[0])["url.full"]
	assert.Contains(t, url, siteassisttest.PublishableKey,
		"if otelhttp no longer records it, docs/observability.md is wrong")
	assert.Contains(t, url, question)

	ours := newRecorder(t)
	search(ours.Hooks())
	spans = ours.take()
	require.Len(t, spans, 2)
	assert.NotContains(t, ours.dump(spans), siteassisttest.PublishableKey)
	assert.NotContains(t, ours.dump(spans), question)
}
