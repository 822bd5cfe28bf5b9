// A page with useChat. The query has api (of DefaultChatTransport), id (of the chat) and resume.
import { StrictMode, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { useChat } from '@ai-sdk/react'
import { DefaultChatTransport } from 'ai'

const query = new URLSearchParams(location.search)

function Part({ part, send }) {
  if (part.type === 'text') return <p className="text">{part.text}</p>
  if (part.type === 'data-choices') {
    return part.data.choices.map((choice, i) => (
      <button key={i} className="choice" onClick={() => send({ text: choice.label, metadata: { choice: choice.id } })}>
        {choice.label}
      </button>
    ))
  }
  if (part.type === 'step-start' || part.data?.text === '') return null // the latter is a draft that is whole now
  return <p className={part.type}>{part.text ?? JSON.stringify(part.data ?? part.url ?? part.output ?? '')}</p>
}

function App() {
  const [transport] = useState(() => new DefaultChatTransport({ api: query.get('api') }))
  const chat = useChat({ id: query.get('id'), transport, resume: query.has('resume') })
  const [input, setInput] = useState('')
  const submit = (event) => { event.preventDefault(); chat.sendMessage({ text: input }); setInput('') }
  return (
    <main data-status={chat.status}>
      {chat.messages.map((message) => (
        <article key={message.id} className={message.role}>
          {message.parts.map((part, i) => <Part key={i} part={part} send={chat.sendMessage} />)}
        </article>
      ))}
      {chat.error && <p role="alert">{chat.error.message}</p>}
      <form onSubmit={submit}><input value={input} onChange={(event) => setInput(event.target.value)} /></form>
      <button id="stop" onClick={chat.stop}>Stop</button>
      <button id="retry" onClick={() => chat.regenerate()}>Retry</button>
    </main>
  )
}

// answers returns the texts of the assistant's messages, for the test.
window.answers = () => [...document.querySelectorAll('.assistant')].map((answer) => answer.innerText)

createRoot(document.getElementById('root')).render(<StrictMode><App /></StrictMode>)
