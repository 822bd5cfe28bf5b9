package transport

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCost_ModulesCompiledIn: what a consumer's program gets with the SDK. go-cleanhttp comes with go-retryablehttp.
func TestCost_ModulesCompiledIn(t *testing.T) {
	usual := []string{"github.com/hashicorp/go-cleanhttp", "github.com/hashicorp/go-retryablehttp", "golang.org/x/oauth2"}
	for vendor, want := range map[string][]string{
		"raia": usual, "siteassist": usual, "syntphony": usual, "aisera": append(slices.Clone(usual), "nhooyr.io/websocket"),
	} {
		list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", "../../"+vendor)
		out, err := list.Output()
		require.NoError(t, err, vendor)
		modules := slices.Compact(slices.Sorted(slices.Values(strings.Fields(string(out)))))
		own := slices.Index(modules, "github.com/seed-127a5941/parley")
		require.GreaterOrEqual(t, own, 0)
		assert.Equal(t, want, slices.Delete(modules, own, own+1), vendor)
	}
}
