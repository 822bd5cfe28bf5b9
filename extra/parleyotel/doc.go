// Package parleyotel records the calls of parley's clients as OpenTelemetry spans and metrics.
//
//	telemetry := parleyotel.New(parleyotel.Options{})
//	client, err := raia.NewClient(raia.Config{AgentKey: key, Hooks: telemetry.Hooks()})
//
// One Telemetry serves any number of clients of all four vendors.
//
// Each call is a span that has the name of the operation, such as "raia: send message". Its parent is the span in the
// context of the call. Each attempt of the call is a span below it, such as "POST /conversations/{id}/messages", by the
// conventions for HTTP clients. A request for a token or for a visitor session is a call below the call that needed it.
// A call that asks a bot for an answer follows the conventions for generative AI too.
//
// No span and no metric has a credential, a query, an id, a message or any other text of the user or of the vendor.
// Attributes say which operation it was, at which server, how it ended by parley's classes of errors, and whether the
// vendor may have acted on it. The conventions ask for url.full, which this package leaves out: a URL has ids in its
// path, and SiteAssist's has the publishable key in its query.
//
// The names of operations and the templates of paths are those of the vendor packages. For Client.Do they are those of
// the parley.Request, so keep ids out of its Operation and Path, and put them into Args.
//
// Three things are not seen. An upload to one of raia's signed URLs goes to the storage, and no hook observes it. The
// handshakes of WebSockets are seen by no hook either. Receive of an Aisera connection sends nothing and is no call.
package parleyotel
