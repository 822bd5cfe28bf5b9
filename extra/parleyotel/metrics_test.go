package parleyotel_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiatest"
)

func TestCall_Metrics(t *testing.T) {
	r := newRecorder(t)
	client, server := raiaClient(t, r.Hooks())
	_, err := client.Prompts.Run(t.Context(), raia.PromptParams{Prompt: "Hello"})
	require.NoError(t, err)
	server.Fail(1, raiatest.Failure{Status: 500})
	_, err = client.Prompts.Run(t.Context(), raia.PromptParams{Prompt: "Hello"})
	require.ErrorIs(t, err, parley.ErrDeliveryUnknown)

	assert.Equal(t, map[string]uint64{
		"parley.operation=raia: run prompt,parley.vendor=raia":                                                 1,
		"error.type=server_error,parley.delivery=unknown,parley.operation=raia: run prompt,parley.vendor=raia": 1,
	}, r.points("parley.client.call.duration"))
	call := r.take()[1]
	server1 := "server.address=127.0.0.1,server.port=" + attributesOf(call)["server.port"]
	assert.Equal(t, map[string]uint64{
		"gen_ai.operation.name=chat,gen_ai.provider.name=raia," + server1:                         1,
		"error.type=server_error,gen_ai.operation.name=chat,gen_ai.provider.name=raia," + server1: 1,
	}, r.points("gen_ai.client.operation.duration"))
	assert.Equal(t, map[string]uint64{
		"http.request.method=POST,http.response.status_code=200," + server1 +
			",url.template=/prompts": 1,
		"error.type=500,http.request.method=POST,http.response.status_code=500," + server1 +
			",url.template=/prompts": 1,
	}, r.points("http.client.request.duration"))
	for name, m := range r.collect() {
		if histogram, ok := m.Data.(metricdata.Histogram[float64]); ok {
			assert.Equal(t, "s", m.Unit, name)
			assert.Len(t, histogram.DataPoints[0].Bounds, 14, name)
		}
	}
}
