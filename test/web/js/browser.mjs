// Drives the Chromium whose path is the argument for a Go test. See rpc.mjs.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
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
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

// still waits until what appears has appeared. Animations without an end go on.
const still = (page) => page.evaluate(() => Promise.all(document.getAnimations()
  .filter((animation) => animation.effect.getComputedTiming().endTime < Infinity)
  .map((animation) => animation.finished.catch(() => {})))) // one whose element is gone

serve({
  // open makes a page in a context of its own and loads url. options are those of playwright's newContext.
  open: async ({ page: name, url, options, ms }) => {
    const context = await browser.newContext(options)
    const page = await context.newPage()
    page.setDefaultTimeout(ms)
    const problems = []
    page.on('pageerror', (error) => problems.push(String(error)))
    page.on('console', (line) => { if (['error', 'warning'].includes(line.type())) problems.push(line.text()) })
    pages.set(name, Object.assign(page, { problems, patience: ms }))
    await page.goto(url)
  },
  reload: async ({ page }) => { await pages.get(page).reload() },
  close: async ({ page }) => { await pages.get(page).context().close(); pages.delete(page) },
  press: async ({ page, keys }) => { for (const key of keys) await pages.get(page).keyboard.press(key) },
  type: ({ page, text }) => pages.get(page).keyboard.type(text),
  click: ({ page, selector }) => pages.get(page).click(selector),
  fill: ({ page, selector, text }) => pages.get(page).fill(selector, text),
  offline: ({ page, offline }) => pages.get(page).context().setOffline(offline),
  // refuse answers the next requests to addresses that match with a status.
  refuse: ({ page, pattern, status, times }) => pages.get(page).route(pattern, (route) => route.fulfill({ status }), { times }),
  // until waits until the expression is true in the page. It polls from here, because the policy of a page may forbid
  // eval there.
  until: async ({ page: name, expression }) => {
    const page = pages.get(name)
    for (const end = Date.now() + page.patience; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
      if (await page.evaluate(expression).catch(() => false)) return
      if (Date.now() > end) break
    }
    throw new Error(`never true: ${expression}\nproblems: ${page.problems}\n${await page.innerText('body')}`)
  },
  evaluate: ({ page, expression }) => pages.get(page).evaluate(expression),
  // audit returns the rules of axe-core that the page breaks, with the elements that break them.
  audit: async ({ page }) => {
    await still(pages.get(page))
    await pages.get(page).evaluate(axe)
    const { violations } = await pages.get(page).evaluate('axe.run()')
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`)
  },
  screenshot: async ({ page, path }) => {
    await still(pages.get(page))
    await pages.get(page).screenshot({ path })
  },
  problems: ({ page }) => pages.get(page).problems,
}, () => browser.close())
