// Package raia is a client of raia's external API: conversations of AI agents with people, prompts, agents and the
// documents that they learn from. It covers the 51 operations of the vendor's OpenAPI document (July 2026) and
// decodes the older shapes of its documentation pages too.
//
// # First call
//
//	client, err := raia.NewClient(raia.Config{AgentKey: os.Getenv("RAIA_AGENT_KEY")})
//	if err != nil {
//		return err
//	}
//	user, err := client.Users.GetOrCreate(ctx, raia.CreateUserParams{
//		FirstName: "Ada", LastName: "Example", FkID: "customer-7",
//	})
//	if err != nil {
//		return err
//	}
//	conversation, err := client.Conversations.Create(ctx, raia.CreateConversationParams{ConversationUserID: user.ID})
//	if err != nil {
//		return err
//	}
//	answer, err := client.Conversations.Send(ctx, conversation.ID, raia.SendMessageParams{Message: "Hello"})
//	if err != nil {
//		return err
//	}
//	fmt.Println(answer.Message)
//
// FkID is your own id of the person. Conversations.Start contacts people who are not yet users.
//
// A Client holds a service for each group of operations. It is safe for concurrent use, and a program needs only one.
//
// # Keys
//
// There are three keys, and each operation takes one of them. AgentKey belongs to one agent and serves most
// operations. OrganizationKey creates and updates agents, lists the users of any of them, the roles and the staff.
// SuperAdminKey creates organizations and lists subscriptions. Config needs at least one of them. An operation whose
// key is missing fails with ErrInvalidArgument before it sends a request. A key goes only to the origin of
// Config.BaseURL, even when a redirect names another. raia responds with 403 (ErrForbidden), and not with 401, to a
// key that it does not accept. Agents.GetCurrent is a cheap test of a key. The API of customers in the EU is at
// EUBaseURL.
//
// # Errors
//
// A response outside 2xx is an *Error with the status, the vendor's code and message and the body. Match classes and
// codes with errors.Is:
//
//	switch {
//	case errors.Is(err, raia.ErrNotFound):         // 404
//	case errors.Is(err, raia.CodeForbidden):       // the body's "name"
//	case errors.Is(err, raia.ErrDeliveryUnknown):  // the message may have been delivered
//	case errors.Is(err, context.DeadlineExceeded): // ctx, or Config.Timeout
//	}
//
// A 2xx response with a body that the vendor does not document is an *Error too, and matches ErrDecode. An argument
// that cannot be right is refused with ErrInvalidArgument before the call sends a request. No error, log record or
// printed value shows a key.
//
// # Retries
//
// A call that only reads, replaces or deletes is attempted up to three times when the connection or the server fails. A
// call that creates, speaks, books or rates is not sent again once the server may have acted on it. Its error then
// matches ErrDeliveryUnknown, and the caller decides. ListMessages shows a message that arrived. That it is absent
// proves nothing until a wait has passed, because the request may still be on its way. Conversation.Recover of package
// chat waits and looks. Users.GetOrCreate searches before it creates, and Config.RetryNonIdempotent accepts duplicates.
// Every call is retried if its request never left, or if the server refused it with 429, or with 503 and Retry-After.
//
// Config.MaxRetries (2) limits the retries, Config.MaxRetryWait (30 s) each wait, Config.Timeout (60 s) each attempt,
// and ctx the whole call. All calls of a client share a retry budget. While most calls fail, errors come at once and
// say "retry budget spent". Config.Hooks.OnAttempt and Config.Logger observe every attempt.
//
// # Answers that take long
//
// Send and Prompts.Run wait for the agent. Config.Timeout (60 s) bounds the wait. A later answer is lost, and the error
// matches ErrDeliveryUnknown. The vendor does not publish how long a call may run. SendAsync and Prompts.Start return
// at once, and Await polls until the answer is there or ctx ends. A poll that fails for a reason that may pass does not
// end Await:
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
// List returns one page. All walks all pages. It requests a page when the first item of it is needed, and a break stops
// it.
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
// AgentFiles.Upload streams a document. A file of a message or prompt goes to a signed URL first: call
// CreateMessageFileUploadURL (or Prompts.CreateUploadURL), then UploadTarget.Upload, and attach the target's
// StoragePath with a FileAttachment.
//
// # Webhooks
//
// Agents.CreateWebhook makes raia call a URL, and ReadWebhook reads such a delivery. The vendor does not sign
// deliveries and does not document their members. Choose a secret header of your own, and decode the members that you
// see.
//
// # Responses
//
// Unknown fields and enum values decode, because enums are open string types. Numbers decode in any form, and an
// integer field drops a fraction. A Time is zero if the server sent no time or a text that is not a time. Its Text then
// holds the text. Raw is the response as received. Keys inside responses are a Secret, which prints as "[redacted]" and
// whose Value is the key.
//
// # What the vendor leaves open
//
//   - The number of the first page, the default and the largest page size, and the default order of lists.
//   - Rate limits, and the response beyond a monthly limit. A 429 is retried and matches ErrRateLimited.
//   - The verb of uploads to a signed URL, and how long such a URL works.
//   - The bodies of webhooks, their retries, and a way to list, change or delete them.
//   - The message that SendAsync returns. It is apparently the question.
//   - Whether OutputJSONSchema and Tags of an agent are required, as the OpenAPI document says. This package sends
//     both.
//   - Lists that the OpenAPI document declares as one object. This package takes a list, one object, or {"data":
//     [...]}.
//   - The response of Agents.ListUsers. The OpenAPI document shows an agent, but its text says users.
//   - The status of a conversation, which can be set but is never returned.
//
// # Tests
//
// Package raiatest is a fake server for your own tests. It has an example.
package raia
