/** A browser on the console: it opens pages by their address, and holds down what a browser complains of. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, chromium, type Page } from 'playwright-core'
import { CHROMIUM_ARGS } from './chromium.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export type Scheme = 'light' | 'dark'

export type Opened = Readonly<{
  page: Page
  /** What was logged as an error, was thrown, or was refused by the content security policy. */
  complaints: string[]
  /** Every address that was asked for. */
  asked: string[]
  /** Goes to an address, and waits until it is drawn. @returns milliseconds from asking to drawn */
  open: (address: string) => Promise<number>
  close: () => Promise<void>
}>

export const launch = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, args: CHROMIUM_ARGS })

/** A window of its own, let in by a token. @param authorization the header that shows it */
export async function windowOf(
  browser: Browser,
  { url, authorization, scheme }: Readonly<{ url: string; authorization: string; scheme: Scheme }>,
): Promise<Opened> {
  const context = await browser.newContext({ colorScheme: scheme, viewport: { width: 1280, height: 860 } })
  const page = await context.newPage()
  const complaints: string[] = []
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await page.goto(`${url}/`)
  await page.waitForSelector('#token')
  await page.evaluate(
    (header) => fetch('/api/v1/session', { method: 'POST', headers: { authorization: header } }),
    authorization,
  )
  // Until here nobody was known, and the browser said so.
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  return {
    ...{ page, complaints, asked },
    async open(address) {
      await page.evaluate(() => performance.clearMarks('asof-page'))
      const from = performance.now()
      // Within the console, as a link does it: the page is not loaded anew.
      await page.evaluate(
        `history.pushState(null, '', ${JSON.stringify(address)}); dispatchEvent(new PopStateEvent('popstate'))`,
      )
      await page.waitForFunction(() => performance.getEntriesByName('asof-page').length > 0, null, {
        polling: 5,
      })
      return performance.now() - from
    },
    close: () => context.close(),
  }
}

type Fault = Readonly<{ id: string; impact: string; nodes: number; first: string }>

/** Serious and critical faults by axe, in the page as it is drawn. */
export async function accessFaults(page: Page): Promise<readonly Fault[]> {
  // By the protocol of the browser, which no policy of a page forbids.
  await page.evaluate(AXE)
  return page.evaluate(async () => {
    type Axe = Readonly<{
      run: (what: object) => Promise<{
        violations: { id: string; impact: string; nodes: { html: string; failureSummary?: string }[] }[]
      }>
    }>
    const { axe } = globalThis as unknown as { axe: Axe }
    const { violations } = await axe.run({ resultTypes: ['violations'] })
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, impact, nodes }) => ({
        ...{ id, impact, nodes: nodes.length },
        first: `${nodes[0]?.html.slice(0, 160)} ${nodes[0]?.failureSummary ?? ''}`,
      }))
  })
}
