// Drives the Chromium whose path is the argument for a Go test. See rpc.mjs.
import { chromium } from 'playwright-core'
import { serve } from './rpc.mjs'

const browser = await chromium.launch({
  executablePath: process.argv[2],
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
  ],
})
const pages = new Map()

serve({
  // open makes a page in a context of its own and loads url. options are those of playwright's newContext.
  open: async ({ page: name, url, options, ms }) => {
    const context = await browser.newContext(options)
    const page = await context.newPage()
    page.setDefaultTimeout(ms)
    const problems = []
    page.on('pageerror', (error) => problems.push(String(error)))
    page.on('console', (line) => { if (['error', 'warning'].includes(line.type())) problems.push(line.text()) })
    pages.set(name, Object.assign(page, { problems }))
    await page.goto(url)
  },
  reload: async ({ page }) => { await pages.get(page).reload() },
  close: async ({ page }) => { await pages.get(page).context().close(); pages.delete(page) },
  press: async ({ page, keys }) => { for (const key of keys) await pages.get(page).keyboard.press(key) },
  type: ({ page, text }) => pages.get(page).keyboard.type(text),
  click: ({ page, selector }) => pages.get(page).click(selector),
  fill: ({ page, selector, text }) => pages.get(page).fill(selector, text),
  offline: ({ page, offline }) => pages.get(page).context().setOffline(offline),
  // until waits until the expression is true in the page.
  until: async ({ page, expression }) => {
    try {
      await pages.get(page).waitForFunction(expression)
    } catch (error) {
      throw new Error(`${error.message}\nproblems: ${pages.get(page).problems}\n${await pages.get(page).innerText('body')}`)
    }
  },
  evaluate: ({ page, expression }) => pages.get(page).evaluate(expression),
  screenshot: async ({ page, path, fullPage }) => { await pages.get(page).screenshot({ path, fullPage }) },
  problems: ({ page }) => pages.get(page).problems,
}, () => browser.close())
