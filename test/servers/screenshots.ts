/**
 * `npm run screenshots [-- FOLDER]`: the pictures of the console in the README, of the sample `us20`, which is played anew unless the
 * folder of one is told. They are drawn at 1,280 pixels, and end up below 150 kB each.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asof } from '../support/cli.ts'
import { owners, upOver } from '../support/doors.ts'
import { launch, type Scheme, windowOf } from './browser.ts'
import { chromiumMissing, installChromium } from './chromium.ts'

const PICTURES = join(import.meta.dirname, '..', '..', 'serving', 'console', 'pictures')
const MOST_BYTES = 150_000

const SHOTS: readonly Readonly<{ name: string; address: string; scheme: Scheme; height: number }>[] = [
  { name: 'overview', address: '/?at=2020-07-20T20:00Z#/', scheme: 'light', height: 690 },
  { name: 'predictions', address: '/#/predictions/us20-long-short', scheme: 'dark', height: 690 },
  { name: 'experiments', address: '/#/experiments?sort=sharpe', scheme: 'light', height: 690 },
]

const missing = chromiumMissing()
if (missing === null) await draw(process.argv[2])
else {
  process.stderr.write(`${missing}.\n`)
  process.exitCode = 1
}

async function draw(given: string | undefined): Promise<void> {
  const folder = given ?? mkdtempSync(join(tmpdir(), 'asof-pictures-'))
  if (given === undefined) {
    process.stdout.write('Playing us20, which takes a minute or two\n')
    await asof(folder, 'sample', '--once')
  }
  const server = await upOver(folder)
  const browser = await launch(installChromium())
  try {
    mkdirSync(PICTURES, { recursive: true })
    const authorization = owners.get(server.url) ?? ''
    for (const { name, address, scheme, height } of SHOTS) {
      const { page, open, close } = await windowOf(browser, { url: server.url, authorization, scheme })
      await page.setViewportSize({ width: 1_280, height })
      await open(address)
      // Charts are drawn behind the page.
      for (const chart of await page.locator('.chart').all()) await chart.locator('svg').waitFor()
      await page.waitForTimeout(500)
      const path = join(PICTURES, `${name}.png`)
      await page.screenshot({ path })
      const { size } = statSync(path)
      if (size > MOST_BYTES) throw new Error(`${path} has ${size} bytes, more than ${MOST_BYTES}`)
      process.stdout.write(`${path}: ${size} bytes\n`)
      await close()
    }
  } finally {
    await browser.close()
    await server.stop()
    if (given === undefined) rmSync(folder, { recursive: true, force: true })
  }
}
