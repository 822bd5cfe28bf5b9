package web_test

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// generate returns the chunks of an answer between its start and its finish, the same for the same seed.
func generate(seed string) []string {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(seed))
	g := &generator{Rand: rand.New(rand.NewPCG(sum.Sum64(), 1))}
	for range 1 + g.IntN(8) {
		g.block()
	}
	g.text("text") // an answer without a text may be no message
	return g.chunks
}

// generator writes blocks of chunks. Each block is whole, and blocks do not overlap.
type generator struct {
	*rand.Rand
	chunks []string
	blocks int
}

func (g *generator) add(format string, values ...any) {
	g.chunks = append(g.chunks, fmt.Sprintf(format, values...))
}

func (g *generator) block() {
	switch g.IntN(7) {
	case 0, 1:
		g.text("text")
	case 2:
		g.text("reasoning")
	case 3:
		g.tool()
	case 4:
		g.blocks++
		g.add(`{"type":"source-url","sourceId":"s%d","url":"https://example.com/%d","title":%s}`, g.blocks, g.blocks,
			g.words())
	case 5:
		g.add(`{"type":"data-note","id":"n%d","data":{"text":%s}}`, g.IntN(3), g.words())
	case 6:
		g.add(`{"type":"finish-step"}`)
		g.add(`{"type":"start-step"}`)
	}
}

func (g *generator) text(kind string) {
	g.blocks++
	id := fmt.Sprint(kind, g.blocks)
	g.add(`{"type":"%s-start","id":%q}`, kind, id)
	for range g.IntN(6) {
		g.add(`{"type":"%s-delta","id":%q,"delta":%s}`, kind, id, g.words())
	}
	g.add(`{"type":"%s-end","id":%q}`, kind, id)
}

func (g *generator) tool() {
	g.blocks++
	id := fmt.Sprint("call", g.blocks)
	if g.IntN(2) == 0 {
		g.add(`{"type":"tool-input-start","toolCallId":%q,"toolName":"search"}`, id)
		g.add(`{"type":"tool-input-delta","toolCallId":%q,"inputTextDelta":"{\"q\":"}`, id)
	}
	g.add(`{"type":"tool-input-available","toolCallId":%q,"toolName":"search","input":{"q":%s}}`, id, g.words())
	if g.IntN(3) > 0 {
		g.add(`{"type":"tool-output-available","toolCallId":%q,"output":[%s,null,%d]}`, id, g.words(), g.IntN(1e6))
	} else {
		g.add(`{"type":"tool-output-error","toolCallId":%q,"errorText":"It failed."}`, id)
	}
}

// words returns a JSON string, which may be empty.
func (g *generator) words() string {
	var b strings.Builder
	for range g.IntN(4) {
		b.WriteString([]string{"a ", "\n", "ä€😀", "<b>&", `"\\"`, "data: x\n\n", "\u2028", "e\u0301 "}[g.IntN(8)])
	}
	raw, _ := json.Marshal(b.String())
	return string(raw)
}

// summary is what has to arrive of an answer, whichever parts carry it.
func summary(m message) []string {
	var text, reasoning strings.Builder
	rest := []string{}
	for _, p := range m.Parts {
		switch p.Type {
		case "text":
			text.WriteString(p.Text)
		case "reasoning":
			reasoning.WriteString(p.Text)
		case "source-url":
			rest = append(rest, p.Type+" "+p.URL+" "+p.Title)
		case "data-note":
			rest = append(rest, p.Type+" "+p.ID+" "+string(p.Data))
		case "tool", "tool-search":
			rest = append(rest, "tool "+string(p.Input)+" "+string(p.Output))
		}
	}
	sort.Strings(rest)
	return append([]string{"text " + text.String(), "reasoning " + reasoning.String()}, rest...)
}

// TestGenerated_ArriveAsTheVendorSentThem lets the client read generated answers of SiteAssist, as the vendor streams
// them and as they come through siteassist, chat and uistream. The page of examples/gateway reads the latter too.
func TestGenerated_ArriveAsTheVendorSentThem(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, n *node, version string) {
		api := newAPI(t, newVendor(t, "siteassist"))
		for i := range 60 {
			seed := fmt.Sprint(version, " ", i)
			chunks := append([]string{startM1, `{"type":"start-step"}`}, generate(seed)...)
			said := message{ID: "u1", Role: "user", Parts: []part{{Type: "text", Text: "generate " + seed}}}
			direct := read(n, newReplay(t, stream(append(chunks, `{"type":"finish-step"}`, finish)...)).URL, "c", &said)
			through := read(n, api, fmt.Sprint("c", i), &said)
			assert.Empty(t, direct.Failure+through.Failure, "%s: %s", seed, chunks)
			assert.Equal(t, summary(direct.Message), summary(through.Message), "%s: %s", seed, chunks)
			var page message
			n.call("page", args{"chunks": through.Chunks}, &page)
			assert.Equal(t, summary(through.Message), summary(page), "the page, %s: %s", seed, chunks)
		}
	})
}
