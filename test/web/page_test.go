package web_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The tests of this file walk through the page of examples/gateway.

const (
	idle     = `!document.getElementById("send").hidden && document.activeElement !== null`
	lastText = `[...document.querySelectorAll("#log > .message")].at(-1)?.innerText`
	log      = `document.getElementById("log").innerText`
	// delivery is the end of what the fake of SiteAssist says about a delivery, word by word.
	delivery = "so that you can see where it is."
)

func shown(text string) string { return fmt.Sprintf(`%s.includes(%q)`, log, text) }

// openGateway opens the page and waits until it is ready.
func openGateway(b browser, url string, options args) page {
	b.t.Helper()
	p := b.open(url, options)
	p.until(idle + ` && document.activeElement.id === "text"`)
	return p
}

// choose opens a new conversation with a vendor by its address.
func (p page) choose(vendor, id string) {
	p.t.Helper()
	evaluate[any](p, fmt.Sprintf(`void (location.hash = %q)`, vendor+"/"+id))
	p.until(fmt.Sprintf(`document.getElementById("vendor").value === %q && %s`, vendor, idle))
}

// write types a message into the box, which has the focus, and sends it.
func (p page) write(text string) {
	p.t.Helper()
	p.until(`document.activeElement.id === "text"`)
	p.typeText(text)
	p.press("Enter")
}

// tab presses a key until a JavaScript expression about the focused element e is true. The element must show that it
// has the focus.
func (p page) tab(key, expression string) {
	p.t.Helper()
	for range 40 {
		p.press(key)
		if evaluate[bool](p, fmt.Sprintf(`((e) => %s)(document.activeElement)`, expression)) {
			outline := evaluate[string](p, `getComputedStyle(document.activeElement).outlineStyle`)
			assert.NotEqual(p.t, "none", outline, "the focus does not show: %s", expression)
			return
		}
	}
	require.Fail(p.t, "cannot be reached with "+key, expression)
}

// TestPage_ByKeyboard uses the page without a mouse.
func TestPage_ByKeyboard(t *testing.T) {
	t.Parallel()
	p := openGateway(startBrowser(t), startGateway(t), nil)
	p.write("Where is my parcel?")
	p.until(shown("You asked: Where is my parcel?") + " && " + idle)
	p.until(`document.getElementById("announcer").textContent.startsWith("Agent: You asked")`)

	p.tab("Shift+Tab", `e.id === "human"`)
	p.press("Enter")
	p.until(shown("You wait for a human") + " && " + shown("this is Ann"))
	p.until(`document.getElementById("announcer").textContent.startsWith("Human: ")`)

	p.tab("Shift+Tab", `e.id === "vendor"`)
	p.press("ArrowDown") // to the second vendor, SiteAssist, which greets
	p.until(`document.getElementById("title").textContent === "SiteAssist" && ` + shown("Hi! How can we help?"))
	p.tab("Tab", `e.id === "text"`)
	p.write("How long does a delivery take?")
	p.until(shown("A parcel takes"))
	p.press("Escape")
	p.until(shown("Stopped.") + " && " + idle)
	p.tab("Shift+Tab", `e.innerText === "Show it"`)
	p.press("Enter")
	p.until(shown(delivery) + " && " + idle)
	p.tab("Shift+Tab", `e.innerText === "Reasoning"`)
	p.press("Enter")
	p.until(shown("The visitor asks about delivery."))

	p.tab("Shift+Tab", `e.id === "vendor"`)
	p.press("ArrowDown") // Syntphony
	p.until(shown("Welcome!") + " && " + idle)
	p.tab("Tab", `e.innerText === "Shoes"`)
	p.press("Enter")
	p.until(shown("These are new:") + " && " + idle)
	assert.Equal(t, "text", evaluate[string](p, `document.activeElement.id`), "the focus is not lost with the choice")
	assert.True(t, evaluate[bool](p, `document.querySelector("button.choice").disabled`), "a choice is taken once")
	p.tab("Shift+Tab", `e.innerText === "Buy Walker"`)
	p.press("Enter")
	p.until(shown("I heard: walker") + " && " + idle)

	p.tab("Shift+Tab", `e.id === "new"`)
	p.press("Enter")
	p.until(`!` + shown("I heard") + " && " + shown("Welcome!"))
	p.tab("Shift+Tab", `e.getAttribute("href")?.startsWith("#syntphony/") && !e.hasAttribute("aria-current")`)
	p.press("Enter")
	p.until(shown("I heard: walker"))
	p.requireNoProblems()
}

// TestPage_OnAPhone uses the page at 360 pixels, and lets axe-core look at it.
func TestPage_OnAPhone(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	phone := args{
		"viewport": args{"width": 360, "height": 720}, "isMobile": true, "hasTouch": true, "deviceScaleFactor": 2,
		"colorScheme": "dark",
	}
	p := openGateway(b, startGateway(t), phone)
	p.fits()
	p.click("#menu")
	p.until(`document.getElementById("side").matches(":popover-open")`)
	p.fits()
	assert.Empty(t, p.audit(), "the menu")
	p.press("Escape")
	p.until(`document.activeElement.id === "menu"`) // where the focus was
	p.choose("syntphony", "on-a-phone")
	p.until(shown("Welcome!"))
	p.do("fill", args{"selector": "#text", "text": "Show me shoes"})
	p.click("#send")
	p.until(shown("These are new:") + " && " + idle)
	p.fits()
	assert.Empty(t, p.audit(), "cards")
	p.screenshot("phone.png")
	p.click("#menu")
	p.click("#new")
	p.until(`!document.getElementById("side").matches(":popover-open") && !` + shown("These are new:"))
	p.requireNoProblems()
}

// fits asserts that nothing needs a sideways scroll, and that each control is large enough for a finger.
func (p page) fits() {
	p.t.Helper()
	assert.LessOrEqual(p.t, evaluate[int](p, `document.documentElement.scrollWidth`), 360)
	small := evaluate[[]string](p, `[...document.querySelectorAll("button, select, textarea, .choices a")]
		.filter((e) => e.checkVisibility() && e.offsetHeight < 44).map((e) => e.outerHTML)`)
	assert.Empty(p.t, small)
}

// audit returns the rules of axe-core that the page breaks.
func (p page) audit() []string {
	p.t.Helper()
	var broken []string
	p.get("audit", nil, &broken)
	return broken
}

// screenshot stores a picture in examples/gateway if PARLEY_SCREENSHOTS is set.
func (p page) screenshot(name string) {
	p.t.Helper()
	directory := p.t.TempDir()
	if os.Getenv("PARLEY_SCREENSHOTS") != "" {
		directory, _ = filepath.Abs("../../examples/gateway")
	}
	evaluate[any](p, `void document.activeElement.blur()`)
	file := filepath.Join(directory, name)
	p.do("screenshot", args{"path": file})
	picture, err := os.Stat(file)
	require.NoError(p.t, err)
	assert.Greater(p.t, picture.Size(), int64(5000))
}

// TestPage_ReloadInMidAnswer loads the page again while an answer is being made, and makes the README's screenshot.
func TestPage_ReloadInMidAnswer(t *testing.T) {
	t.Parallel()
	p := openGateway(startBrowser(t), startGateway(t), args{"viewport": args{"width": 1100, "height": 820}})
	p.choose("siteassist", "reloaded")
	p.until(shown("Hi! How can we help?"))
	p.write("How long does a delivery take?")
	p.until(shown("A parcel takes"))
	p.do("reload", nil)
	p.until(shown(delivery) + " && " + idle)
	assert.Equal(t, 1, strings.Count(evaluate[string](p, log), delivery))
	assert.Equal(t, 1, strings.Count(evaluate[string](p, log), "How long does a delivery take?"))
	assert.Empty(t, p.audit())
	p.write("I want to talk to a human")
	p.until(shown("this is Ann"))
	p.screenshot("page.png")
	p.requireNoProblems()
}

// TestPage_ListensAgain refuses the stream of events twice, which ends an EventSource for good.
func TestPage_ListensAgain(t *testing.T) {
	t.Parallel()
	p := openGateway(startBrowser(t), startGateway(t), nil)
	p.do("refuse", args{"pattern": "**/events*", "status": 503, "times": 2})
	p.write("Where is my parcel?")
	p.until(shown("You asked: Where is my parcel?") + " && " + idle)
	p.click("#human")
	p.until(shown("this is Ann"))
	assert.Equal(t, 1, strings.Count(evaluate[string](p, log), "this is Ann"))
}

// TestPage_HumanInMidAnswer asks for a human while an answer is shown. The answer is shown to its end all the same.
func TestPage_HumanInMidAnswer(t *testing.T) {
	t.Parallel()
	p := openGateway(startBrowser(t), startGateway(t), nil)
	p.choose("aisera", "hurried")
	p.write("Where is my new laptop?")
	p.until(`document.querySelectorAll("#log > .message").length === 2`) // the answer has begun
	p.click("#human")
	p.until(shown("This is Ann.") + " && " + idle)
	assert.Contains(t, evaluate[string](p, log), "and arrives on Monday.")
}

// TestPage_LostConnection cuts the connection in mid-answer. The page says so, comes back by itself and shows all of
// it.
func TestPage_LostConnection(t *testing.T) {
	t.Parallel()
	network, url := newNetwork(t, startGateway(t))
	p := openGateway(startBrowser(t), url, args{"reducedMotion": "reduce"})
	p.choose("siteassist", "cut")
	p.until(shown("Hi! How can we help?"))
	p.write("How long does a delivery take?")
	p.until(shown("A parcel takes"))
	network.cut(true)
	p.until(`document.getElementById("connection").textContent.includes("connection is lost")`)
	network.cut(false)
	p.until(shown(delivery) + ` && document.getElementById("connection").textContent === "" && ` + idle)
	assert.Equal(t, 1, strings.Count(evaluate[string](p, log), delivery))
	assert.Equal(t, 0, evaluate[int](p, `document.getAnimations().length`), "reduced motion")
	p.write("I want to talk to a human") // whose answer comes by the stream of events, which was cut too
	p.until(shown("this is Ann"))
}
