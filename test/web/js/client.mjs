// Runs chats of the npm package ai, whose version (5, 6 or 7) is the argument, for a Go test. See rpc.mjs.
import { readFileSync } from 'node:fs'
import { serve, within } from './rpc.mjs'

const { AbstractChat, DefaultChatTransport, readUIMessageStream, validateUIMessages } = await import(`ai-${process.argv[2]}`)

// State holds what a page would show, and calls watchers at each change.
class State {
  watchers = new Set()
  #status = 'ready'
  #error
  #messages = []

  changed() {
    for (const watcher of this.watchers) watcher()
  }
  get status() { return this.#status }
  set status(status) { this.#status = status; this.changed() }
  get error() { return this.#error }
  set error(error) { this.#error = error; this.changed() }
  get messages() { return this.#messages }
  set messages(messages) { this.#messages = messages; this.changed() }
  pushMessage = (message) => { this.messages = [...this.#messages, message] }
  popMessage = () => { this.messages = this.#messages.slice(0, -1) }
  replaceMessage = (index, message) => { this.messages = this.#messages.with(index, this.snapshot(message)) }
  snapshot = (value) => structuredClone(value)
}

// withMessage asks for the answer to the last message of the user, which serves too if it has ended meanwhile.
const withMessage = (api, state) => ({ id }) => {
  const last = state.messages.findLast(({ role }) => role === 'user')
  return { api: `${api}/${id}/stream?message=${encodeURIComponent(last?.id ?? '')}` }
}

class Chat extends AbstractChat {
  constructor({ id, api, headers, named, messages = [] }) {
    const state = new State()
    state.messages = messages
    const record = { data: [], errors: [], finishes: [] }
    super({
      id,
      state,
      transport: new DefaultChatTransport({
        api, headers, prepareReconnectToStreamRequest: named ? withMessage(api, state) : undefined,
      }),
      onData: (part) => record.data.push(part),
      onError: (error) => record.errors.push(error.message),
      onFinish: ({ message, messages, ...how }) => record.finishes.push(how),
    })
    Object.assign(this, { watched: state, record, running: 0 })
  }

  // view is what the Go test gets to see.
  view() {
    const { status, error, messages } = this
    return { status, error: error?.message ?? '', messages, running: this.running, ...this.record }
  }

  // start runs a method of the chat that ends with its answer. A rejection counts as an error that a page has to catch.
  start(method, ...args) {
    this.running++
    this[method](...args)
      .catch((error) => this.record.errors.push(`thrown: ${error.message}`))
      .finally(() => { this.running--; this.watched.changed() })
  }
}

const text = (message) => (message?.parts ?? []).filter((part) => part.type === 'text').map((part) => part.text).join('')

// shows reports whether a view is what the Go test waits for. Each given member is a condition.
function shows(view, { settled, status, text: wanted, parts }) {
  const last = view.messages.at(-1)
  const types = (last?.parts ?? []).map((part) => part.type)
  return (!settled || view.running === 0) && (!status || view.status === status)
    && (!wanted || (last?.role === 'assistant' && text(last).includes(wanted)))
    && (parts ?? []).every((type) => types.includes(type))
}

// waitFor returns the first view that shows what is wanted.
function waitFor(chat, wanted, ms) {
  let watcher
  const seen = new Promise((resolve) => {
    watcher = () => { const view = chat.view(); if (shows(view, wanted)) resolve(view) }
    chat.watched.watchers.add(watcher)
    watcher()
  })
  return within(ms, seen, () => JSON.stringify(chat.view())).finally(() => chat.watched.watchers.delete(watcher))
}

const chats = new Map()

serve({
  new: ({ name, ...options }) => { chats.set(name, new Chat(options)) },
  send: ({ name, message }) => chats.get(name).start('sendMessage', message ?? undefined),
  regenerate: ({ name, options }) => chats.get(name).start('regenerate', options),
  resume: ({ name }) => chats.get(name).start('resumeStream'),
  stop: ({ name }) => chats.get(name).stop(),
  drop: ({ name }) => { const chat = chats.get(name); chat.messages = chat.messages.slice(0, -1) },
  view: ({ name }) => chats.get(name).view(),
  wait: ({ name, wanted, ms }) => waitFor(chats.get(name), wanted, ms),
  // read sends a message, or resumes, without a chat.
  read: async ({ api, id, message }) => {
    const transport = new DefaultChatTransport({ api })
    const stream = message
      ? await transport.sendMessages({ chatId: id, messages: [message], trigger: 'submit-message' })
      : await transport.reconnectToStream({ chatId: id })
    return stream ? collect(stream) : { none: true }
  },
  // post reads the response of another address.
  post: async ({ url }) => {
    const transport = new DefaultChatTransport({ api: url })
    try {
      return await collect(await transport.sendMessages({ chatId: 'any', messages: [], trigger: 'submit-message' }))
    } catch (error) {
      return { failure: error.message }
    }
  },
  // page returns the parts that the page of examples/gateway makes of chunks.
  page: async ({ chunks }) => {
    const source = readFileSync(new URL('../../../examples/gateway/page/stream.js', import.meta.url), 'utf8')
    const { Message } = await import(`data:text/javascript,${encodeURIComponent(source)}`)
    const message = new Message()
    for (const chunk of chunks) message.add(chunk)
    return { id: message.id, parts: message.parts }
  },
  // validate fails if the messages are not UIMessages.
  validate: async ({ messages }) => { await validateUIMessages({ messages }) },
})

// collect returns the chunks of a stream, and the message that readUIMessageStream makes of them.
async function collect(stream) {
  const [forMessage, forChunks] = stream.tee()
  const chunks = []
  const all = (async () => { for await (const chunk of forChunks) chunks.push(chunk) })()
  let message
  let failure = ''
  const onError = (error) => { failure = error.message }
  for await (const state of readUIMessageStream({ stream: forMessage, onError })) message = state
  await all
  return { message, chunks, failure }
}
