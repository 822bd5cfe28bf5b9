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
// Session.Welcome runs the agent's welcome flow, for a conversation in which the agent speaks first. A program needs
// one Client, and one Session for each conversation. Both are safe for concurrent use.
//
// The environment's administrator has the ids and the API key. The client's credentials come with the environment. The
// broker's path /eva-broker is part of BaseURL.
//
// # Call from a back end only
//
// Every request carries the user's words, and a token and an API key that are valid for the whole environment. The
// vendor advises strongly against calling its API from a web page or an app: anyone who opens the console has the token
// and can speak for every user. Let the front end talk to a server of yours, over a protected channel, and let that
// server use this package.
//
// # Conversations
//
// A Session holds one user's conversation. It carries session code and open context from turn to turn, does one turn at
// a time, and accepts text and audio in any order. State and ResumeSession hand it to another replica. The methods of
// ConversationsService send single turns for callers that keep code and context themselves.
//
// The vendor ends a session after 30 minutes by default. The value is a setting of its broker. The vendor does not
// document the response to a turn in an ended session. It may be an error, or an answer with a new session code, in a
// conversation that has begun anew. Use the code of the latest reply, as Session does.
//
// There are three kinds of context. The caller may read and write the open one (Input.Context, Reply.Context), so it
// must not hold secrets. The visible one can only be read (Reply.ContextReadOnly). The hidden one never leaves the
// platform. The vendor's page asks for all three with audio. Only the open one can be supplied, and a Session does so.
//
// Audio is ogg or wav of at most 16 MB. The format is told by its first bytes. The vendor ignores everything after the
// first minute, without an error. The content types of the request are inferred: application/json for its JSON part,
// and audio/ogg or audio/wav for the file.
//
// # Tokens
//
// The client fetches a token with client_credentials when the first call needs one, and refreshes it before it expires.
// However many calls there are, one such request runs at a time. While a token is valid, no call waits for the fetch of
// the next one. If the ctx of a waiting call ends, the call returns, and the fetch goes on for the others. If Keycloak
// issues refresh tokens (by default it does not since version 12), the client uses each once.
//
// Config.Timeout bounds a fetch with all its attempts. Each attempt gets half of the time that is left, so that another
// one can follow it if it hangs. A token endpoint that needs more than half of Config.Timeout for its response thus
// never gives a token. Set Config.Timeout to more than twice the time that it needs.
//
// If the broker responds with 401, the client fetches another token and sends the call once more. Such responses cause
// at most one fetch a second. After a failed fetch the next one begins a second later at the earliest, and calls in
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
// codes nor the form of an error body. Error reads the usual forms, and keeps the body as sent. The vendor does not
// document the status for an ended or unknown session, or for a second evaluation of one session.
//
// # Retries
//
// A turn, a rating and an evaluation act each time they arrive. They are sent again in three cases only: the server
// said that it did not act (429, or 503 with a Retry-After), they never left, or the server responded with 401 and the
// client got another token. If an answer is lost, the error matches ErrDeliveryUnknown. With Config.RetryNonIdempotent
// the call is then sent again all the same. A recording can be sent again if its reader is an io.Seeker.
//
// Config.MaxRetries (2) bounds the attempts after the first, Config.MaxRetryWait (30 s) each wait, Config.Timeout (60
// s) each attempt, and ctx the whole call. All calls of a client share a retry budget: while most calls fail, errors
// come at once and say "retry budget spent". Config.Hooks.OnAttempt and Config.Logger observe every attempt.
//
// The broker's OpenAPI document has optional headers for tracing: x-request-id, the x-b3 headers, x-ot-span-context and
// Origin. Add them to a call with parley.WithHeader.
//
// # Facts that the vendor leaves unclear
//
// If the vendor's documents contradict each other, this package serves both readings: nlpResponse and NLPResponse
// decode, satisfaction sends the locale as LOCAL and as LOCALE, and Text and Code may both be given. Comments say which
// facts are inferred.
//
// # Tests
//
// Package syntphonytest is a fake of broker and Keycloak for tests without an account. It has an example.
package syntphony
