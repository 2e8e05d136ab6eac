/** A claim's life: its number is worked out and never told, its rules are data, and a stale one does not go out. */
import { beforeAll, describe, expect, test } from 'vitest'
import { claim } from '../../commands/claim/claim.ts'
import { afterFees, figureOf, isRounded, rounded } from '../../commands/claim/figure.ts'
import { factsOf, judged, RULES } from '../../commands/claim/rules.ts'
import { claims } from '../../projections/claim/claims.ts'
import { foldTo } from '../../projections/runner.ts'
import { NO_STORE } from '../../projections/store.ts'
import { isEvent } from '../../schemas/event.ts'
import { ClaimDisseminated, type ClaimSpec, type Figure } from '../../schemas/events/claim.ts'
import { OutcomesRestated } from '../../schemas/events/prediction.ts'
import {
  approveClaim,
  checkClaim,
  claimStatement,
  disseminateClaim,
  draftClaim,
  withdrawClaim,
} from '../../serving/claims/acts.ts'
import { claimStateOf, figureNow, trialsOf } from '../../serving/claims/record.ts'
import { claimDraft, claimWithdraw } from '../../serving/commands/claim.ts'
import type { CommandDefinition } from '../../serving/commands/definition.ts'
import { perform } from '../../serving/commands/perform.ts'
import { signedWith } from '../../serving/statements.ts'
import { annualise, sharpeOf } from '../../streams/statistics/sharpe.ts'
import { approve, CLAIM, claimOf, codeOf, LETTER, sentClaim, trueClaim } from '../support/claim-story.ts'
import { keyOfName } from '../support/keys.ts'
import { eventsOf, type MemoryPlatform } from '../support/memory-platform.ts'
import { act, HISTORY_DAYS, playDays, playedPlatform } from '../support/small-platform.ts'

describe('the number', () => {
  const days = [0.01, -0.02, 0.03, 0.005].map((net, i) => ({
    ...{ session: 100 + i, net, restated: i === 1, counts: i !== 3 },
  }))
  const source = { readAt: 9, run: 'r', artifact: 'a' }

  test('is of the sessions of the period that count, and says what it leaves out', () => {
    const spec = claimOf({ measure: 'live-return', unit: 'percent', from: 100, to: 102, fees: null })
    const figure = figureOf(spec, days, source)
    // 1.01 * 0.98 = 0.9898
    expect(figure.gross).toBeCloseTo(-1.02, 12)
    expect(figure).toMatchObject({ sessions: 2, restated: 1, leftOut: 0, wholeRecord: false, net: null })
    const whole = figureOf({ ...spec, to: 104 }, days, source)
    expect(whole).toMatchObject({ sessions: 3, leftOut: 1, wholeRecord: true, first: 100, last: 102 })
    expect(whole.gross).toBeCloseTo((1.01 * 0.98 * 1.03 - 1) * 100, 12)
  })

  test('is, as a Sharpe ratio, the one that the rest of the platform works out', () => {
    const figure = figureOf(claimOf({ fees: null }), days, source)
    const net = Float64Array.from(days.slice(0, 3), (day) => day.net)
    expect(figure.gross).toBe(annualise(sharpeOf(net), figure.perYear ?? 0))
  })

  test('after fees: worked by hand', () => {
    const fees = { name: 'x', basis: 'model', managementBps: 252, performance: 0.2 } as const
    const [first, second, third] = afterFees(Float64Array.of(0.0101, -0.0499, 0.0201), fees, 252)
    // A basis point a session; 20 % of the rise of 1 %; then a fall, and a rise that stays below the high-water mark.
    expect(first).toBeCloseTo(0.008, 12)
    expect(second).toBeCloseTo(-0.05, 12)
    expect(third).toBeCloseTo(0.02, 12)
  })

  test.each([
    [0.44, 0.4403, 2, true],
    [0.45, 0.4403, 2, false],
    [0.4403, 0.4403, 2, false],
    [-1, -1.4, 0, true],
    [-2, -1.4, 0, false],
    [0.1, 0.15, 1, true],
  ])('%s states %s to %s decimals: %s', (stated, exact, decimals, holds) => {
    expect(isRounded(stated, exact, decimals)).toBe(holds)
  })
})

describe('the rules', () => {
  const figure = { wholeRecord: true, gross: 0.44, net: 0.39 } as Figure
  const fine = claimOf({ gross: 0.44, net: 0.39 })
  const broken = (spec: Partial<ClaimSpec>, of: Figure = figure): string[] =>
    judged('check', factsOf({ ...fine, ...spec }, of))
      .filter(({ passed }) => !passed)
      .map(({ rule }) => rule)

  test('a claim that keeps them all breaks none', () => expect(broken({})).toEqual([]))

  test.each<[string, Partial<ClaimSpec>, readonly string[], Figure?]>([
    ['another number', { gross: 0.5 }, ['substantiation']],
    ['gross alone', { net: null }, ['net-beside-gross']],
    ['net without fees', { fees: null }, ['fee-schedule']],
    [
      'a return of a public fund over one period',
      { privateFund: false, measure: 'live-return' },
      ['prescribed-periods'],
    ],
    ['a part of the record', {}, ['fair-period'], { ...figure, wholeRecord: false }],
    ['a backtest that is called live', { measure: 'held-out-sharpe' }, ['hypothetical-is-called-so']],
    [
      'a backtest without what comes with it',
      { measure: 'held-out-sharpe', regime: 'hypothetical', limitations: '' },
      ['hypothetical-criteria', 'hypothetical-limitations', 'hypothetical-policy'],
    ],
    ['an extract', { regime: 'extracted' }, ['extracted-offers-total']],
    ['a predecessor', { regime: 'predecessor' }, ['related-or-predecessor-by-hand']],
  ])('%s', (_, spec, rules, of) => {
    expect(broken(spec, of)).toEqual(rules)
  })

  test('each names its version and its source, and applies somewhere', () => {
    for (const rule of RULES) {
      expect(rule.version).toBeGreaterThan(0)
      expect(rule.source).toMatch(/^17 CFR 275\.20[46]/)
      expect(rule.must.length).toBeGreaterThan(0)
    }
    expect(new Set(RULES.map(({ rule }) => rule)).size).toBe(RULES.length)
  })

  test('on where it goes', () => {
    const hypothetical = { ...fine, regime: 'hypothetical' } as const
    const to = (audience: Partial<typeof LETTER.audience> | object, spec: ClaimSpec = hypothetical) =>
      judged('disseminate', factsOf(spec, figure, { ...LETTER.audience, ...audience }))
        .filter(({ passed }) => !passed)
        .map(({ rule }) => rule)
    expect(to({})).toEqual([])
    expect(to({ class: 'public' })).toEqual(['hypothetical-not-to-the-public'])
    expect(to({ class: 'retail', list: '' })).toEqual(['hypothetical-not-to-the-public', 'distribution-list'])
    expect(to({ class: 'public' }, fine)).toEqual([])
  })
})

describe.sequential('its life', () => {
  let platform: MemoryPlatform
  let spec: ClaimSpec
  beforeAll(async () => {
    platform = await playedPlatform(30)
    spec = await trueClaim(platform)
  }, 60_000)

  const draft = (changed: Partial<ClaimSpec>, id: string) =>
    codeOf(draftClaim(platform, { ...spec, ...changed }, act(id, 'bob')))

  test('a number that differs beyond its rounding is not recorded', async () => {
    const before = (await platform.log.head()).position
    expect(await draft({ gross: (spec.gross ?? 0) + 0.01 }, 'd1')).toBe('claim.number-differs')
    expect(await draft({ net: rounded((spec.net ?? 0) - 0.01, 2) }, 'd2')).toBe('claim.number-differs')
    expect(await draft({ gross: null, net: null }, 'd3')).toBe('claim.number-missing')
    expect(await draft({ fees: null }, 'd4')).toBe('claim.number-missing')
    expect(await draft({ unit: 'percent' }, 'd5')).toBe('claim.unit')
    expect(await draft({ from: 5, to: 5 }, 'd6')).toBe('claim.period')
    expect(await draft({ from: 1, to: 2 }, 'd7')).toBe('claim.no-figure')
    expect(await draft({ model: 'another' }, 'd8')).toBe('claim.no-model')
    expect((await platform.log.head()).position).toBe(before)
  })

  test('goes nowhere before it was checked and approved by somebody else', async () => {
    const send = (id: string) => codeOf(disseminateClaim(platform, LETTER, act(id, 'bob')))
    expect(await send('s0')).toBe('claim.unknown')
    expect(await draft({}, 'draft')).toBe('done')
    expect(await draft({}, 'again')).toBe('done')
    expect(await send('s1')).toBe('claim.not-checked')
    expect(await codeOf(approve(platform))).toBe('claim.not-checked')
    await checkClaim(platform, CLAIM, act('check', 'bob'))
    expect(await send('s2')).toBe('claim.not-approved')
    expect(await codeOf(approve(platform, 'bob'))).toBe('claim.by-drafter')
    expect(await codeOf(approve(platform, 'zoe'))).toBe('approval.not-a-member')
    const statement = await claimStatement(platform, { claim: CLAIM, member: 'cat', reason: 'Read.' })
    const forged = { ...signedWith(statement, keyOfName('dan')) }
    expect(await codeOf(approveClaim(platform, forged, act('f1', 'cat')))).toBe('approval.bad-signature')
    const other = { ...signedWith(statement, keyOfName('cat')), reason: 'Not read.' }
    expect(await codeOf(approveClaim(platform, other, act('f2', 'cat')))).toBe('approval.bad-signature')
    await approve(platform)
    expect(await send('s3')).toBe('done')
    expect(await draft({ text: 'Another text.' }, 'late')).toBe('claim.approved-already')
    const sent = (await eventsOf(platform.log)).filter((event) => isEvent(ClaimDisseminated, event))
    expect(sent).toHaveLength(1)
    const copy = await platform.chunks.get(sent[0]?.chunks[0]?.hash ?? '')
    expect(Buffer.from(copy).toString()).toBe('Our live Sharpe ratio.')
  })

  test('the view says how it stands, and what the log has of its draft', async () => {
    const { state } = await foldTo(platform.log, NO_STORE, claims, {})
    expect(state.claims[CLAIM]).toMatchObject({ status: 'disseminated', gross: spec.gross, trials: 4 })
    expect(state.claims[CLAIM].positions).toHaveLength(4)
  })

  test('an id that was spent on something else is refused, and not answered as if it were done', async () => {
    const given = <I, A, Q>(command: CommandDefinition<I, A, Q>, input: unknown) =>
      perform(platform, command, { input, asked: { actor: 'bob', roles: [], id: 'x' } })
    const second = { ...spec, claim: 'second' }
    const left = { claim: 'second', reason: 'no more' }
    for (const changed of [true, false])
      expect((await given(claimDraft, { spec: second })).changed).toBe(changed)
    expect(await codeOf(given(claimDraft, { spec: { ...second, text: 'Another.' } }))).toBe(
      'command.id-reused',
    )
    for (const changed of [true, false]) expect((await given(claimWithdraw, left)).changed).toBe(changed)
    expect(await codeOf(given(claimWithdraw, { ...left, reason: 'wrong' }))).toBe('command.id-reused')
  })

  test('once new sessions fall into its period, it does not go out again, until it is withdrawn for good', async () => {
    await playDays(platform, HISTORY_DAYS + 30, HISTORY_DAYS + 31)
    const again = { ...LETTER, channel: 'another letter' }
    expect(await codeOf(disseminateClaim(platform, again, act('s4', 'bob')))).toBe('claim.stale')
    await withdrawClaim(platform, { claim: CLAIM, reason: 'It went on.' }, act('w', 'bob'))
    expect(await codeOf(checkClaim(platform, CLAIM, act('c9', 'bob')))).toBe('claim.withdrawn')
    expect(await draft({}, 'd9')).toBe('claim.withdrawn')
  })

  test('a later restatement makes it stale', async () => {
    const { last, first } = await figureNow(platform, spec)
    const closed = { claim: 'closed', from: first, to: last + 1 }
    await sentClaim(platform, closed)
    const before = await figureNow(platform, { ...spec, ...closed })
    const stream = 'prediction-small'
    const data = { model: 'small', session: last, sessions: [{ session: last, was: 0, net: -0.05 }] }
    const times = { eventTime: platform.moment.nowMicros(), knownAt: platform.moment.nowMicros() }
    const head = (await platform.log.head()).position
    // As the processor would say it; the small market has no price that comes late.
    await platform.log.append({
      ...{ stream, expected: await platform.log.revisionOf(stream), commandId: `outcome/${head}/0` },
      ...{ actor: 'outcome', correlationId: 'late', causationId: null },
      events: [OutcomesRestated.draft(data, times)],
    })
    const trusting = { ...platform, confirmed: async () => head + 1 }
    const after = await figureNow(trusting, { ...spec, ...closed })
    expect(after.restated).toBe(before.restated + 1)
    expect(after.gross).not.toBe(before.gross)
    const state = await claimStateOf(platform.log, 'closed')
    const trials = trialsOf(platform, after)
    const { claim: _, copy: __, ...letter } = LETTER
    const said = { ...letter, claim: 'closed', channel: 'a second letter' }
    const copy = { hash: 'ab', format: 'file', rows: 0, bytes: 1, eventTimeFrom: 0, eventTimeTo: 0 } as const
    const now = { now: platform.moment.nowMicros(), actor: 'bob' }
    const sent = (figure: Figure) =>
      claim.decide({ kind: 'disseminate', said, copy, figure, trials }, state, now)
    expect(sent(before).ok).toBe(true)
    expect(sent(after)).toMatchObject({ ok: false, error: { code: 'claim.stale' } })
    // What the writer has not confirmed counts for nothing.
    expect((await figureNow(platform, { ...spec, ...closed })).gross).toBe(before.gross)
  })
})
