package raia_test

import (
	"context"
	"encoding/json"
	"iter"
	"strings"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/testing/conformance"
	"github.com/seed-127a5941/parley/raia"
)

const (
	anID      = `{"id":"1","firstName":"Test"}`
	aTarget   = `{"signedUrl":"https://storage.example.com/1","storagePath":"p"}`
	aPage     = `{"currentPage":1,"data":[{"id":"1","firstName":"Test"}]}`
	aResponse = `{"status":"completed","message":{"id":"1"},"error":null}`
	aPrompt   = `{"status":"completed","response":"yes"}`
)

type suiteClient = *raia.Client

// row is a row of the table. Operations other than POST may be retried, and a POST of this vendor may not.
func row(
	name, operation, reply string, call func(context.Context, suiteClient, ...string) error, params ...any,
) conformance.Operation[suiteClient] {
	method, path, _ := strings.Cut(operation, " ")
	return conformance.Operation[suiteClient]{Call: call, Spec: conformance.Spec{
		Name: name, Method: method, Path: path, Idempotent: method != "POST", Params: params, Reply: reply,
	}}
}

// ofAnyObject marks an operation that takes any JSON object for a success.
func ofAnyObject(o conformance.Operation[suiteClient]) conformance.Operation[suiteClient] {
	o.Accepts = func(body string) bool {
		var out map[string]any
		return json.Unmarshal([]byte(body), &out) == nil && out != nil
	}
	return o
}

// mayBeNull marks an operation whose response may be null.
func mayBeNull(o conformance.Operation[suiteClient]) conformance.Operation[suiteClient] {
	o.Accepts = func(body string) bool { return body == "null" }
	return o
}

// isUpload marks an operation whose body is a file.
func isUpload(o conformance.Operation[suiteClient]) conformance.Operation[suiteClient] {
	o.Upload = true
	return o
}

func failureOf[T any](_ T, err error) error { return err }

func walkAll[T any](all iter.Seq2[*T, error]) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

var everyMethod = []conformance.Operation[suiteClient]{
	ofAnyObject(row("Do", "POST /conversations/{id}/messages", anID,
		func(ctx context.Context, c suiteClient, ids ...string) error {
			var out map[string]any
			return c.Do(ctx, parley.Request{
				Operation: "do", Method: "POST", Path: "/conversations/{id}/messages", Args: ids, Body: messageBody,
			}, &out)
		}, &messageBody)),
	row("Users.Create", "POST /users", anID, func(ctx context.Context, c suiteClient, _ ...string) error {
		return failureOf(c.Users.Create(ctx, newUserParams))
	}, &newUserParams),
	row("Users.Search", "GET /users/search", `{"user":{"id":"1","firstName":"Test"}}`,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Users.Search(ctx, findUserParams))
		}, &findUserParams),
	row("Users.Get", "GET /users/{id}", anID, func(ctx context.Context, c suiteClient, id ...string) error {
		return failureOf(c.Users.Get(ctx, id[0]))
	}),
	row("Users.Delete", "DELETE /users/{id}", "",
		func(ctx context.Context, c suiteClient, id ...string) error { return c.Users.Delete(ctx, id[0]) }),
	row("Users.GetLimits", "GET /users/{id}/limits", anID,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Users.GetLimits(ctx, id[0]))
		}),
	row("Users.CreateLimits", "POST /users/{id}/limits", anID,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Users.CreateLimits(ctx, id[0], limitsParams))
		}, &limitsParams),
	row("Users.UpdateLimits", "PUT /users/{id}/limits", anID,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Users.UpdateLimits(ctx, id[0], limitsParams))
		}, &limitsParams),
	row("Users.DeleteLimits", "DELETE /users/{id}/limits", "",
		func(ctx context.Context, c suiteClient, id ...string) error { return c.Users.DeleteLimits(ctx, id[0]) }),
	row("Conversations.List", "GET /conversations", aPage, func(ctx context.Context, c suiteClient, _ ...string) error {
		return failureOf(c.Conversations.List(ctx, listingParams))
	}, &listingParams),
	row("Conversations.All", "GET /conversations", aPage, func(ctx context.Context, c suiteClient, _ ...string) error {
		return walkAll(c.Conversations.All(ctx, listingParams))
	}, &listingParams),
	row("Conversations.Create", "POST /conversations", anID,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Conversations.Create(ctx, conversationParams))
		}, &conversationParams),
	row("Conversations.DeleteAllForUser", "DELETE /conversations", "",
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return c.Conversations.DeleteAllForUser(ctx, conformance.Text)
		}),
	row("Conversations.ListStates", "GET /conversations/states", `[{"id":"1"}]`,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Conversations.ListStates(ctx))
		}),
	row("Conversations.Get", "GET /conversations/{id}", anID,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Conversations.Get(ctx, id[0]))
		}),
	row("Conversations.Update", "PUT /conversations/{id}", anID,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Conversations.Update(ctx, id[0], changeParams))
		}, &changeParams),
	row("Conversations.SetMode", "PUT /conversations/{id}/mode", anID,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Conversations.SetMode(ctx, id[0], raia.ConversationModeManual))
		}),
	row("Conversations.Start", "POST /conversations/start", `{"conversationId":"1"}`,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Conversations.Start(ctx, &emailStartParams))
		}, &emailStartParams),
	row("Conversations.ListMessages", "GET /conversations/{id}/messages", `{"messages":[{"id":"1"}]}`,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Conversations.ListMessages(ctx, id[0], messagesParams))
		}, &messagesParams),
	row("Conversations.Send", "POST /conversations/{id}/messages", anID,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Conversations.Send(ctx, id[0], messageParams))
		}, &messageParams),
	row("Conversations.SendAsync", "POST /conversations/{id}/messages/async", anID,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Conversations.SendAsync(ctx, id[0], messageParams))
		}, &messageParams),
	mayBeNull(row("Conversations.GetResponse", "GET /conversations/{id}/messages/{questionMessageId}/response-on",
		aResponse, func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Conversations.GetResponse(ctx, id[0], id[1]))
		})),
	row("Conversations.SendManual", "POST /conversations/{id}/send-manual-message", anID,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Conversations.SendManual(ctx, id[0], manualParams))
		}, &manualParams),
	row("Conversations.CreateMessageFileUploadURL", "POST /conversations/{id}/message-files/upload-url", aTarget,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Conversations.CreateMessageFileUploadURL(ctx, id[0], targetParams))
		}, &targetParams),
	row("Conversations.GetMessageFileURL", "GET /conversations/{id}/message-files/{fileId}/signed-url", aTarget,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Conversations.GetMessageFileURL(ctx, id[0], id[1]))
		}),
	row("Prompts.Run", "POST /prompts", aPrompt, func(ctx context.Context, c suiteClient, _ ...string) error {
		return failureOf(c.Prompts.Run(ctx, promptParams))
	}, &promptParams),
	row("Prompts.Start", "POST /prompts/async", `{"promptId":"1"}`,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Prompts.Start(ctx, promptParams))
		}, &promptParams),
	mayBeNull(row("Prompts.GetResponse", "GET /prompts/{id}/response-on", aPrompt,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Prompts.GetResponse(ctx, id[0]))
		})),
	row("Prompts.CreateUploadURL", "POST /prompts/upload-url", aTarget,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Prompts.CreateUploadURL(ctx, targetParams))
		}, &targetParams),
	row("Agents.Create", "POST /agents", anID, func(ctx context.Context, c suiteClient, _ ...string) error {
		return failureOf(c.Agents.Create(ctx, newAgentParams))
	}, &newAgentParams),
	row("Agents.Update", "PUT /agents/{id}", anID, func(ctx context.Context, c suiteClient, id ...string) error {
		return failureOf(c.Agents.Update(ctx, id[0], agentChangeParams))
	}, &agentChangeParams),
	row("Agents.GetCurrent", "GET /agents/by-api-key", anID,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Agents.GetCurrent(ctx))
		}),
	row("Agents.ListUsers", "GET /agents/users", aPage, func(ctx context.Context, c suiteClient, _ ...string) error {
		return failureOf(c.Agents.ListUsers(ctx, agentUsersParams))
	}, &agentUsersParams),
	row("Agents.AllUsers", "GET /agents/users", aPage, func(ctx context.Context, c suiteClient, _ ...string) error {
		return walkAll(c.Agents.AllUsers(ctx, agentUsersParams))
	}, &agentUsersParams),
	row("Agents.ListOrganizationUsers", "GET /agents/{id}/users", aPage,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Agents.ListOrganizationUsers(ctx, id[0], agentUsersParams))
		}, &agentUsersParams),
	row("Agents.AllOrganizationUsers", "GET /agents/{id}/users", aPage,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return walkAll(c.Agents.AllOrganizationUsers(ctx, id[0], agentUsersParams))
		}, &agentUsersParams),
	row("Agents.GetStatistics", "GET /agents/statistic", `{"tokensUsed":1}`,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Agents.GetStatistics(ctx, statisticsParams))
		}, &statisticsParams),
	row("Agents.CreateWebhook", "POST /agents/webhooks", anID,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Agents.CreateWebhook(ctx, webhookParams))
		}, &webhookParams),
	row("Agents.GetUsage", "GET /agents/limits", `{"tokensAmount":1}`,
		func(ctx context.Context, c suiteClient, _ ...string) error { return failureOf(c.Agents.GetUsage(ctx)) }),
	row("Agents.CreateLimits", "POST /agents/limits", anID,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Agents.CreateLimits(ctx, limitsParams))
		}, &limitsParams),
	row("Agents.UpdateLimits", "PUT /agents/limits", anID, func(ctx context.Context, c suiteClient, _ ...string) error {
		return failureOf(c.Agents.UpdateLimits(ctx, agentLimitsParams))
	}, &agentLimitsParams),
	row("Agents.DeleteLimits", "DELETE /agents/limits", "",
		func(ctx context.Context, c suiteClient, _ ...string) error { return c.Agents.DeleteLimits(ctx) }),
	isUpload(row("AgentFiles.Upload", "POST /agent-files/upload", anID,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.AgentFiles.Upload(ctx,
				raia.UploadFileParams{FileName: "a.txt", Content: strings.NewReader(conformance.Text)}))
		})),
	row("AgentFiles.List", "GET /agent-files/by-api-key", `[{"id":"1"}]`,
		func(ctx context.Context, c suiteClient, _ ...string) error { return failureOf(c.AgentFiles.List(ctx)) }),
	row("AgentFiles.DeleteMany", "DELETE /agent-files", "",
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return c.AgentFiles.DeleteMany(ctx, filesParams...)
		}, &filesParams),
	row("AgentFiles.Delete", "DELETE /agent-files/{id}/delete", "",
		func(ctx context.Context, c suiteClient, id ...string) error { return c.AgentFiles.Delete(ctx, id[0]) }),
	row("AgentFiles.RemoveFromVectorStore", "DELETE /agent-files/{id}/delete-from-vector-store", "",
		func(ctx context.Context, c suiteClient, id ...string) error {
			return c.AgentFiles.RemoveFromVectorStore(ctx, id[0])
		}),
	row("AgentFiles.AddToVectorStore", "PUT /agent-files/{id}/add-to-vector-store", "",
		func(ctx context.Context, c suiteClient, id ...string) error {
			return c.AgentFiles.AddToVectorStore(ctx, id[0])
		}),
	row("AgentFiles.AddToVectorStoreAsync", "PUT /agent-files/{id}/add-to-vector-store/async", "",
		func(ctx context.Context, c suiteClient, id ...string) error {
			return c.AgentFiles.AddToVectorStoreAsync(ctx, id[0])
		}),
	row("ResourceUsage.Log", "POST /resource-usage", "", func(ctx context.Context, c suiteClient, _ ...string) error {
		return c.ResourceUsage.Log(ctx, usageParams)
	}, &usageParams),
	row("AgentRoles.List", "GET /agent-roles/by-api-key", `[{"id":"1"}]`,
		func(ctx context.Context, c suiteClient, _ ...string) error { return failureOf(c.AgentRoles.List(ctx)) }),
	row("PlatformUsers.List", "GET /platform-users", `[{"id":"1"}]`,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.PlatformUsers.List(ctx, staffParams))
		}, &staffParams),
	row("Organizations.Create", "POST /organizations", anID,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Organizations.Create(ctx, organizationParams))
		}, &organizationParams),
	row("Subscriptions.List", "GET /subscriptions", `[{"id":"1"}]`,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Subscriptions.List(ctx, subscriptionsParams))
		}, &subscriptionsParams),
	row("Feedbacks.Create", "POST /conversation-message-feedbacks", anID,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Feedbacks.Create(ctx, feedbackParams))
		}, &feedbackParams),
}
