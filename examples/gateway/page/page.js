// The page: one conversation at a time, whose vendor and id stand in the address as #vendor/id.
import * as api from './api.js'
import { conversations, remember } from './list.js'
import { chunks, Message } from './stream.js'
import { el, MessageView, speaker, textOf } from './view.js'

const $ = (id) => document.getElementById(id)
const statuses = {
  thinking: 'The agent is thinking', typing: 'Somebody is typing', checking: 'Looking what became of your message',
}
const notices = {
  queued: 'You wait for a human. Their answer will appear here.', 'human-joined': 'A human has joined.',
  'human-left': 'The human has left.', restarted: 'The agent has begun a new session and does not know what was said before.',
}

// Session shows one conversation and ends when another one is chosen.
class Session {
  constructor(vendor, id) {
    this.vendor = vendor
    this.remote = new api.Conversation(vendor.name, id)
    this.views = new Map() // by the id of the message
    this.closed = new AbortController()
    this.turn = null // of the call under way: what stops it
    this.last = '' // the vendor's id of the last message that was shown
  }

  get id() { return this.remote.id }
  get ended() { return this.closed.signal.aborted }

  close() {
    this.closed.abort()
    this.turn?.abort()
    this.source?.close()
  }

  // open shows what was said, follows an answer under way, and listens. A new conversation is greeted.
  async open() {
    if (!conversations(this.vendor.name).some((entry) => entry.id === this.id)) {
      if (this.vendor.capabilities.greeting) await this.follow((signal) => this.begin(() => this.remote.greet(signal)))
      return
    }
    await this.follow((signal) => this.recall(signal))
    this.listen()
  }

  // recall shows what was said and returns the answer under way, which is asked for first, so that none is missed.
  async recall(signal) {
    const response = await this.remote.resume(signal)
    for (const message of await this.remote.messages()) this.show(message)
    return response
  }

  // begin puts the conversation into the list, and listens from now on.
  async begin(call) {
    const response = await call()
    remember(this.vendor.name, this.id)
    showList(this.vendor.name, this.id)
    this.listen()
    return response
  }

  // listen shows what comes unasked. The browser connects again by itself, but not after a response that is an error.
  listen(wait = 1000) {
    if (this.source || this.ended || !this.vendor.capabilities.humans) return
    const source = this.source = this.remote.events(this.last)
    const on = (name, show) => source.addEventListener(name, ({ data, lastEventId }) => {
      this.last = lastEventId
      show(JSON.parse(data))
    })
    on('message', (message) => this.hear(message))
    on('status', ({ status }) => showStatus(status))
    on('failure', ({ message }) => notice(message, 'problem'))
    source.addEventListener('open', () => { wait = 1000 })
    source.addEventListener('error', () => {
      if (source.readyState !== EventSource.CLOSED) return
      this.source = null
      setTimeout(() => this.listen(Math.min(2 * wait, 30_000)), wait)
    })
  }

  hear(message) {
    showStatus('')
    this.show(message)
    announce(`${speaker(message)}: ${textOf(message)}`)
  }

  // show adds a message or brings the one of its id up to date.
  show(message) {
    const former = this.views.get(message.id) ?? this.views.get(message.metadata?.id)
    $('welcome').hidden = true
    if (message.role !== 'user' && message.metadata.id) this.last = message.metadata.id
    stay(() => {
      if (former) {
        former.update(message)
        return
      }
      if (message.parts.length > 0) for (const view of this.views.values()) view.retire()
      const view = new MessageView(message, (choice, event) => this.choose(choice, event))
      this.views.set(message.id, view)
      $('log').append(view.element)
    })
  }

  choose(choice, event) {
    if (event.detail === 0) $('text').focus() // chosen by keyboard: the button is about to be disabled
    this.say(choice.label, { choice: choice.id })
  }

  say(text, metadata) {
    const message = { id: crypto.randomUUID(), role: 'user', parts: [{ type: 'text', text }], metadata }
    this.said = message
    for (const retry of $('log').querySelectorAll('.problem button')) retry.remove() // of messages that are older now
    this.show(message)
    remember(this.vendor.name, this.id, text)
    showList(this.vendor.name, this.id)
    this.ask(message, this.remote.say)
  }

  // ask sends a message, and again if the connection breaks. The gateway says it once.
  async ask(message, send) {
    await this.follow((signal) => send(message, signal), message)
    this.listen()
  }

  // askForHuman asks once: if the connection breaks, it looks at the conversation instead.
  async askForHuman() {
    let asked = false
    await this.follow((signal) => {
      if (asked) return this.recall(signal)
      asked = true
      return this.begin(() => this.remote.askForHuman(signal))
    })
  }

  // follow shows the answer that open brings, after the one under way, so that none stays half shown.
  follow(open, message) {
    const before = this.following
    this.following = (async () => {
      await before?.catch(() => {})
      if (!this.ended) await this.take(open, message)
    })()
    return this.following
  }

  // take shows the answer that open brings. When the connection is lost it calls open again, until the answer is whole.
  async take(open, message) {
    const turn = this.turn = new AbortController()
    busy(true)
    try {
      for (let attempt = 0; ; attempt++) {
        if (await this.attempt(open, turn.signal, message)) break
        connection('The connection is lost. Trying again …')
        await pause(Math.min(500 * 2 ** attempt, 10_000), turn.signal)
      }
      connection('')
    } catch (error) {
      if (!turn.signal.aborted) throw error
    } finally {
      if (this.turn === turn && !this.ended) {
        this.turn = null
        showStatus('')
        busy(false)
      }
    }
  }

  // attempt reports whether the answer has ended, well or not.
  async attempt(open, signal, message) {
    try {
      const response = await open(signal)
      connection('')
      return response === null || await this.read(response, message)
    } catch (error) {
      if (signal.aborted) throw error
      if (error instanceof TypeError || error.passing) return false // no network, or no replica
      if (!(error instanceof api.Refusal)) throw error
      this.fail({ message: error.message, action: error.status === 501 ? 'none' : 'retry' }, message)
      return true
    }
  }

  // read shows a response as it comes. It reports whether it was read to its end.
  async read(response, message) {
    let answer = null
    for await (const chunk of chunks(response)) {
      if (chunk.type === 'start') answer = new Message(chunk.messageId)
      if (chunk.type === 'data-status') { showStatus(chunk.data.status); continue }
      if (chunk.type === 'data-message') { this.hear(chunk.data); continue }
      if (chunk.type === 'data-error') { this.fail(chunk.data, message); continue }
      const end = answer?.add(chunk) ?? (chunk.type === 'error' ? 'error' : undefined)
      if (answer) {
        if (answer.parts.length > 0) this.show(answer)
        if (chunk.type === 'text-start') showStatus('')
      }
      if (end === 'finish') this.finish(answer)
      if (end) return true
    }
    return false
  }

  finish(answer) {
    const { finish } = answer.metadata
    announce(`${speaker(answer)}: ${textOf(answer)}`)
    if (finish === 'queued') notice(notices.queued)
    if (finish === 'unanswered') notice('Your message arrived. There is no answer to it yet.')
    if (finish === 'length') notice('The answer is too long and ends here.')
    if (finish === 'content-filter') notice('A filter of the vendor ended this answer.')
  }

  // fail says honestly what happened, and offers a retry where that says nothing twice.
  fail({ message: text, action }, message) {
    const retry = el('button', { type: 'button' }, 'Try again')
    const line = notice(text, 'problem', ['retry', 'wait'].includes(action) ? retry : null)
    retry.addEventListener('click', () => {
      line.remove()
      $('text').focus()
      if (message) this.ask(message, this.remote.retry)
      else this.open()
    })
  }

  stop() {
    if (!this.turn) return
    this.turn.abort()
    connection('')
    const show = el('button', { type: 'button' }, 'Show it')
    const line = notice('Stopped. The agent finishes its answer all the same.', '', show)
    show.addEventListener('click', () => { line.remove(); $('text').focus(); this.reopen() })
  }

  // reopen shows the answer that was stopped: under way, or whole.
  reopen = () => this.follow((signal) => this.remote.resume(signal, this.said?.id))
}

// pause ends after ms milliseconds, or as soon as the network is back.
const pause = (ms, signal) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, ms)
  addEventListener('online', resolve, { once: true, signal })
  signal.addEventListener('abort', () => { clearTimeout(timer); reject(signal.reason) }, { once: true })
})

// stay keeps the end of the conversation in sight if it was.
function stay(change) {
  const { scrollTop, scrollHeight, clientHeight } = $('scroll')
  change()
  if (scrollHeight - scrollTop - clientHeight < 120) $('scroll').scrollTop = $('scroll').scrollHeight
}

// announce tells those who hear the page. Deltas are not announced: a whole answer is.
function announce(text) { $('announcer').textContent = text }

function connection(text) { $('connection').textContent = text }

function notice(text, kind = '', action = null) {
  const last = $('log').lastElementChild
  if (last?.classList.contains('notice') && last.firstChild.textContent === text) last.remove() // it was just said
  const line = el('li', { className: `notice ${kind}` }, el('span', {}, text), action)
  stay(() => $('log').append(line))
  announce(text)
  return line
}

function showStatus(status) {
  if (notices[status]) { notice(notices[status]); status = '' }
  const text = statuses[status] ?? ''
  if (text === $('status').textContent) return
  if (text) announce(text)
  stay(() => { $('status').textContent = text })
}

function busy(on) {
  $('send').hidden = on
  $('stop').hidden = !on
  $('log').setAttribute('aria-busy', String(on))
  if (on) showStatus('thinking')
}

let agents = []
let session

function showList(vendor, id) {
  const entries = conversations(vendor)
  $('list-empty').hidden = entries.length > 0
  $('list').replaceChildren(...entries.map((entry) => {
    const link = el('a', { href: `#${vendor}/${entry.id}` }, entry.title || 'New conversation')
    if (entry.id === id) link.setAttribute('aria-current', 'page')
    return el('li', {}, link)
  }))
}

// go opens a conversation.
function go(vendor, id) {
  session?.close()
  const agent = agents.find(({ name }) => name === vendor) ?? agents[0]
  session = new Session(agent, id)
  if ($('side').matches(':popover-open')) $('side').hidePopover()
  history.replaceState(null, '', `#${agent.name}/${id}`)
  $('vendor').value = agent.name
  $('title').textContent = agent.title
  $('mode').textContent = agent.fake ? 'Built-in fake' : 'Live'
  $('human').hidden = !agent.capabilities.handOver
  $('log').replaceChildren()
  connection('')
  showStatus('')
  welcome(agent)
  showList(agent.name, id)
  session.open()
}

function welcome(agent) {
  $('welcome').hidden = false
  $('welcome-text').textContent = `Say something to ${agent.title}, or begin with one of these.`
  $('suggestions').replaceChildren(...(agent.suggestions ?? []).map((text) => {
    const button = el('button', { type: 'button' }, text)
    button.addEventListener('click', () => { session.say(text); $('text').focus() })
    return button
  }))
}

function route() {
  const [vendor, id] = location.hash.slice(1).split('/')
  go(vendor, /^[\w-]{1,64}$/.test(id ?? '') ? id : crypto.randomUUID())
}

function send() {
  const text = $('text').value.trim()
  if (text === '' || session.turn) return
  $('text').value = ''
  session.say(text)
}

$('composer').addEventListener('submit', (event) => { event.preventDefault(); send() })
$('text').addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) { event.preventDefault(); send() }
})
$('stop').addEventListener('click', () => { session.stop(); $('text').focus() })
addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && !$('side').matches(':popover-open')) session?.stop()
})
$('human').addEventListener('click', () => session.askForHuman())
$('new').addEventListener('click', () => { go($('vendor').value, crypto.randomUUID()); $('text').focus() })
$('vendor').addEventListener('change', () => go($('vendor').value, conversations($('vendor').value)[0]?.id ?? crypto.randomUUID()))
$('list').addEventListener('click', () => { if ($('side').matches(':popover-open')) $('side').hidePopover() })
addEventListener('hashchange', route)
addEventListener('unhandledrejection', ({ reason }) => notice(`This page has a fault: ${reason?.message ?? reason}`, 'problem'))
addEventListener('pagehide', () => session?.close())
addEventListener('pageshow', (event) => { if (event.persisted) route() })

try {
  agents = await api.vendors()
  $('vendor').replaceChildren(...agents.map(({ name, title }) => el('option', { value: name }, title)))
  route()
  $('text').focus()
} catch (error) {
  notice(`The gateway cannot be reached: ${error.message}`, 'problem')
}
