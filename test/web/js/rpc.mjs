// Serves commands of a Go test: a line of JSON with id, op and args on standard input, and a line with
// id and result or error on standard output. Commands run beside each other. The process ends with its input.
import { createInterface } from 'node:readline'

export function serve(ops, end = () => {}) {
  const reply = (line) => process.stdout.write(JSON.stringify(line) + '\n')
  const input = createInterface({ input: process.stdin })
  input.on('line', async (line) => {
    const { id, op, args } = JSON.parse(line)
    try {
      if (!ops[op]) throw new Error(`there is no command ${op}`)
      reply({ id, result: (await ops[op](args ?? {})) ?? null })
    } catch (error) {
      reply({ id, error: String(error?.message ?? error) })
    }
  })
  input.on('close', async () => {
    await end()
    process.exit(0)
  })
}

// within rejects if promise takes longer than ms milliseconds. describe() tells what was seen until then.
export function within(ms, promise, describe) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${ms} ms: ${describe()}`)), ms)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
