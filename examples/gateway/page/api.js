// Calls the gateway.

// Refusal is a response that is no success. Its message is the body, which the gateway writes for people.
export class Refusal extends Error {
  constructor(response, text) {
    super(text || `The gateway answered ${response.status}.`)
    this.status = response.status
    this.retryAfter = Number(response.headers.get('Retry-After')) || 0
    // A proxy without a replica, and a replica that shuts down, refuse for a while only.
    this.passing = [502, 503, 504].includes(response.status)
  }
}

async function call(url, init) {
  const response = await fetch(url, init)
  if (!response.ok) throw new Refusal(response, (await response.text()).trim().slice(0, 300))
  return response.status === 204 ? null : response
}

const post = (url, body, signal) => call(url, {
  method: 'POST', signal, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
})

export const vendors = async () => (await call('/api/vendors')).json()

// Conversation calls the handler of a vendor. A call returns a response whose body is a stream, or null for "there is
// none".
export class Conversation {
  constructor(vendor, id) {
    Object.assign(this, { vendor, id, url: `/api/${vendor}/${id}` })
  }

  // say may be called again with the same message: the gateway says it once and returns the answer.
  say = (message, signal) => post(`/api/${this.vendor}`, { id: this.id, messages: [message], trigger: 'submit-message' }, signal)
  // retry asks what became of the message, which is said only if it was not said before.
  retry = (message, signal) => post(`/api/${this.vendor}`, { id: this.id, messages: [message], trigger: 'regenerate-message' }, signal)
  // resume returns the answer under way, and that to the message of an id though it is whole by now.
  resume = (signal, id = '') => call(`${this.url}/stream?message=${id}`, { signal })
  // greet may be called again: the agent greets once.
  greet = (signal) => post(`${this.url}/greeting`, {}, signal)
  askForHuman = (signal) => post(`${this.url}/human`, {}, signal)
  messages = async () => (await (await call(`${this.url}/messages`))?.json()) ?? []
  // events brings what comes unasked after the event of an id, or from now on.
  events = (after) => new EventSource(`${this.url}/events?after=${encodeURIComponent(after)}`)
}
