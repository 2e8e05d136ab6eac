/**
 * The console in a real browser: every page, at five moments of the past and now, in both themes, with the figures of the command line;
 * without a serious fault of accessibility, by keyboard, and with a signature whose key goes nowhere.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CapitalView } from '../../projections/capital/capital.ts'
import { formatMoment } from '../../schemas/kernel/time.ts'
import { count, percent } from '../../serving/console/web/format.ts'
import { type Served, served, tokenFor } from '../support/admitted.ts'
import { asof } from '../support/cli.ts'
import { keyOfName } from '../support/keys.ts'
import type { MemoryPlatform } from '../support/memory-platform.ts'
import { smallFolder } from '../support/small-folder.ts'
import { HISTORY_DAYS, MODEL, SMALL_SET } from '../support/small-platform.ts'
import { closeOf, decidedOf } from '../support/small-world.ts'
import { accessFaults, launch, type Opened, type Scheme, windowOf } from './browser.ts'

const { TEST_CHROMIUM } = process.env
const DAYS = 24
const SET = `${SMALL_SET.set}@${SMALL_SET.version}`
const SCHEMES: readonly Scheme[] = ['light', 'dark']

/** Before the model, at its promotion, in its life, at a position, and now. */
const MOMENTS = [
  '12',
  formatMoment(closeOf(HISTORY_DAYS)),
  formatMoment(decidedOf(HISTORY_DAYS + 7)),
  formatMoment(decidedOf(HISTORY_DAYS + 15)),
  '60',
  'now',
]

describe.skipIf(TEST_CHROMIUM === undefined)(
  'the console in chromium (skipped without npm run suite:servers, which installs it)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'asof-browser-'))
    let platform: MemoryPlatform
    let server: Served
    let browser: Browser
    const windows = new Map<Scheme, Opened>()

    const addressOf = (at: string, page: string): string =>
      `/${at === 'now' ? '' : `?at=${encodeURIComponent(at)}`}#/${page}`
    const opened = (scheme: Scheme): Opened => {
      const found = windows.get(scheme)
      if (found === undefined) throw new Error('there is no window')
      return found
    }

    beforeAll(async () => {
      platform = await smallFolder(folder, DAYS)
      server = await served(platform)
      browser = await launch(TEST_CHROMIUM ?? '')
      for (const scheme of SCHEMES)
        windows.set(scheme, await windowOf(browser, { ...server.owner, url: server.url, scheme }))
    }, 120_000)

    afterAll(async () => {
      await browser.close()
      await server.close()
      await platform.close()
      rmSync(folder, { recursive: true, force: true })
    })

    const view = async <S>(name: string, at: string): Promise<S> => {
      const { out, err } = await asof(folder, 'at', at, name, '--json')
      expect(err).toBe('')
      return (JSON.parse(out) as { state: S }).state
    }

    /** Each row of the table with a caption, as text. */
    const rowsIn = (window: Opened, caption: string): Promise<string[][]> =>
      window.page
        .locator('table', { has: window.page.locator('caption', { hasText: caption }) })
        .locator('tbody tr')
        .evaluateAll((rows) =>
          rows.map((row) => [...row.children].map((cell) => cell.textContent?.trim() ?? '')),
        )

    const pagesOf = (at: string): readonly string[] => {
      const whatever = [
        '',
        'models',
        'capital',
        'predictions',
        'experiments',
        'features',
        'data',
        'lineage',
        'alarms',
        'claims',
        'audit',
      ]
      const details = [`features/${SET}`, 'data/small', `lineage/${SET}`, 'audit/11']
      const live = [
        `models/${MODEL}`,
        `predictions/${MODEL}`,
        'experiments/small-h3-momentum',
        'experiments/small-h3-momentum/small-h1-momentum',
        'experiments?family=small',
      ]
      const cells = [`features/${SET}/mom_5/n00`]
      return at === '12'
        ? [...whatever, ...details.slice(0, 2)]
        : [...whatever, ...details, ...cells, ...(at === MOMENTS[1] ? live.slice(2) : live)]
    }

    test.each(SCHEMES)(
      'every page, at every moment: %s',
      async (scheme) => {
        const window = opened(scheme)
        const millis: number[] = []
        let pages = 0
        const paint = await window.page.evaluate(
          () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
        )
        for (const at of MOMENTS)
          for (const page of pagesOf(at)) {
            millis.push(await window.open(addressOf(at, page)))
            expect([
              at,
              page,
              await window.page.locator('[role="alert"]:not(:empty)').allTextContents(),
            ]).toEqual([at, page, []])
            expect(await window.page.locator('h1').count(), page).toBe(1)
            const isPast = await window.page.locator('html').getAttribute('class')
            expect([page, isPast === 'past']).toEqual([page, at !== 'now'])
            pages++
          }
        expect(window.complaints).toEqual([])
        // Nothing is asked for elsewhere.
        expect(window.asked.filter((address) => !address.startsWith(server.url))).toEqual([])
        millis.sort((a, b) => a - b)
        const [middle, most] = [millis[Math.floor(millis.length / 2)] ?? 0, millis.at(-1) ?? 0]
        process.stdout.write(
          `console, ${scheme}: ${pages} pages, first paint ${paint.toFixed(0)} ms, a page ${middle.toFixed(0)} ms median, ${most.toFixed(0)} ms at most\n`,
        )
      },
      120_000,
    )

    test('the figures are those of the command line, at every moment', async () => {
      const window = opened('light')
      for (const at of MOMENTS) {
        type Capitals = { models: Record<string, CapitalView> }
        type Datasets = {
          datasets: Record<string, { rows: number; rowsQuarantined: number; arrivals: unknown[] }>
        }
        type Registry = { models: Record<string, { live: { run: string } | null; reports: object }> }
        type Predictions = { models: Record<string, { made: number; days: unknown[] }> }
        const [{ models: capitals }, { datasets }, { models }, { models: made }] = await Promise.all([
          view<Capitals>('capital', at),
          view<Datasets>('datasets', at),
          view<Registry>('registry', at),
          view<Predictions>('predictions', at),
        ])

        await window.open(addressOf(at, ''))
        const overview = await rowsIn(window, 'Data sets, with the latest arrival')
        expect(overview.map(([name, rows, apart, arrivals]) => [name, rows, apart, arrivals])).toEqual(
          Object.entries(datasets).map(([name, one]) => [
            name,
            count(one.rows),
            count(one.rowsQuarantined),
            count(one.arrivals.length),
          ]),
        )
        const live = await rowsIn(window, 'Models, with what each may use')
        expect(live.map(([model, run, , capital]) => [model, run, capital])).toEqual(
          Object.entries(models).map(([model, one]) => [
            model,
            one.live?.run ?? 'not in force',
            percent(capitals[model]?.fraction ?? null),
          ]),
        )
        await window.open(addressOf(at, 'predictions'))
        const predicted = await rowsIn(window, 'What each model predicted last')
        expect(predicted.map(([model, all, , , , days]) => [model, all, days])).toEqual(
          Object.entries(made).map(([model, one]) => [model, count(one.made), count(one.days.length)]),
        )
        if (capitals[MODEL] === undefined) continue
        await window.open(addressOf(at, 'capital'))
        const changes = await rowsIn(window, 'Every change')
        expect(changes.map(([, to, why, , , , position]) => [to, why, position])).toEqual(
          capitals[MODEL].history
            .toReversed()
            .map(({ fraction, why, position }) => [percent(fraction), why, count(position)]),
        )
      }
    }, 180_000)

    test('no serious fault of accessibility, in both themes', async () => {
      const found: object[] = []
      for (const scheme of SCHEMES)
        for (const at of [MOMENTS[3], 'now'])
          for (const page of pagesOf(at)) {
            const window = opened(scheme)
            await window.open(addressOf(at, page))
            await window.page.waitForTimeout(60)
            for (const fault of await accessFaults(window.page)) found.push({ scheme, at, page, ...fault })
          }
      expect(found).toEqual([])
    }, 180_000)

    test('the slider goes by keyboard, says where it is, and the address follows', async () => {
      const window = opened('light')
      const { page } = window
      await window.open('/#/capital')
      const slider = page.locator('input[type="range"]')
      expect(await slider.getAttribute('aria-valuetext')).toBe('now')
      await slider.focus()
      await page.keyboard.press('ArrowLeft')
      await page.waitForURL(/\?at=/)
      const first = new URL(page.url()).searchParams.get('at') ?? ''
      expect(await slider.getAttribute('aria-valuetext')).toBe(first.replace('T', ' ').replace(':00Z', 'Z'))
      await page.keyboard.press('PageDown')
      await page.waitForURL(({ searchParams }) => searchParams.get('at') !== first)
      expect(Date.parse(new URL(page.url()).searchParams.get('at') ?? '')).toBeLessThan(Date.parse(first))
      await page.locator('header strong').waitFor()
      await page.keyboard.press('End')
      await page.waitForURL(({ search }) => search === '')
      expect(window.complaints).toEqual([])
    })

    test('whoever looks at now is told of what came since, and the first page shows it by itself', async () => {
      const window = opened('dark')
      const { page } = window
      await window.open('/#/capital')
      const { position } = await platform.log.head()
      await tokenFor(platform, ['monitor'], 'tim')
      await page.locator('.news', { hasText: '1 newer event.' }).waitFor()
      await page.locator('.news button').click()
      await page.locator('header', { hasText: `up to event ${count(position + 1)}` }).waitFor()
      await window.open('/#/')
      await tokenFor(platform, ['monitor'], 'tom')
      await page.locator('header', { hasText: `up to event ${count(position + 2)}` }).waitFor()
      expect(window.complaints).toEqual([])
    })

    test('the report is read as a page, and printed without what is for the screen', async () => {
      const window = opened('light')
      await window.open(`/#/models/${MODEL}`)
      const address = await window.page
        .locator('details.report a', { hasText: 'read it' })
        .first()
        .getAttribute('href')
      const page = await window.page.context().newPage()
      await page.goto(`${server.url}${address}`)
      expect(await page.locator('h1').count()).toBe(1)
      expect(await page.locator('nav').isVisible()).toBe(true)
      await page.emulateMedia({ media: 'print' })
      expect(await page.locator('nav').isVisible()).toBe(false)
      expect((await page.pdf({ format: 'A4' })).subarray(0, 5).toString()).toBe('%PDF-')
      await page.close()
    })

    test('a link is opened by another, who comes in by his own token, at the moment that it names', async () => {
      const { authorization } = await tokenFor(platform, ['monitor'], 'mia')
      const context = await browser.newContext()
      const page = await context.newPage()
      await page.goto(`${server.url}${addressOf(MOMENTS[3], 'capital')}`)
      await page.locator('#token').fill(authorization.replace('Bearer ', ''))
      await page.keyboard.press('Enter')
      await page.locator('h1', { hasText: 'Capital' }).waitFor()
      expect(new URL(page.url()).searchParams.get('at')).toBe(MOMENTS[3])
      expect(await page.locator('header strong').textContent()).toContain('As known at')
      // A monitor reads, and signs nothing: the server says so.
      await context.close()
    })

    test('the audit log is scrolled to its first event, and holds no more rows than are seen', async () => {
      const window = opened('dark')
      const { page } = window
      await window.open('/#/audit')
      const pane = page.locator('.virtual')
      await pane.locator('tbody tr').first().waitFor()
      const { position } = await platform.log.head()
      expect(await pane.locator('tbody tr th').first().textContent()).toBe(count(position))
      await pane.evaluate((element) => element.scrollTo(0, element.scrollHeight))
      await pane.locator('tbody tr th', { hasText: /^1$/ }).waitFor()
      expect(await pane.locator('tbody tr').count()).toBeLessThan(90)
      expect(await pane.locator('tbody tr', { hasText: 'data.DatasetDeclared' }).isVisible()).toBe(true)
    })

    test('two members sign in the browser, the key goes nowhere, and the model is promoted', async () => {
      const window = opened('light')
      const { page } = window
      const sent: string[] = []
      page.on('request', (request) => sent.push(`${request.url()} ${request.postData() ?? ''}`))
      const wanted = 'small-h1-momentum'
      for (const member of ['bob', 'cat']) {
        const pem = keyOfName(member)
        const file = join(folder, `${member}.pem`)
        writeFileSync(file, pem)
        await window.open('/#/')
        await window.open(`/#/models/${MODEL}`)
        const report = page.locator('details.report', { has: page.locator('summary', { hasText: wanted }) })
        if ((await report.getAttribute('open')) === null) await report.locator('summary').click()
        const form = report.locator('form.sign')
        // An opened report draws what it holds in a task of its own.
        await form.waitFor()
        // Whoever made the run is not asked.
        expect(await form.locator('select[name="member"] option').allTextContents()).toEqual([
          'choose',
          'bob',
          'cat',
          'dan',
        ])
        await form.locator('select[name="member"]').selectOption(member)
        await form.locator('input[name="reason"]').fill('read it')
        await form.locator('button[type="submit"]').click()
        const words = form.locator('pre.words')
        await words.waitFor()
        expect(await words.textContent()).toContain(`member: ${member}`)
        expect(await words.textContent()).toContain('reason: read it')
        await form.locator('input[type="file"]').setInputFiles(file)
        await form.locator('button.act').click()
        await page
          .locator('tbody th', { hasText: new RegExp(`^${member}$`) })
          .nth(1)
          .waitFor()
        const secret = pem.split('\n')[1] ?? ''
        expect(secret.length).toBeGreaterThan(40)
        expect(sent.filter((one) => one.includes(secret) || one.includes('PRIVATE KEY'))).toEqual([])
      }
      const report = page.locator('details.report', { has: page.locator('summary', { hasText: wanted }) })
      if ((await report.getAttribute('open')) === null) await report.locator('summary').click()
      await report.locator('button.act', { hasText: 'Promote' }).click()
      await report.locator('summary .tag', { hasText: 'in force' }).waitFor()
      const { models } = await view<{
        models: Record<string, { live: { run: string; approvals: string[] } }>
      }>('registry', 'now')
      expect(models[MODEL].live).toMatchObject({ run: wanted, approvals: ['bob', 'cat'] })
      expect(window.complaints).toEqual([])
    }, 60_000)

    test('a wrong key is refused by the server, and nothing is recorded', async () => {
      const window = opened('light')
      const { page } = window
      const file = join(folder, 'eve.pem')
      writeFileSync(file, keyOfName('eve'))
      await window.open('/#/')
      await window.open(`/#/models/${MODEL}`)
      const before = await platform.log.head()
      const form = page.locator('form.sign').first()
      await form.locator('select[name="member"]').selectOption('dan')
      await form.locator('button[type="submit"]').click()
      await form.locator('input[type="file"]').setInputFiles(file)
      await form.locator('button.act').click()
      await form.locator('[role="alert"]:not(:empty)').waitFor()
      expect(await form.locator('[role="alert"]').textContent()).toMatch(/signature/i)
      expect(await platform.log.head()).toEqual(before)
      // The browser tells of the refusal, and of nothing else.
      expect(window.complaints.splice(0).filter((one) => !one.includes('status of 4'))).toEqual([])
    })
  },
)
