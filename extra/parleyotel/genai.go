package parleyotel

// asksABot reports whether an operation sends something to a bot and returns what the bot answers. Such calls follow
// the conventions for generative AI. An answer of raia that is polled is measured by the wait for it.
func asksABot(operation string) bool {
	switch operation {
	case "aisera: send message", "aisera: ask", "aisera: exchange",
		"raia: send message", "raia: await response", "raia: run prompt", "raia: await prompt response",
		"siteassist: send message", "siteassist: stream message",
		"siteassist: create completion", "siteassist: stream completion",
		"syntphony: start conversation", "syntphony: continue conversation",
		"syntphony: start conversation with audio", "syntphony: continue conversation with audio",
		"syntphony: start conversation by channel name", "syntphony: continue conversation by channel name":
		return true
	}
	return false
}
