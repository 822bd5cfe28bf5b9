package parleyotel

import (
	"net"
	"slices"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed-127a5941/parley"
)

// The attributes that no convention has.
const (
	vendorKey    = attribute.Key("parley.vendor")
	operationKey = attribute.Key("parley.operation")
	deliveryKey  = attribute.Key("parley.delivery")
	attemptsKey  = attribute.Key("parley.attempts")
)

// methodWS is the method of a call that is a frame over a WebSocket.
const methodWS = "WS"

// operation is what all calls of one operation at one server have in common.
type operation struct {
	parley.Call
	genAI  bool
	server []attribute.KeyValue // server.address and server.port

	start          []trace.SpanStartOption
	active         []metric.AddOption
	calls, answers []metric.RecordOption // of a call that succeeded
}

func newOperation(description parley.Call) *operation {
	o := &operation{
		Call: description, genAI: asksABot(description.Operation), server: serverOf(description.Server),
	}
	attrs := append([]attribute.KeyValue{vendorKey.String(o.Vendor)}, o.server...)
	kind := trace.SpanKindInternal // the spans of the attempts are the client's
	if o.genAI {
		attrs = append(attrs, o.genAIAttributes()...)
	}
	if o.genAI || o.Method == methodWS {
		kind = trace.SpanKindClient
	}
	o.start = []trace.SpanStartOption{trace.WithSpanKind(kind), trace.WithAttributes(attrs...)}
	o.active = []metric.AddOption{metric.WithAttributeSet(attribute.NewSet(o.callAttributes()...))}
	o.calls, o.answers = o.failedCalls(), o.failedAnswers()
	return o
}

func (o *operation) callAttributes() []attribute.KeyValue {
	return []attribute.KeyValue{vendorKey.String(o.Vendor), operationKey.String(o.Operation)}
}

func (o *operation) genAIAttributes() []attribute.KeyValue {
	return []attribute.KeyValue{semconv.GenAIOperationNameChat, semconv.GenAIProviderNameKey.String(o.Vendor)}
}

// failedCalls returns the attributes of parley.client.call.duration, which say what failure says.
func (o *operation) failedCalls(failure ...attribute.KeyValue) []metric.RecordOption {
	return recordOption(append(o.callAttributes(), failure...)...)
}

// failedAnswers returns the attributes of gen_ai.client.operation.duration, which say what failure says.
func (o *operation) failedAnswers(failure ...attribute.KeyValue) []metric.RecordOption {
	return recordOption(slices.Concat(o.genAIAttributes(), o.server, failure)...)
}

// serverOf returns the attributes for "host:port". They are missing if a call names no server.
func serverOf(address string) []attribute.KeyValue {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil
	}
	return []attribute.KeyValue{semconv.ServerAddress(host), semconv.ServerPort(number)}
}
