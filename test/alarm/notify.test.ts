/** Alarms that leave Asof: nothing is left out, whoever is away is asked again, and a storm is few messages. */
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import type { Alarm, AlarmsState } from '../../projections/alarm/alarms.ts'
import { MICROS_PER_SECOND, parseMoment } from '../../schemas/kernel/time.ts'
import { alertsOf, type PostableAlert } from '../../serving/notify/alertmanager.ts'
import { type NotifyConfig, notifyConfig } from '../../serving/notify/config.ts'
import { messageOf } from '../../serving/notify/email.ts'
import { calling, newsOf } from '../../serving/notify/news.ts'
import { type OpenNotify, openNotify } from '../../serving/notify/open.ts'
import { poster } from '../../serving/notify/webhook.ts'
import { refusalIn } from '../support/refusals.ts'
import { smtpServer } from '../support/smtp-server.ts'

const NOW = parseMoment('2026-03-02T12:00Z')
const HOUR = 3600 * MICROS_PER_SECOND

const alarmAt = (position: number, of: Partial<Alarm> = {}): Alarm => ({
  ...{
    rule: 'feeds',
    check: 'range',
    thing: `d${position}`,
    cause: position,
    ruleVersion: 2,
    severity: 'critical',
  },
  ...{ owner: 'data desk', remedy: 'Call the vendor.', found: 1, level: 1e-3, restsOn: [] },
  findings: [{ what: 'close zero', observed: 1, usual: 0, low: null, high: 0.2, chance: 1e-9 }],
  ...{ position, raisedAt: NOW - HOUR, resolved: null, acknowledged: null, snoozed: null },
  ...of,
})
const stateOf = (...alarms: readonly Alarm[]): AlarmsState => ({
  ...{ rules: {}, snoozes: {} },
  alarms: Object.fromEntries(alarms.map((alarm) => [alarm.position, alarm])),
})
const snoozed = { by: 'ops', until: NOW + HOUR, reason: 'later' }
const resolved = (position: number) => ({ why: 'usual again', at: NOW, position })
const OPTIONS = { now: NOW, everySeconds: 30, console: 'http://asof/', log: 'log-1' }

describe('what is news', () => {
  const positions = (alarms: readonly Alarm[]) => alarms.map(({ position }) => position)
  const at = (upTo: number, now = NOW) => ({ upTo, now })

  test('is what was raised and what is over since; to somebody who is new, what is open', () => {
    const state = stateOf(alarmAt(5), alarmAt(9), alarmAt(7, { resolved: resolved(12) }))
    expect(positions(newsOf(state, null, at(20)).raised)).toEqual([5, 9])
    const later = newsOf(state, { position: 8, waiting: [] }, at(20))
    expect([positions(later.raised), positions(later.over)]).toEqual([[9], [7]])
    expect(newsOf(state, later.told, at(20))).toMatchObject({ raised: [], over: [] })
    // What is not confirmed yet is not told yet.
    expect(positions(newsOf(state, { position: 8, waiting: [] }, at(8)).raised)).toEqual([])
  })

  test('is told of a snoozed alarm once the snooze is over, and never where it was over before', () => {
    const state = stateOf(alarmAt(5, { snoozed }), alarmAt(6, { snoozed }))
    const first = newsOf(state, null, at(10))
    expect([first.raised, first.told.waiting]).toEqual([[], [5, 6]])
    expect(calling(state, NOW)).toEqual([])
    const after = stateOf(alarmAt(5, { snoozed }), alarmAt(6, { snoozed, resolved: resolved(11) }))
    const then = newsOf(after, first.told, at(12, NOW + 2 * HOUR))
    expect([positions(then.raised), then.over, then.told.waiting]).toEqual([[5], [], []])
  })
})

test('an alert is what Alertmanager takes, and what is over and raised again is not ended', () => {
  const again = alarmAt(9, { thing: 'd5' })
  const [fires, ...others] = alertsOf([again], [alarmAt(5, { resolved: resolved(8) })], OPTIONS)
  expect(others).toEqual([])
  expect(fires).toEqual({
    labels: {
      ...{ alertname: 'feeds', check: 'range', thing: 'd5', severity: 'critical', owner: 'data desk' },
      asof_log: 'log-1',
    },
    annotations: {
      summary: 'range of d5 is not usual',
      description: 'close zero: 1 (usual 0, limit 0.2, chance 1.0e-9)',
      ...{ remedy: 'Call the vendor.', rule: 'feeds@2', position: '9' },
    },
    // Over by itself when it is not told again for two minutes.
    ...{ startsAt: '2026-03-02T11:00:00.000Z', endsAt: '2026-03-02T12:02:00.000Z' },
    generatorURL: 'http://asof/#/alarms/9',
  })
  const [over] = alertsOf([], [alarmAt(5, { resolved: resolved(8), raisedAt: NOW + HOUR })], OPTIONS)
  // A clock that was set back: nothing begins in the future, or ends before it began.
  expect([over.startsAt, over.endsAt]).toEqual(['2026-03-02T12:00:00.000Z', '2026-03-02T12:00:00.000Z'])
})

test('a message tells the first fifty and counts the rest; the same news are the same message', () => {
  const many = Array.from({ length: 10_000 }, (_, at) => alarmAt(at + 1))
  const news = newsOf(stateOf(...many), null, { upTo: 10_000, now: NOW })
  const message = messageOf(news, OPTIONS)
  expect(message?.subject).toBe('[asof] critical: range of d1, and 9999 more')
  expect(message?.text).toContain('and 9950 more: asof alarms --all lists them')
  expect(message?.text.length).toBeLessThan(20_000)
  expect(messageOf(news, OPTIONS)).toEqual(message)
  expect(messageOf({ ...news, raised: [] }, OPTIONS)).toBeNull()
})

test('a configuration says where a secret is, and none is in it', () => {
  const email = { host: 'smtp', from: 'asof@x.org', to: ['a@x.org'] }
  const problem = (config: unknown) => notifyConfig.safeParse(config).error?.issues[0].message
  expect(problem({ email: { ...email, user: 'u', passwordVariable: 'SMTP_PASSWORD' } })).toBeUndefined()
  expect(problem({ email: { ...email, user: 'u' } })).toMatch('needs a passwordFile')
  expect(problem({ email: { ...email, user: 'u', passwordFile: 'f', tls: 'none' } })).toMatch(
    'over TLS alone',
  )
  expect(problem({ email: { ...email, password: 'p' } })).toMatch('password')
  expect(problem({ webhook: { url: 'http://u:p@h/api/v2/alerts' } })).toMatch('no password into the address')
  expect(problem({ webhook: { url: 'file:///etc/passwd' } })).toBeDefined()
  expect(problem({})).toMatch('name a webhook')
})

describe('over the network', () => {
  const root = mkdtempSync(join(tmpdir(), 'asof-notify-'))
  afterAll(() => rmSync(root, { recursive: true, force: true }))
  let open: OpenNotify | null = null
  afterEach(async () => open?.close())

  let state = stateOf()
  let confirmed = 100
  const begin = (config: Partial<NotifyConfig>, environment = {}) => {
    const platform = {
      ...{ folder: { root }, log: { seal: { identity: 'log-1' } }, confirmed: async () => confirmed },
      ...{ folds: { alarms: { state: () => state } }, moment: { nowMicros: () => NOW } },
    }
    open = openNotify(platform, notifyConfig.parse(config), environment)
    return open
  }

  async function receiver(answer: () => number | null) {
    const posts: { alerts: PostableAlert[]; token: string | undefined }[] = []
    const server = createServer(async (request, response) => {
      const body = await request.toArray()
      posts.push({
        alerts: JSON.parse(Buffer.concat(body).toString('utf8')),
        token: request.headers.authorization,
      })
      const status = answer()
      if (status !== null) response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end('no')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v2/alerts`
    const close = () => {
      server.closeAllConnections()
      server.close()
    }
    return { url, posts, close }
  }
  const toldIn = (name: string) => JSON.parse(readFileSync(join(root, 'notify', name), 'utf8'))

  test('a webhook that fails is asked again, and what is over in between arrives; ten thousand alarms are fifty posts', async () => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    state = stateOf(alarmAt(5))
    let asked = 0
    const there = await receiver(() => (++asked === 1 ? 500 : 200))
    const webhook = { url: there.url, everySeconds: 1, tokenVariable: 'HOOK_TOKEN' }
    expect(await refusalIn((async () => begin({ webhook }))())).toBe('notify.no-secret')
    const { status, close } = begin({ webhook }, { HOOK_TOKEN: 'secret' })
    await vi.waitUntil(() => status()[0].failures === 1, { timeout: 10_000 })
    expect(status()[0].reason).toBe('it answered 500')
    await vi.waitUntil(() => status()[0].position === 100, { timeout: 10_000 })
    await close()
    expect(there.posts.slice(0, 2).map(({ alerts, token }) => [alerts[0].labels.thing, token])).toEqual([
      ['d5', 'Bearer secret'],
      ['d5', 'Bearer secret'],
    ])
    expect(toldIn('webhook.json')).toEqual({ log: 'log-1', position: 100, waiting: [] })

    // It goes on where it was: what is over since is told, once.
    state = stateOf(
      alarmAt(5, { resolved: resolved(120) }),
      ...Array.from({ length: 9_999 }, (_, at) => alarmAt(at + 200)),
    )
    confirmed = 20_000
    there.posts.length = 0
    // A second round would tell again what fires.
    const again = begin({ webhook: { ...webhook, everySeconds: 3_600 } }, { HOOK_TOKEN: 'secret' })
    await vi.waitUntil(() => again.status()[0].position === 20_000, { timeout: 20_000 })
    await again.close()
    const alerts = there.posts.flatMap((post) => post.alerts)
    expect([there.posts.length, alerts.length]).toEqual([50, 10_000])
    expect(
      alerts.filter(({ endsAt }) => endsAt <= '2026-03-02T12:00:00.000Z').map(({ labels }) => labels.thing),
    ).toEqual(['d5'])
    there.close()
  })

  test('a webhook that hangs, leads elsewhere, or answers for ever is a failure', async () => {
    const hangs = await receiver(() => null)
    await expect(poster(hangs.url, null, 50)([])).rejects.toThrow('it did not answer within 0.05 s')
    hangs.close()
    const leads = await receiver(() => 307)
    await expect(poster(leads.url, 'secret')([])).rejects.toThrow()
    expect(leads.posts).toHaveLength(1)
    leads.close()
    await expect(poster(leads.url, 'secret')([])).rejects.toThrow('ECONNREFUSED')
  })

  test('e-mail that is refused is sent again; a place of another log, or none that can be read, begins anew', async () => {
    state = stateOf(alarmAt(5), alarmAt(6, { snoozed }))
    confirmed = 100
    let asked = 0
    const server = await smtpServer(() => (++asked === 1 ? '451 later' : '250 taken'))
    const email = {
      host: '127.0.0.1',
      port: server.port,
      tls: 'none' as const,
      from: 'asof@x.org',
      to: ['ops@x.org'],
      everySeconds: 1,
    }
    const { status, close } = begin({ email })
    await vi.waitUntil(() => status()[0].position === 100, { timeout: 15_000 })
    await close()
    expect(asked).toBe(2)
    expect(server.taken).toHaveLength(1)
    const [{ data, to }] = server.taken
    expect(to).toEqual(['RCPT TO:<ops@x.org>'])
    expect(data).toMatch(/^Subject: \[asof\] critical: range of d5$/m)
    expect(data).toContain('data desk: Call the vendor.')
    expect(toldIn('email.json')).toEqual({ log: 'log-1', position: 100, waiting: [6] })
    for (const text of ['{"log":"other","position":100,"waiting":[]}', 'no JSON']) {
      writeFileSync(join(root, 'notify', 'email.json'), text)
      const sent = server.taken.length
      const again = begin({ email })
      await vi.waitUntil(() => again.status()[0].position === 100, { timeout: 15_000 })
      await again.close()
      expect(server.taken).toHaveLength(sent + 1)
    }
    server.close()
  })
})
