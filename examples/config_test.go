package examples

import (
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sharedSettings are the fields that each of the four Configs has, in this order.
var sharedSettings = []string{
	"HTTPClient", "Timeout", "MaxRetries", "MaxRetryWait", "RetryNonIdempotent", "AllowInsecureHTTP", "UserAgent",
	"Logger", "Hooks",
}

// TestConfig_SharedSettingsAreDocumentedAlike makes sure that a user of one vendor's client knows the settings of all.
func TestConfig_SharedSettingsAreDocumentedAlike(t *testing.T) {
	vendors := []string{"aisera", "raia", "siteassist", "syntphony"}
	want, order := configFields(t, vendors[0])
	require.Subset(t, order, sharedSettings)
	for _, vendor := range vendors {
		got, order := configFields(t, vendor)
		var shared []string
		for _, name := range order {
			if strings.Contains(" "+strings.Join(sharedSettings, " ")+" ", " "+name+" ") {
				shared = append(shared, name)
			}
		}
		assert.Equal(t, sharedSettings, shared, "%s: the order of the fields", vendor)
		for _, name := range sharedSettings {
			assert.Equal(t, want[name], got[name], "%s.Config.%s", vendor, name)
			assert.True(t, strings.HasPrefix(got[name], name+" "), "the comment of %s.Config.%s begins with its name",
				vendor, name)
		}
	}
}

// configFields returns the comment and the type of each field of a vendor's Config, and the names in their order.
func configFields(t *testing.T, vendor string) (fields map[string]string, order []string) {
	t.Helper()
	fields = map[string]string{}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, filepath.Join("..", vendor, "client.go"), nil, parser.ParseComments)
	require.NoError(t, err)
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || spec.Name.Name != "Config" {
			return true
		}
		for _, field := range spec.Type.(*ast.StructType).Fields.List {
			var text strings.Builder
			text.WriteString(field.Doc.Text())
			require.NoError(t, printer.Fprint(&text, files, field.Type))
			for _, name := range field.Names {
				fields[name.Name] = text.String()
				order = append(order, name.Name)
			}
		}
		return false
	})
	return fields, order
}
