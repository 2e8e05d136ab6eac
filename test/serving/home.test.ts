/** The first page: where the platform stands, with every name as text, for whoever may read. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { homePage } from '../../serving/http/home.ts'
import type { Platform } from '../../serving/platform.ts'
import { type Served, served } from '../support/admitted.ts'
import { smallFolder } from '../support/small-folder.ts'

const folder = mkdtempSync(join(tmpdir(), 'asof-home-'))
let platform: Platform
let server: Served

beforeAll(async () => {
  platform = await smallFolder(folder)
  server = await served(platform)
}, 60_000)

afterAll(async () => {
  await server.close()
  await platform.close()
  rmSync(folder, { recursive: true, force: true })
})

const rowsOf = (page: string): string[] =>
  [...page.matchAll(/<tr>(.*)<\/tr>/g)].map(([, row]) => row.replace(/<[^>]*>/g, '|').replace(/\|+/g, '|'))

test('it says what the log says, and runs nothing', async () => {
  const reply = await server.get('/')
  expect(reply.status).toBe(200)
  expect(reply.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(reply.headers.get('content-security-policy')).toContain("default-src 'none'")
  const page = await reply.text()
  expect(page).not.toMatch(/<script|javascript:|https?:/)
  const { position } = await platform.log.head()
  const shown = position.toLocaleString('en-US')
  expect(page).toContain(`<p>${shown} events in the log, confirmed up to ${shown}.</p>`)
  const rows = rowsOf(page)
  expect(rows).toContain(`|live|${shown}|0|up to date|`)
  const { families } = platform.folds.experiments.state()
  const [[family, runs]] = Object.entries(families)
  expect(rows).toContain(`|${family}|${runs.length}|${runs.length}|0|`)
  const [[model, { live }]] = Object.entries(platform.folds.registry.state().models)
  expect(rows).toContainEqual(
    expect.stringMatching(new RegExp(`^\\|${model}\\|\\d+\\|\\d+\\|${live?.run}\\|100 %`)),
  )
  // Of the log the latest twenty, the last one first.
  expect(rows.filter((row) => /Z\|/.test(row)).map((row) => row.split('|')[1])).toEqual(
    Array.from({ length: 20 }, (_, back) => (position - back).toLocaleString('en-US')),
  )
})

test('whoever is not known sees nothing of it', async () => {
  const reply = await fetch(`${server.url}/`)
  expect([reply.status, await reply.text()]).toEqual([401, expect.not.stringContaining('<html')])
})

test('a name is text, and a lane that stopped says why', async () => {
  const name = '<img src=x onerror=alert(1)>"\u202e'
  const { folds } = platform
  const page = await homePage({
    ...platform,
    lanes: { ...platform.lanes, status: () => [{ lane: 'gate', position: 1, stopped: name }] },
    folds: {
      ...folds,
      datasets: { state: () => ({ datasets: { [name]: { ...folds.datasets.state().datasets.small } } }) },
    } as Platform['folds'],
  })
  expect(page).not.toContain('<img')
  expect(page).not.toContain('\u202e')
  expect(page.split('&lt;img src=x onerror=alert(1)&gt;&quot;\\u{202e}')).toHaveLength(3)
  expect(page).toContain('class="stopped"')
})
