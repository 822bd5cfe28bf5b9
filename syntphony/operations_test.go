package syntphony

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/transport"
)

// This test lists every operation, and whether it may reach the server more than once. newTokenEndpoint makes the token
// requests.
func TestOperations_Idempotency(t *testing.T) {
	cfg := Config{Keycloak: Keycloak{URL: "https://kc.example", Realm: "r"}}
	endpoint, err := newTokenEndpoint(cfg)
	require.NoError(t, err)
	for op, idempotent := range map[*transport.Operation]bool{
		&startConversation:     false, // a turn
		&continueConversation:  false,
		&startByChannelName:    false,
		&continueByChannelName: false,
		&startAudio:            false,
		&continueAudio:         false,
		&rateAnswer:            false, // it rates
		&submitSatisfaction:    false, // accepted once
		&endpoint.fetch:        true,  // gets a token
		&endpoint.refresh:      false, // a second use may end the session
	} {
		assert.Equal(t, idempotent, op.Idempotent, op.Name)
		assert.Equal(t, "POST", op.Method)
	}
}

// documented is the vendor's list: every operation of the Conversation API page that this package covers.
var documented = []string{
	"POST /org/{orgUUID}/env/{envUUID}/bot/{botUUID}/channel/{channelUUID}/v1/conversations",
	"POST /org/{orgUUID}/env/{envUUID}/bot/{botUUID}/channel/{channelUUID}/v1/conversations/{sessionCode}",
	"POST /org/{orgUUID}/env/{envUUID}/bot/{botUUID}/conversations",
	"POST /org/{orgUUID}/env/{envUUID}/bot/{botUUID}/conversations/{sessionCode}",
	"POST /org/{orgUUID}/env/{envUUID}/bot/{botUUID}/conversations/{sessionCode}/satisfactions",
	"POST /org/{orgUUID}/env/{envUUID}/likable",
}

// The comment of a method names each documented operation, and an operation sends each named one.
func TestOperations_StandInDocComments(t *testing.T) {
	named := map[string]bool{}
	for _, comment := range methodComments(t) {
		words := strings.Fields(comment)
		for i, word := range words[:max(len(words)-1, 0)] {
			if word == "POST" || word == "GET" {
				named[word+" "+strings.TrimRight(words[i+1], ".,;")] = true
			}
		}
	}
	sent := map[string]bool{}
	for _, op := range []transport.Operation{
		startConversation, continueConversation, startByChannelName, continueByChannelName, startAudio, continueAudio,
		rateAnswer, submitSatisfaction,
	} {
		sent[op.Method+" "+op.Path] = true
	}
	assert.Equal(t, documented, slices.Sorted(maps.Keys(named)))
	assert.Equal(t, documented, slices.Sorted(maps.Keys(sent)))
}

func methodComments(t *testing.T) []string {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var comments []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		require.NoError(t, err)
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if ok && f.Name.IsExported() && f.Recv != nil {
				comments = append(comments, f.Doc.Text())
			}
		}
	}
	return comments
}
