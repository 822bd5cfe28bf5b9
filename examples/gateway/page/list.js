// Keeps the list of conversations in this browser. What was said stays with the gateway.

const key = 'parley-conversations'
const limit = 50 // for each vendor

function read() {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? {}
  } catch {
    return {} // no storage, or somebody else's
  }
}

export const conversations = (vendor) => read()[vendor] ?? []

// remember puts a conversation at the top of its vendor's list. Its title is what is said first.
export function remember(vendor, id, title = '') {
  const all = read()
  const former = (all[vendor] ?? []).find((entry) => entry.id === id)
  const entry = { id, title: former?.title || title.trim().slice(0, 60), at: Date.now() }
  all[vendor] = [entry, ...(all[vendor] ?? []).filter((other) => other.id !== id)].slice(0, limit)
  try {
    localStorage.setItem(key, JSON.stringify(all))
  } catch {
    // The list is then kept as long as the page is.
  }
}
