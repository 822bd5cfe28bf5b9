package parleyotel

import (
	"net/http"

	"go.opentelemetry.io/otel/propagation"
)

// injector puts the context of the trace into the header of each request. The parent that a vendor sees is the span of
// the call.
type injector struct {
	base       http.RoundTripper
	propagator propagation.TextMapPropagator
}

// RoundTrip sends a copy of r, because a RoundTripper must not change the request that it gets.
func (i *injector) RoundTrip(r *http.Request) (*http.Response, error) {
	request := *r
	request.Header = r.Header.Clone()
	if request.Header == nil {
		request.Header = http.Header{}
	}
	i.propagator.Inject(r.Context(), propagation.HeaderCarrier(request.Header))
	return i.base.RoundTrip(&request)
}
