// Shows messages. Everything that comes from elsewhere is put in as text, never as markup.

// el makes an element with properties and children. Names with a hyphen are attributes.
export function el(name, properties = {}, ...children) {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes('-') || key === 'role') element.setAttribute(key, value)
    else element[key] = value
  }
  element.append(...children.filter((child) => child !== null && child !== undefined))
  return element
}

const names = { user: 'You', assistant: 'Agent', human: 'Human', system: 'Notice' }

export const speaker = (message) => names[message.metadata?.role] ?? names[message.role]

export const textOf = (message) => message.parts.filter((part) => part.type === 'text').map((part) => part.text).join('\n')

// MessageView is the list item of a message. onChoice is called with a choice that the user takes.
export class MessageView {
  constructor(message, onChoice) {
    const who = message.metadata?.role ?? message.role
    this.onChoice = onChoice
    this.body = el('div', { className: 'body' })
    this.element = el('li', { className: `message ${who}` }, el('p', { className: 'speaker' }, speaker(message)), this.body)
    this.shown = []
    this.update(message)
  }

  // update shows the message as it is now. Elements of parts that are there already stay, so that what is unfolded or
  // has the focus stays so.
  update(message) {
    this.message = message
    message.parts.forEach((part, i) => {
      const kind = renderers[part.type] ? part.type : 'other'
      if (this.shown[i]?.kind !== kind) {
        this.shown[i]?.element.remove()
        const shown = { kind, element: renderers[kind].make(part, this) }
        this.body.insertBefore(shown.element, this.shown[i + 1]?.element ?? null)
        this.shown[i] = shown
      }
      renderers[kind].update?.(this.shown[i].element, part, this)
    })
    for (const late of this.shown.splice(message.parts.length)) late.element.remove()
    this.element.hidden = !this.body.querySelector(':scope > :not([hidden])')
  }

  // retire takes the choices back: only those of the last message are open.
  retire() {
    for (const button of this.element.querySelectorAll('button.choice')) button.disabled = true
  }
}

// setText writes a growing text without touching what is there, and links addresses when the text is whole.
function setText(element, part) {
  const { text, streaming } = part
  if (streaming) {
    if (element.firstChild?.nodeType !== Node.TEXT_NODE || element.childNodes.length > 1) element.replaceChildren('')
    const node = element.firstChild
    if (text.startsWith(node.data)) node.appendData(text.slice(node.data.length))
    else node.data = text
  } else if (element.dataset.whole !== text) {
    element.dataset.whole = text
    element.replaceChildren(...linked(text))
  }
  element.hidden = text === ''
}

function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]])/).map((piece, i) => (i % 2 ? link(piece, piece) : piece))
}

const link = (url, label) => el('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, label)

const safe = (url, ...schemes) => {
  try {
    return schemes.includes(new URL(url, location.href).protocol)
  } catch {
    return false
  }
}

function choices(list, view) {
  const group = el('div', { className: 'choices', role: 'group', 'aria-label': 'Choices' })
  for (const choice of list) {
    if (choice.url) {
      if (safe(choice.url, 'http:', 'https:', 'mailto:', 'tel:')) group.append(link(choice.url, choice.label))
    } else {
      const button = el('button', { type: 'button', className: 'choice' }, choice.label)
      button.addEventListener('click', (event) => view.onChoice(choice, event))
      group.append(button)
    }
  }
  return group
}

// renderers make the element of a part and update it.
const renderers = {
  text: { make: () => el('p', { className: 'text' }), update: setText },
  reasoning: {
    make: () => el('details', { className: 'reasoning' }, el('summary', {}, 'Reasoning'), el('p')),
    update: (details, part) => {
      details.firstChild.textContent = part.streaming ? 'Reasoning …' : 'Reasoning'
      details.lastChild.textContent = part.text
    },
  },
  tool: {
    make: (part) => el('details', { className: 'tool' }, el('summary'), el('pre')),
    update: (details, part) => {
      const done = 'output' in part || 'errorText' in part
      details.firstChild.textContent = `${done ? 'Used' : 'Using'} ${part.name}${done ? '' : ' …'}`
      details.lastChild.textContent = [part.input ?? part.text, part.errorText ?? part.output]
        .filter((value) => value !== undefined && value !== '')
        .map((value) => (typeof value === 'string' ? value : JSON.stringify(value, null, 2))).join('\n→ ')
    },
  },
  'source-url': {
    make: (part) => el('p', { className: 'source' }, 'Source: ',
      safe(part.url, 'http:', 'https:') ? link(part.url, part.title || part.url) : part.title || part.url),
  },
  'source-document': { make: (part) => el('p', { className: 'source' }, `Source: ${part.title || part.filename}`) },
  file: {
    make: (part) => (part.mediaType?.startsWith('image/') && safe(part.url, 'https:', 'data:')
      ? el('img', { src: part.url, alt: part.filename ?? 'Image from the agent' })
      : el('p', { className: 'source' }, 'File: ', safe(part.url, 'http:', 'https:', 'data:') ? link(part.url, part.filename ?? 'open') : '')),
  },
  'data-file': { make: (part) => el('p', { className: 'source' }, `File: ${part.data.name || part.data.id}`) },
  'data-choices': { make: (part, view) => choices(part.data.choices, view) },
  'data-cards': {
    make: (part, view) => el('ul', { className: 'cards', tabIndex: 0, 'aria-label': 'Cards' }, ...part.data.cards.map((card) => el('li', {},
      card.imageUrl && safe(card.imageUrl, 'http:', 'https:', 'data:') ? el('img', { src: card.imageUrl, alt: '' }) : null,
      el('h2', {}, card.title),
      card.subtitle ? el('p', {}, card.subtitle) : null,
      choices(card.choices, view)))),
  },
  'data-draft': {
    make: () => el('p', { className: 'text draft' }),
    update: (element, part) => setText(element, { text: part.data.text, streaming: true }),
  },
  'data-notice': { make: (part) => el('p', { className: 'notice' }, part.data.message) },
  other: { make: () => el('span', { hidden: true }) },
}
