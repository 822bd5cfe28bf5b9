package transport

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCost_ModulesCompiledIn lists the modules that a consumer's build compiles for the SDK. go-cleanhttp comes with
// go-retryablehttp. The linker leaves the WebSocket out of a program that does not call Conversations.Events of
// siteassist.
func TestCost_ModulesCompiledIn(t *testing.T) {
	usual := []string{
		"github.com/hashicorp/go-cleanhttp", "github.com/hashicorp/go-retryablehttp", "golang.org/x/oauth2",
	}
	socket := append(slices.Clone(usual), "nhooyr.io/websocket")
	for vendor, want := range map[string][]string{
		"raia": usual, "siteassist": socket, "syntphony": usual, "aisera": socket,
	} {
		list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}",
			"../../"+vendor)
		out, err := list.Output()
		require.NoError(t, err, vendor)
		modules := slices.Compact(slices.Sorted(slices.Values(strings.Fields(string(out)))))
		own := slices.Index(modules, "github.com/seed-127a5941/parley")
		require.GreaterOrEqual(t, own, 0)
		assert.Equal(t, want, slices.Delete(modules, own, own+1), vendor)
	}
}
