package transport

import (
	"bytes"
	"encoding/json"
	"maps"
	"os/exec"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCost_ModulesCompiledIn lists the modules that a consumer's build compiles for the SDK. go-cleanhttp comes with
// go-retryablehttp. The linker leaves the WebSocket out of a program that does not call Conversations.Events of
// siteassist.
func TestCost_ModulesCompiledIn(t *testing.T) {
	t.Parallel()
	usual := []string{
		"github.com/hashicorp/go-cleanhttp", "github.com/hashicorp/go-retryablehttp", "golang.org/x/oauth2",
	}
	socket := append(slices.Clone(usual), "nhooyr.io/websocket")
	wants := map[string][]string{"raia": usual, "siteassist": socket, "syntphony": usual, "aisera": socket}
	modules := modulesOf(t, slices.Sorted(maps.Keys(wants)))
	for vendor, want := range wants {
		assert.Equal(t, want, modules[modulePath+"/"+vendor], vendor)
	}
}

const modulePath = "github.com/seed-127a5941/parley"

// modulesOf returns the modules of others that each of the packages is built from, by the package's path.
func modulesOf(t *testing.T, vendors []string) map[string][]string {
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Deps,Module")
	for _, vendor := range vendors {
		list.Args = append(list.Args, "../../"+vendor)
	}
	out, err := list.Output()
	require.NoError(t, err)
	deps, module := map[string][]string{}, map[string]string{}
	for decoder := json.NewDecoder(bytes.NewReader(out)); decoder.More(); {
		var p struct {
			ImportPath string
			Deps       []string
			Module     struct{ Path string }
		}
		require.NoError(t, decoder.Decode(&p))
		deps[p.ImportPath], module[p.ImportPath] = p.Deps, p.Module.Path
	}
	modules := map[string][]string{}
	for path, all := range deps {
		for _, dep := range all {
			if m := module[dep]; m != "" && m != modulePath && !slices.Contains(modules[path], m) {
				modules[path] = append(modules[path], m)
			}
		}
		slices.Sort(modules[path])
	}
	return modules
}
