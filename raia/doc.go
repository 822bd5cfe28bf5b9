// Package raia is a client of raia's external API: conversations of AI agents with people, prompts, agents and what
// they learn from. It covers the 51 operations of the vendor's OpenAPI document (July 2026) and decodes the older
// shapes of its documentation pages too.
//
// # First call
//
//	client, err := raia.NewClient(raia.Config{AgentKey: os.Getenv("RAIA_AGENT_KEY")})
//	if err != nil {
//		return err
//	}
//	conversation, err := client.Conversations.Create(ctx, raia.CreateConversationParams{ConversationUserID: userID})
//	if err != nil {
//		return err
//	}
//	answer, err := client.Conversations.Send(ctx, conversation.ID, raia.SendMessageParams{Message: "Hello"})
//	if err != nil {
//		return err
//	}
//	fmt.Println(answer.Message)
//
// userID is the ID of a User (Users.Create, Users.Search); Conversations.Start writes to people without one.
//
// A Client holds a service for each group of operations. It is safe for concurrent use, and one is enough for a
// program.
//
// # Keys
//
// There are three keys, and each operation takes one of them. AgentKey belongs to one agent and serves most operations.
// OrganizationKey creates and updates agents, lists the users of any of them, the roles and the staff. SuperAdminKey
// creates organizations and lists subscriptions. Config needs one of them; an operation whose key is missing fails with
// ErrInvalidArgument before anything is sent. A key goes to the origin of Config.BaseURL and nowhere else, not even on
// a redirect. raia answers 403 (ErrForbidden), and not 401, to a key that it does not accept; Agents.GetCurrent is a cheap
// way to find out. The API of customers in the EU is at EUBaseURL.
//
// # Errors
//
// An answer that is no success is an *Error, with the status, the vendor's code and message and the body. Match classes
// and codes with errors.Is:
//
//	switch {
//	case errors.Is(err, raia.ErrNotFound):         // 404
//	case errors.Is(err, raia.CodeForbidden):       // the body's "name"
//	case errors.Is(err, raia.ErrDeliveryUnknown):  // the message may have been delivered
//	case errors.Is(err, context.DeadlineExceeded): // ctx, or Config.Timeout
//	}
//
// A success whose body is not what the vendor documents is an *Error, too, and matches ErrDecode. An argument that
// cannot be right is ErrInvalidArgument, and nothing was sent. No error, log record or printed value shows a key.
//
// # Retries
//
// What only reads, replaces or deletes is tried up to three times when the connection or the server fails. What
// creates, speaks, books or rates is not sent again once the server may have acted on it: the error then matches
// ErrDeliveryUnknown, and it is for the caller to look (Messages shows whether a message arrived) or to decide
// (Config.RetryNonIdempotent). Anything is sent again that never left, and what the server refused with 429 or with 503 and
// Retry-After.
//
// Config.MaxRetries (2) bounds the attempts after the first, Config.MaxRetryWait (30 s) each wait, Config.Timeout (60 s)
// each attempt, and ctx the whole call. All calls of a client share a retry budget: while most calls fail, errors come
// at once and say "retry budget spent". Config.Hooks.OnAttempt and Config.Logger hear of every attempt.
//
// # Answers that take long
//
// Send and Prompts.Run wait for the agent. Config.Timeout (60 s) bounds the wait, and an answer that takes longer is lost:
// ErrDeliveryUnknown. How long the vendor lets a call run is not published. SendAsync and Prompts.Start return at once,
// and Await looks for the answer until it is there or ctx ends:
//
//	question, err := client.Conversations.SendAsync(ctx, id, raia.SendMessageParams{Message: "Hello"})
//	if err != nil {
//		return err
//	}
//	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
//	defer cancel()
//	response, err := client.Conversations.Await(ctx, id, question.ID)
//
// # Lists
//
// List returns one page, All walks all pages: it asks for a page when its first item is needed, and a break stops it.
//
//	for conversation, err := range client.Conversations.All(ctx, raia.ListConversationsParams{}) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(conversation.Title)
//	}
//
// # Files
//
// AgentFiles.Upload streams a document. A file of a message or prompt goes to a signed URL first: MessageFileUploadURL
// (or Prompts.CreateUploadURL), then UploadTarget.Upload, then FileAttachment with the target's StoragePath.
//
// # Webhooks
//
// Agents.CreateWebhook makes raia call a URL, and ReadWebhook reads such a delivery. The vendor signs nothing and
// documents no member of a delivery: choose a secret header of your own, and decode what you see.
//
// # Replies
//
// Unknown fields and enum values decode: enums are open string types. A Time is zero when the server sent none or sent
// no time, and keeps the text. What a call returns has the reply as sent in Raw. Keys inside replies are a Secret: they
// print as "[redacted]", and Value has them.
//
// # What the vendor leaves open
//
//   - The number of the first page, the default and the largest page size, and the default order of lists.
//   - Rate limits, and what is answered when a monthly limit is reached. A 429 is retried and matches ErrRateLimited.
//   - The verb of uploads to a signed URL, and how long such a URL works.
//   - The bodies of webhooks, their retries, and a way to list, change or delete them.
//   - What SendAsync returns: the question, to all appearance.
//   - Whether OutputJSONSchema and Tags of an agent are required, as the OpenAPI document has it: this package sends both.
//   - Lists that the OpenAPI document declares as one object: this package takes a list, one object, or {"data": [...]}.
//   - What Agents.ListUsers returns: the OpenAPI document shows an agent, its text says users.
//   - The status of a conversation, which can be set, but is in no reply.
//
// # Tests
//
// Package raiatest is a fake server for tests of your own; its example shows one.
package raia
