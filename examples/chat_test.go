package examples

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiserachat"
	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiachat"
	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassistchat"
	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonychat"
)

// capabilityMatrix is the table in docs/chat.md.
func capabilityMatrix() string {
	choices := func(*aisera.Response) []chat.Choice { return nil }
	everything := aiserachat.Options{WebSocket: true, HandOverText: "live agent", Choices: choices}
	columns := []chat.Capabilities{
		raiachat.New(&raia.Client{}, raiachat.Options{}).Capabilities(),
		siteassistchat.New(&siteassist.Client{}, siteassistchat.Options{}).Capabilities(),
		syntphonychat.New(&syntphony.Client{}, syntphonychat.Options{}).Capabilities(),
		aiserachat.New(&aisera.Client{}, everything).Capabilities(),
	}
	least := reflect.ValueOf(aiserachat.New(&aisera.Client{}, aiserachat.Options{}).Capabilities())
	var b strings.Builder
	b.WriteString("| | raia | SiteAssist | Syntphony | Aisera |\n|---|---|---|---|---|\n")
	for i := range least.NumField() {
		fmt.Fprintf(&b, "| %s |", reflect.TypeFor[chat.Capabilities]().Field(i).Name)
		for n, column := range columns {
			can := reflect.ValueOf(column).Field(i).Bool()
			fmt.Fprintf(&b, " %s", yes(can))
			if n == len(columns)-1 && can != least.Field(i).Bool() {
				fmt.Fprintf(&b, " (%s)", yes(!can))
			}
			b.WriteString(" |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func yes(can bool) string {
	if can {
		return "yes"
	}
	return "no"
}

// TestDocs_CapabilityMatrix compares the table with the capabilities that the drivers report. chattest verifies these
// reports, because its cases also call what a driver denies.
func TestDocs_CapabilityMatrix(t *testing.T) {
	page, err := os.ReadFile("../docs/chat.md")
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(page), "<!-- capabilities -->\n")
	table, _, found := strings.Cut(rest, "<!-- end -->")
	require.True(t, found)
	assert.Equal(t, capabilityMatrix(), table, "the table in docs/chat.md must read:\n%s", capabilityMatrix())
}

// ours returns the packages of this module that each of some packages links.
func ours(t *testing.T, paths ...string) map[string][]string {
	list := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json=ImportPath,Deps"}, paths...)...)
	list.Dir = ".."
	output, err := list.Output()
	require.NoError(t, err)
	packages := map[string][]string{}
	for decoder := json.NewDecoder(bytes.NewReader(output)); decoder.More(); {
		var p struct {
			ImportPath string
			Deps       []string
		}
		require.NoError(t, decoder.Decode(&p))
		for _, linked := range append(p.Deps, p.ImportPath) {
			if name, ok := strings.CutPrefix(linked, modulePath); ok {
				packages[short(p.ImportPath)] = append(packages[short(p.ImportPath)], "."+name)
			}
		}
	}
	return packages
}

// TestPackages_OneVendorLinksNoOther counts packages.
func TestPackages_OneVendorLinksNoOther(t *testing.T) {
	t.Parallel()
	vendors := []string{"aisera", "raia", "siteassist", "syntphony"}
	paths := []string{"./chat"}
	for _, vendor := range vendors {
		paths = append(paths, "./"+vendor+"/"+vendor+"chat")
	}
	packages := ours(t, paths...)
	assert.ElementsMatch(t, []string{".", "./chat"}, without(packages["./chat"], "./internal/callopts"))
	for _, vendor := range vendors {
		linked := map[string]int{}
		for _, p := range packages["./"+vendor+"/"+vendor+"chat"] {
			for _, other := range append(vendors, "chat", "internal/testing") {
				if p == "./"+other || strings.HasPrefix(p, "./"+other+"/") {
					linked[other]++
				}
			}
		}
		assert.Equal(t, map[string]int{vendor: 2, "chat": 1}, linked)
	}
}

func without(all []string, leaveOut string) (rest []string) {
	for _, p := range all {
		if p != leaveOut {
			rest = append(rest, p)
		}
	}
	return rest
}
