/** The report's page: the same bytes everywhere, nothing from elsewhere, no word of a researcher's read as markup. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { pageOf } from '../../commands/gate/page/page.ts'
import { thinned } from '../../commands/gate/page/series.ts'
import type { GateReport } from '../../commands/gate/report-form.ts'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { madeReport } from '../support/made-report.ts'

const HASH = 'f00d'.repeat(16)
const report = madeReport()
const page = pageOf(report, HASH)
/** Without the page in the message of a failure: it is long. */
const has = (of: string, text: string): void => expect(of.includes(text), text).toBe(true)
const all = (of: string, pattern: RegExp): string[] => [...of.matchAll(pattern)].map((match) => match[1])

describe('the same bytes', () => {
  test('again, after another report was drawn', () => {
    pageOf({ ...report, ledger: { ...report.ledger, trials: [] } }, HASH)
    expect(pageOf(report, HASH) === page).toBe(true)
  })

  test.each([
    { TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' },
    { TZ: 'America/St_Johns', LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8' },
  ])('in another process, with %o', (env) => {
    const script = fileURLToPath(new URL('../support/page-digest.ts', import.meta.url))
    const digest = execFileSync(process.execPath, [script], { env: { ...process.env, ...env } })
    expect(digest.toString()).toBe(sha256(pageOf(report, 'h')))
  })
})

test('nothing is fetched and nothing runs', () => {
  expect(all(page, /\b(?:src|href|xlink:href)="([^#][^"]*)"/g)).toEqual([])
  expect(page.match(/<script|<link|<iframe|@import|@font-face|url\(|\son[a-z]+=/gi)).toBeNull()
})

/** The report with another text for each of the researcher's words; the words of the forms stay. */
const FORMS = new Set(['kind', 'verdict', 'comparison', 'basis', 'depth', 'status', 'form', 'direction'])
function reworded(value: unknown, word: (text: string) => string, key = ''): unknown {
  if (typeof value === 'string') return FORMS.has(key) ? value : word(value)
  if (Array.isArray(value)) return value.map((one) => reworded(one, word, key))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, reworded(one, word, name)]))
}

test('a name is text wherever it stands: no element and no attribute comes of it', () => {
  const shape = (word: (text: string) => string) =>
    pageOf(reworded(report, word) as GateReport, HASH)
      .match(/<[^>]*>/g)
      ?.map((tag) => tag.replace(/"[^"]*"/g, '""'))
  const hostile = shape((text) => `"><script>alert('${text}')</script><img src=x onerror="a&b">`)
  expect(hostile?.length).toBeGreaterThan(1000)
  const harmless = shape((text) => `harmless ${text}`)
  expect(hostile?.filter((tag, i) => tag !== harmless?.[i])).toEqual([])
  const named = { ...report, run: { ...report.run, run: '<script>' } }
  has(pageOf(named, HASH), 'Run <b>&lt;script&gt;</b>')
})

test('the verdict is first, then each test with threshold, value and margin', () => {
  const text = page.replace(/<style>.*?<\/style>/s, '').replace(/<[^>]+>/g, ' ')
  const places = [
    '✕ Refused',
    '1 of 3 tests failed: stress-worst-loss. Of these, 1 could not be measured',
    'Tests of the policy',
    'What it earned',
  ]
  expect(report.verdict).toBe('refused')
  const found = places.map((place) => text.indexOf(place))
  expect(found.every((at) => at > 0)).toBe(true)
  expect(found).toEqual([...found].sort((a, b) => a - b))
  for (const { title, reason } of report.tests) {
    has(page, title.replaceAll("'", '&#39;'))
    if (reason !== null) has(page, reason)
  }
})

test('all that a committee asks for is there', () => {
  const { trials } = report.ledger
  for (const said of [HASH, report.artifact, report.policy.digest, report.run.trainingSetHash])
    has(page, said)
  for (const { run } of trials) has(page, `<td class="words">${run}`)
  has(page, `this family: ${trials.length}, `)
  has(page, 'replayed from factors')
  has(page, 'At least one false alarm in 365 days')
  const sections = Object.keys(report.sections).length
  // Tests, trials and provenance are not sections of the report.
  expect(all(page, /<section id="([^"]+)"/g)).toHaveLength(sections + 3)
  expect(all(page, /<(figure)>/g).length).toBeGreaterThan(14)
})

test('each figure says in words what it shows, and each place to go to is one place', () => {
  const charts = all(page, /<svg ([^>]*)>/g)
  for (const chart of charts) expect(chart).toMatch(/^role="img" aria-label="[^"]{10,}"/)
  const ids = all(page, /\sid="([^"]+)"/g)
  expect(new Set(ids).size).toBe(ids.length)
  for (const place of all(page, /href="#([^"]+)"/g)) expect(ids).toContain(place)
})

test('a part that could not be had says why, and no figure stands for it', () => {
  const names = Object.keys(report.sections) as (keyof GateReport['sections'])[]
  const kinds = ['insufficient', 'not-worked-out'] as const
  const none = Object.fromEntries(
    names.map((name, i) => [name, { kind: kinds[i % 2], reason: `no ${name} for a reason` }]),
  ) as unknown as GateReport['sections']
  const bare = pageOf({ ...report, sections: none }, HASH)
  for (const name of names) has(bare, `no ${name} for a reason`)
  expect(all(bare, /<(svg) /g)).toHaveLength(1)
})

test('a figure that does not exist is drawn as nothing and read as n/a, never as 0', () => {
  const { performance, walkForward } = report.sections
  if (performance.kind !== 'measured' || walkForward.kind !== 'measured') throw new Error('not measured')
  const holed = pageOf(
    {
      ...report,
      sections: {
        ...report.sections,
        performance: { ...performance, value: { ...performance.value, sharpeAnnualLo: null } },
        walkForward: {
          ...walkForward,
          value: {
            ...walkForward.value,
            bars: walkForward.value.bars.map((bar, i) => (i === 0 ? { ...bar, sharpeAnnual: null } : bar)),
          },
        },
      },
      series: { ...report.series, gross: report.series.gross.map((value, i) => (i === 50 ? null : value)) },
    },
    HASH,
  )
  has(holed, '<dt>With serial correlation</dt><dd>n/a')
  expect(holed.match(/.{40}(NaN|undefined|Infinity)/)).toBeNull()
})

test('a long history is thinned without losing its trough', () => {
  const moments = Array.from({ length: 10_000 }, (_, i) => i)
  const values = moments.map((i) => (i === 7777 ? -0.9 : -0.1))
  const points = thinned(moments, values, { most: 100, keep: 'least' })
  expect(points).toHaveLength(100)
  expect(points.find(({ value }) => value === -0.9)?.at).toBe(7777)
  const last = thinned(moments, values, { most: 100, keep: 'last' })
  expect([last[0].at, last.at(-1)?.at]).toEqual([0, 9999])
})
