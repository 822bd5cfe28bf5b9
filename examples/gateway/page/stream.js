// Reads a UI message stream: server-sent events whose data is a chunk each, which together make one message.

// chunks yields the chunks of a response. It returns without an error when the body ends, whole or not.
export async function* chunks(response) {
  let rest = ''
  for await (const text of texts(response.body)) {
    const lines = (rest + text).split('\n')
    rest = lines.pop()
    for (const line of lines) {
      if (!line.startsWith('data:')) continue // a comment, which keeps the connection alive, or an empty line
      const data = line.slice(5).trim()
      if (data !== '[DONE]') yield JSON.parse(data)
    }
  }
}

async function* texts(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}

// Message is made of chunks. parts are what a page shows, in order.
export class Message {
  constructor(id, role = 'assistant') {
    Object.assign(this, { id, role, parts: [], metadata: {}, error: '' })
    this.open = new Map() // parts that grow, by kind and id
  }

  // add takes in a chunk and returns "finish" or "error" if it ends the message.
  add(chunk) {
    Object.assign(this.metadata, chunk.messageMetadata)
    const [kind, step] = split(chunk.type)
    switch (kind) {
      case 'start': this.id = chunk.messageId ?? this.id; break
      case 'finish': return 'finish'
      case 'error': this.error = chunk.errorText; return 'error'
      case 'text':
      case 'reasoning': this.#grow(kind, step, chunk); break
      case 'tool': this.#tool(step, chunk); break
      case 'source-url':
      case 'source-document':
      case 'file': this.parts.push(chunk); break
      case 'data': this.#data(chunk); break
    }
  }

  #grow(kind, step, { id, delta }) {
    const key = `${kind} ${id}`
    if (step === 'start') {
      const part = { type: kind, text: '', streaming: true }
      this.parts.push(part)
      this.open.set(key, part)
    } else if (step === 'delta') {
      this.open.get(key).text += delta
    } else {
      this.open.get(key).streaming = false
      this.open.delete(key)
    }
  }

  #tool(step, chunk) {
    const key = `tool ${chunk.toolCallId}`
    if (!this.open.has(key)) {
      const part = { type: 'tool', name: chunk.toolName, text: '' }
      this.parts.push(part)
      this.open.set(key, part)
    }
    const part = this.open.get(key)
    if (step === 'input-delta') part.text += chunk.inputTextDelta
    for (const member of ['input', 'output', 'errorText']) {
      if (member in chunk) part[member] = chunk[member]
    }
  }

  // #data keeps a part, or replaces the former one of the same type and id. A transient part is not kept.
  #data({ type, id, data, transient }) {
    if (transient) return
    const former = id === undefined ? undefined : this.parts.find((part) => part.type === type && part.id === id)
    if (former) former.data = data
    else this.parts.push({ type, id, data })
  }
}

// split returns the kind of a chunk and what happens to the part: "text-delta" is ["text", "delta"].
function split(type) {
  const [, kind, step] = /^(text|reasoning|tool|data)-(.+)$/.exec(type) ?? [, type, '']
  return [kind, step]
}
