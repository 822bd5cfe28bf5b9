// Package syntphony is a client for the Conversation API of Syntphony Conversational AI, formerly eva.
//
// # First call
//
//	client, err := syntphony.NewClient(syntphony.Config{
//		BaseURL:   "https://api-europe-instance1.eva.bot/eva-broker",
//		OrgID:     orgUUID,
//		EnvID:     envUUID,
//		BotID:     botUUID,
//		ChannelID: channelUUID,
//		APIKey:    apiKey,
//		Locale:    "en-US",
//		Keycloak: syntphony.Keycloak{
//			URL:          "https://keycloak-europe-admin.eva.bot",
//			Realm:        "acme", // the organization's name
//			ClientID:     clientID,
//			ClientSecret: clientSecret,
//		},
//	})
//	if err != nil {
//		return err
//	}
//	session := client.NewSession(syntphony.Caller{UserRef: "203.0.113.7", OS: "Linux"})
//	reply, err := session.Say(ctx, "How much do I have in my account?")
//	if err != nil {
//		return err
//	}
//	for _, answer := range reply.Answers {
//		if text, ok := answer.Content.Text(); ok {
//			fmt.Println(text)
//		}
//	}
//
// Session.Welcome runs the agent's welcome flow, where the agent is to speak first. One Client is enough for a
// program, and one Session for each conversation; both are safe for concurrent use.
//
// Ids and API key come from the environment's administrator, the client's credentials with the environment. The
// broker's path /eva-broker is part of BaseURL.
//
// # Call from a back end only
//
// Every request carries a token and an API key that are valid for the whole environment, beside what the user says. The
// vendor advises strongly against calling its API from a web page or an app: whoever opens the console has the token,
// and can speak for every user. Let the front end talk to a server of yours, over a protected channel, and let that
// server use this package.
//
// # Conversations
//
// A Session holds one user's conversation: it carries session code and open context from turn to turn, does one turn
// at a time, and mixes text and audio freely. State and ResumeSession hand it to another replica. The methods of
// ConversationsService send single turns for callers who keep code and context themselves.
//
// The vendor ends a session after 30 minutes by default. The value is a setting of its broker. The vendor does not
// document how a turn in an ended session ends: it may be an error, or an answer with a new session code, in a
// conversation that has begun anew. Go on with the code of the latest reply, as Session does.
//
// Of the three kinds of context, the open one is the caller's to read and write (Input.Context, Reply.Context), so it
// is no place for anything secret. The visible one can only be read (Reply.ContextReadOnly). The hidden one never
// leaves the platform. The vendor's page asks to supply all three with audio: only the open one can be, and a Session
// does.
//
// Audio is ogg or wav, told by its content, of at most 16 MB. The vendor ignores everything after the first minute,
// without an error. That the JSON part of such a request is application/json, and the file's audio/ogg or audio/wav,
// is inferred.
//
// # Tokens
//
// The client fetches a token with client_credentials when the first call needs one, and refreshes it ahead of its
// expiry, with one request at a time however many calls there are. While a token lives, no call waits for the fetch of
// the next one. A call whose ctx ends leaves without disturbing the others. Where Keycloak issues refresh tokens (by
// default it does not since version 12), the client uses each once.
//
// If the broker responds with 401, the client fetches another token and sends the call once more. Such responses cause
// one fetch a second at most. After a failed fetch the next begins a second later at the earliest, and calls in
// between get its error. The class of that error is not the class of the call, unless the credentials were refused.
//
// Config.TokenStore shares tokens between the replicas of a service. Config.TokenSource takes any oauth2.TokenSource
// in place of Keycloak.
//
// # Errors
//
// A response outside 2xx is an *Error, from the broker or from Keycloak, and matches a class:
//
//	var failure *syntphony.Error
//	switch {
//	case errors.Is(err, syntphony.ErrDeliveryUnknown): // the agent may have heard it: do not say it twice
//	case errors.Is(err, syntphony.ErrRateLimited): // later; failure.RetryAfter may say when
//	case errors.Is(err, syntphony.CodeUnauthorizedClient): // Keycloak refuses client id or secret
//	case errors.As(err, &failure): // failure.StatusCode, failure.Message, failure.Body
//	}
//
// Four outcomes of the vendor's own (ErrWebhook, ErrMisconfigured, ErrNLP, ErrNLPCredentials) say that the agent heard
// the turn and could not answer it. They match ErrAnswerFailed and ErrDeliveryUnknown. The vendor publishes neither
// codes nor the form of an error body: Error reads the usual forms, and keeps the body as sent. The status of an ended
// or unknown session, and of a second evaluation of one session, is not documented either.
//
// # Retries
//
// A turn, a rating and an evaluation act each time they arrive. They are sent again only when the server said that it
// did not act (429, or 503 with a Retry-After), when they never left, or after a 401 with another token. When an
// answer is lost, the error matches ErrDeliveryUnknown; Config.RetryNonIdempotent sends again all the same. A
// recording can be sent again if its reader is an io.Seeker.
//
// Config.MaxRetries (2) bounds the attempts after the first, Config.MaxRetryWait (30 s) each wait, Config.Timeout (60
// s) each attempt, and ctx the whole call. All calls of a client share a retry budget: while most calls fail, errors
// come at once and say "retry budget spent". Config.Hooks.OnAttempt and Config.Logger hear of every attempt.
//
// The broker's OpenAPI document has optional headers for tracing: x-request-id, the x-b3 headers, x-ot-span-context and
// Origin. Add them to a call with parley.WithHeader.
//
// # What the vendor leaves unclear
//
// Where its documents contradict each other, this package serves both readings: nlpResponse and NLPResponse decode,
// satisfaction sends the locale as LOCAL and as LOCALE, Text and Code may both be given. Guesses are
// marked as such.
//
// # Tests
//
// Package syntphonytest is a fake of broker and Keycloak for tests without an account; its example shows one.
package syntphony
