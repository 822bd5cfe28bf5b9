package raia

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// These are the keys of the tests. No error, log record or text may show any of them.
const (
	agentSecret        = "secret-of-the-agent"
	organizationSecret = "secret-of-the-organization"
	superAdminSecret   = "secret-of-the-super-admin"
)

const (
	agentHeader        = "Agent-Secret-Key"
	organizationHeader = "Organization-Secret-Key"
	superAdminHeader   = "Super-Admin-Secret-Key"
)

// prefix is the path of the base URL in all tests, so that code which forgets it fails.
const prefix = "/prefix/v9"

// each runs test for all operations, as a subtest that is named after the operation.
func each(t *testing.T, test func(t *testing.T, o operation)) {
	for _, o := range operations {
		t.Run(o.String(), func(t *testing.T) { test(t, o) })
	}
}

func TestOperations_SendWhatTheIndexSays(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o operation) {
		server := stub(t, o.status, o.reply)
		require.NoError(t, o.call(t.Context(), client(t, server)))
		require.Len(t, server.Requests(), 1)
		got := server.Requests()[0]
		assert.Equal(t, o.method, got.Method)
		assert.Equal(t, prefix+expand(o.path), got.Path, "an id stays one segment")
	})
}

func expand(path string) string {
	path = strings.Replace(path, "{id}", "a%2Fb", 1)
	return regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, "c%2Fd")
}

func TestOperations_SendTheirOwnKeyOnly(t *testing.T) {
	secrets := map[string]string{
		agentHeader: agentSecret, organizationHeader: organizationSecret, superAdminHeader: superAdminSecret,
	}
	each(t, func(t *testing.T, o operation) {
		server := stub(t, o.status, o.reply)
		require.NoError(t, o.call(t.Context(), client(t, server)))
		for header, secret := range secrets {
			if header != o.key {
				secret = ""
			}
			assert.Equal(t, secret, server.Requests()[0].Header.Get(header), header)
		}
		assert.Empty(t, server.Requests()[0].Header.Get("Authorization"))
	})
}

func TestOperations_MissingKeyIsAnArgument(t *testing.T) {
	names := map[string]string{
		agentHeader: "AgentKey", organizationHeader: "OrganizationKey", superAdminHeader: "SuperAdminKey",
	}
	each(t, func(t *testing.T, o operation) {
		server := stub(t, o.status, o.reply)
		cfg := config(t, server)
		switch o.key {
		case agentHeader:
			cfg.AgentKey = ""
		case organizationHeader:
			cfg.OrganizationKey = ""
		case superAdminHeader:
			cfg.SuperAdminKey = ""
		}
		c, err := NewClient(cfg)
		require.NoError(t, err)
		err = o.call(t.Context(), c)
		require.ErrorIs(t, err, ErrInvalidArgument)
		assert.Contains(t, err.Error(), names[o.key])
		assert.Empty(t, server.Requests())
	})
}

// TestOperations_Idempotency shows on the wire which operations are sent again after a lost response.
func TestOperations_Idempotency(t *testing.T) {
	each(t, func(t *testing.T, o operation) {
		assert.Equal(t, o.method != "POST", o.idempotent)
		assert.Equal(t, o.idempotent, o.why == "", "say why it is not")
		server := stub(t, o.status, o.reply)
		server.Fail(1, fakeserver.Failure{Reset: true})
		err := o.call(t.Context(), client(t, server))
		if o.idempotent {
			require.NoError(t, err)
			assert.Len(t, server.Requests(), 2)
			return
		}
		require.ErrorIs(t, err, ErrDeliveryUnknown)
		assert.Len(t, server.Requests(), 1)
	})
}

// TestOperations_Failures calls every operation under the failures of the common table.
func TestOperations_Failures(t *testing.T) {
	t.Parallel()
	for _, f := range []struct {
		name    string
		failure fakeserver.Failure
		class   error
		code    ErrorCode
		message string
	}{
		{
			"400", fakeserver.Failure{
				Status: 400,
				Body:   `{"status":500,"name":"BAD_REQUEST","message":"INVALID_REQUEST","details":[{"a":1}]}`,
			}, ErrBadRequest, CodeBadRequest, "INVALID_REQUEST",
		},
		{
			"403", fakeserver.Failure{
				Status: 403,
				Body:   `{"status":403,"name":"FORBIDDEN_ERROR","message":"INVALID_CREDENTIALS","details":[]}`,
			}, ErrForbidden, CodeForbidden, "INVALID_CREDENTIALS",
		},
		{
			"404", fakeserver.Failure{
				Status: 404,
				Body:   `{"status":404,"name":"ENTITY_NOT_FOUND_ERROR","message":"ENTITY_NOT_FOUND","details":[]}`,
			}, ErrNotFound, CodeEntityNotFound, "ENTITY_NOT_FOUND",
		},
		{
			"422 with several messages", fakeserver.Failure{
				Status: 422, Body: `{"message":["a must be b","c"],"error":"Unprocessable"}`,
			}, ErrUnprocessable, "", "a must be b; c",
		},
		{"429", fakeserver.Failure{Status: 429, Header: http.Header{"Retry-After": {"3600"}}}, ErrRateLimited, "", ""},
		{
			"500 without a name", fakeserver.Failure{
				Status: 500, Body: `{"status":500,"message":"Internal Server Error"}`,
			}, ErrServer, "", "Internal Server Error",
		},
		{"502 of a proxy", fakeserver.Failure{Status: 502, Body: "<html>bad gateway</html>"}, ErrServer, "", ""},
		{"500 without a body", fakeserver.Failure{Status: 500}, ErrServer, "", ""},
		{"401 in truncated JSON", fakeserver.Failure{Status: 401, Body: `{"name":"X","mess`}, ErrUnauthorized, "", ""},
	} {
		t.Run(f.name, func(t *testing.T) {
			each(t, func(t *testing.T, o operation) {
				server := stub(t, o.status, o.reply)
				server.Fail(10, f.failure)
				err := o.call(t.Context(), client(t, server))
				require.ErrorIs(t, err, f.class)
				failure, ok := errors.AsType[*Error](err)
				require.True(t, ok)
				assert.Equal(t, o.method, failure.Method)
				assert.Equal(t, o.path, failure.Path)
				assert.Equal(t, f.failure.Status, failure.StatusCode)
				assert.Equal(t, f.code, failure.Code)
				assert.Equal(t, f.message, failure.Message)
				assert.Equal(t, f.failure.Body, string(failure.Body))
				assert.Equal(t, len(server.Requests()), failure.Attempts)
				assert.Equal(t, f.failure.Status >= 500 && !o.idempotent, errors.Is(err, ErrDeliveryUnknown))
			})
		})
	}
}

// TestOperations_UselessSuccess expects an error for a 2xx without the members that the operation needs.
func TestOperations_UselessSuccess(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		"", "<html>ok</html>", `{}`, `"text"`, `7`, `{"status":500,"message":"Internal Server Error"}`,
	} {
		t.Run(body, func(t *testing.T) {
			each(t, func(t *testing.T, o operation) {
				server := stub(t, 200, body)
				err := o.call(t.Context(), client(t, server))
				if o.reply == "" {
					require.NoError(t, err, "no body is expected")
					return
				}
				require.ErrorIs(t, err, ErrDecode)
				assert.Equal(t, !o.idempotent, errors.Is(err, ErrDeliveryUnknown), "the server did act")
				failure, ok := errors.AsType[*Error](err)
				require.True(t, ok)
				assert.Equal(t, body, string(failure.Body))
			})
		})
	}
}

func TestOperations_NullIsUseless(t *testing.T) {
	each(t, func(t *testing.T, o operation) {
		err := o.call(t.Context(), client(t, stub(t, 200, "null")))
		if o.reply == "" || strings.HasSuffix(o.path, "/response-on") {
			require.NoError(t, err, "no body is expected, or one that may be null")
			return
		}
		require.ErrorIs(t, err, ErrDecode)
	})
}

// TestOperations_Documented compares the operations that the docstrings name with the index, in both directions.
func TestOperations_Documented(t *testing.T) {
	documented := map[string]bool{} // operation: in the OpenAPI document only
	names := regexp.MustCompile(`\b(?:GET|POST|PUT|DELETE) /[\w/{}-]+`)
	for _, doc := range methodDocs(t) {
		for _, name := range names.FindAllString(doc, -1) {
			specOnly := strings.Contains(doc, name+", which is in the OpenAPI document only")
			before, seen := documented[name]
			assert.True(t, !seen || before == specOnly, "docstrings contradict each other about %s", name)
			documented[name] = specOnly
		}
	}
	index := map[string]bool{}
	for _, o := range operations {
		index[o.String()] = o.specOnly
	}
	assert.Len(t, operations, 51)
	assert.Equal(t, index, documented)
}

// methodDocs returns the docstrings of the exported methods of services, each in one line.
func methodDocs(t *testing.T) (docs []string) {
	for _, file := range parse(t) {
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Recv == nil || !f.Name.IsExported() || !strings.Contains(receiver(f), "Service") {
				continue
			}
			doc := strings.Join(strings.Fields(f.Doc.Text()), " ")
			assert.Regexp(t, `^`+f.Name.Name+` `, doc)
			assert.Regexp(
				t,
				`OpenAPI document only|Source: the vendor's page|Conversations.All does|It calls GET /conversations\.`,
				doc, f.Name.Name,
			)
			docs = append(docs, doc)
		}
	}
	return docs
}

func receiver(f *ast.FuncDecl) string {
	if star, ok := f.Recv.List[0].Type.(*ast.StarExpr); ok {
		return star.X.(*ast.Ident).Name
	}
	return ""
}

func parse(t *testing.T) map[string]*ast.File {
	noTest := func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }
	//nolint:staticcheck // it needs only the syntax
	packages, err := parser.ParseDir(token.NewFileSet(), ".", noTest, parser.ParseComments)
	require.NoError(t, err)
	return packages["raia"].Files
}

func TestOperations_UnsafeIDs(t *testing.T) {
	server := stub(t, 200, anID)
	c := client(t, server)
	for _, id := range []string{"", ".", ".."} {
		for _, err := range []error{
			result(c.Users.Get(t.Context(), id)), c.Users.Delete(t.Context(), id),
			result(c.Conversations.Get(t.Context(), id)), result(c.Conversations.GetResponse(t.Context(), "1", id)),
			result(c.Conversations.GetMessageFileURL(t.Context(), "1", id)),
			result(c.Conversations.Send(t.Context(), id, SendMessageParams{Message: "x"})),
			result(c.Prompts.GetResponse(t.Context(), id)), result(c.Prompts.Await(t.Context(), id)),
			result(c.Agents.ListOrganizationUsers(t.Context(), id, ListAgentUsersParams{})),
			c.AgentFiles.Delete(t.Context(), id),
		} {
			require.ErrorIs(t, err, ErrInvalidArgument, id)
		}
	}
	assert.Empty(t, server.Requests())
	for _, id := range []string{"a/b", "a?x=1", "%2e%2e", "ü", "a b", "a#b"} {
		_, err := c.Conversations.Get(t.Context(), id)
		require.NoError(t, err)
		path := server.Requests()[len(server.Requests())-1].Path
		assert.Equal(t, prefix+"/conversations/"+url.PathEscape(id), path)
	}
}
