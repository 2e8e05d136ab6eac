/** Claims that are out: proven again day by day, alarmed where they break, refused where the proof is old, and kept for years. */
import { beforeAll, describe, expect, test } from 'vitest'
import { keptUntil } from '../../commands/claim/retention.ts'
import { claims } from '../../projections/claim/claims.ts'
import { foldTo } from '../../projections/runner.ts'
import { NO_STORE } from '../../projections/store.ts'
import { isEvent } from '../../schemas/event.ts'
import { ClaimRederived } from '../../schemas/events/claim.ts'
import { RowsArrived } from '../../schemas/events/data.ts'
import { AlarmRaised, AlarmResolved } from '../../schemas/events/monitor.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { MICROS_PER_DAY, parseMoment } from '../../schemas/kernel/time.ts'
import { declareRule } from '../../serving/alerts.ts'
import { disseminateClaim, holdClaim, withdrawClaim } from '../../serving/claims/acts.ts'
import { rederiveClaim, rederiveDue } from '../../serving/claims/nightly.ts'
import { figureNow } from '../../serving/claims/record.ts'
import { retentionOf } from '../../serving/claims/retention.ts'
import { RULE } from '../support/alarm-feed.ts'
import { CLAIM, claimOf, codeOf, LETTER, sentClaim } from '../support/claim-story.ts'
import { eventsOf, type MemoryPlatform } from '../support/memory-platform.ts'
import { act, HISTORY_DAYS, playDays, playedPlatform } from '../support/small-platform.ts'

// 17 CFR 275.204-2(e)(3)(i): five years from the end of the fiscal year in which it was last disseminated.
test.each([
  ['in the middle of a calendar year', '2026-05-04T12:00:00Z', '12-31', '2031-12-31'],
  ['on the last day of it, in New York', '2026-12-31T17:00:00-05:00', '12-31', '2032-12-31'],
  [
    'on the last day of it, in UTC: it is the next year in Auckland',
    '2026-12-31T12:00:00Z',
    '12-31',
    '2032-12-31',
  ],
  ['before a fiscal year ends', '2026-09-29T00:00:00Z', '09-30', '2031-09-30'],
  ['after it has ended', '2026-10-02T00:00:00Z', '09-30', '2032-09-30'],
  ['on the last of February of a leap year', '2028-02-28T12:00:00Z', '02-28', '2033-02-28'],
  ['five years before one', '2027-02-27T00:00:00Z', '02-28', '2032-02-29'],
])('kept: %s', (_, out, ends, until) => {
  expect(keptUntil(parseMoment(out), ends)).toBe(until)
})

describe.sequential('a claim that went out', () => {
  let platform: MemoryPlatform
  let day = HISTORY_DAYS + 12
  const next = async () => {
    await playDays(platform, day, ++day)
  }
  const of = async () => (await foldTo(platform.log, NO_STORE, claims, {})).state.claims[CLAIM]
  const all = async <T>(pick: (event: Awaited<ReturnType<typeof eventsOf>>[number]) => readonly T[]) =>
    (await eventsOf(platform.log)).flatMap(pick)
  const proofs = () => all((event) => (isEvent(ClaimRederived, event) ? [event] : []))
  const raised = () => all((event) => (isEvent(AlarmRaised, event) ? [event.data] : []))
  const ended = () => all((event) => (isEvent(AlarmResolved, event) ? [event.data] : []))
  const now = () => platform.moment.nowMicros()
  /** The copy of the advertisement cannot be read. */
  const robbed = (): MemoryPlatform => ({
    ...platform,
    chunks: {
      ...platform.chunks,
      get: async (hash) => {
        throw refuse('chunk.missing', { hash })
      },
    },
  })
  const send = (channel: string) =>
    codeOf(disseminateClaim(platform, { ...LETTER, channel }, act(`send-${channel}`, 'bob')))

  beforeAll(async () => {
    platform = await playedPlatform(12)
    await declareRule(platform, { ...RULE, rule: 'claims', checks: ['claim'] }, act('rule', 'ops'))
    const { first, last } = await figureNow(platform, claimOf())
    await sentClaim(platform, { from: first, to: last + 1 })
  }, 120_000)

  test('is worked out once a day of the platform, and proven to the bit', async () => {
    expect(await proofs()).toHaveLength(0)
    const { figure } = await of()
    await next()
    await next()
    const found = await proofs()
    const days = new Set(found.map(({ eventTime }) => Math.floor(eventTime / MICROS_PER_DAY)))
    expect(found.length).toBeGreaterThan(1)
    expect(days.size).toBe(found.length)
    for (const { data } of found)
      expect(data).toMatchObject({ problems: [], figure: { gross: figure.gross } })
    expect((await of()).proven?.at).toBe(now())
    expect(await rederiveDue(platform, { actor: 'asof' })).toBe(0)
    expect(await raised()).toEqual([])
  })

  test('raises one alarm when it breaks, goes nowhere meanwhile, and ends it when it follows again', async () => {
    for (const id of ['lost', 'still lost']) await rederiveClaim(robbed(), CLAIM, act(id, 'asof'))
    const [{ thing, check, findings }, ...others] = await raised()
    expect([thing, check, others]).toEqual([CLAIM, 'claim', []])
    expect(findings[0]?.what).toMatch(/chunk/i)
    expect((await of()).rederived?.problems).toHaveLength(1)
    expect(await send('a lost copy')).toBe('claim.unproven')
    expect(await ended()).toEqual([])
    await rederiveClaim(platform, CLAIM, act('found', 'asof'))
    expect(await ended()).toMatchObject([{ thing: CLAIM, why: 'usual again' }])
    expect(await send('a found copy')).toBe('done')
  })

  test('goes nowhere on a proof of two days ago, until it is proven again', async () => {
    platform.moment.advanceTo(now() + 2 * MICROS_PER_DAY + 1)
    expect(await send('a late letter')).toBe('claim.proof-too-old')
    await rederiveClaim(platform, CLAIM, act('again', 'bob'))
    expect(await send('a late letter')).toBe('done')
  })

  test('is kept with all that it rests on, and without a day while it is out or held', async () => {
    const asked = { claim: CLAIM, fiscalYearEnd: '12-31', now: now() }
    const held = (kind: 'hold' | 'release', reason: string) =>
      codeOf(
        holdClaim(platform, { kind, claim: CLAIM, hold: 'exam', reason }, act(`${kind} ${reason}`, 'cat')),
      )
    expect(await held('release', 'too early')).toBe('claim.no-hold')
    expect(await held('hold', 'An examination.')).toBe('done')
    expect(await held('hold', 'Another one.')).toBe('claim.held-already')
    const archive = { ...platform, states: NO_STORE }
    const before = await retentionOf(archive, asked)
    expect(before.claims).toMatchObject([{ claim: CLAIM, isOut: true, holds: [{ hold: 'exam', by: 'cat' }] }])
    expect(before.chunks.every(({ open }) => open.includes(CLAIM))).toBe(true)
    await withdrawClaim(platform, { claim: CLAIM, reason: 'Done.' }, act('w', 'bob'))
    expect(await held('release', 'It was closed.')).toBe('done')
    const {
      claims: [after],
      chunks,
    } = await retentionOf(archive, { ...asked, now: now() + 9e15 })
    expect(after).toMatchObject({ isOut: false, holds: [], until: keptUntil(now(), '12-31') })
    // Every file that its prices, its features and its model came from, and the copies.
    const arrived = await all((event) => (isEvent(RowsArrived, event) ? event.chunks : []))
    const kept = new Set(chunks.map(({ hash }) => hash))
    const sent = (await of()).disseminated.map(({ advertisement }) => advertisement)
    for (const hash of [...arrived.map((one) => one.hash).slice(0, -3), ...sent]) expect(kept).toContain(hash)
    expect(await codeOf(retentionOf(archive, { ...asked, claim: 'another' }))).toBe('claim.unknown')
  })

  test('is not worked out again once it is withdrawn', async () => {
    const before = (await proofs()).length
    await next()
    expect(await proofs()).toHaveLength(before)
    expect(await codeOf(rederiveClaim(platform, CLAIM, act('late', 'bob')))).toBe('claim.withdrawn')
  })
})
