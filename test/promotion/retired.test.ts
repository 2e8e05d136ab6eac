/** A retirement: what is over is out of force by one signature, its book is sold and accounted, and nothing of it is forgotten. */
import { beforeAll, describe, expect, test } from 'vitest'
import { evidenceFor, retiredBy } from '../../projections/model/registry.ts'
import { Retired } from '../../schemas/events/model.ts'
import { OutcomeObserved } from '../../schemas/events/prediction.ts'
import { memoryFrom } from '../../schemas/kernel/memory.ts'
import { signStatement } from '../../schemas/kernel/signature.ts'
import { RETIREMENT_TYPE, type Retirement, retirementBody } from '../../schemas/retirement.ts'
import { promote, requestValidation, sign, startRun } from '../../serving/actions.ts'
import { modelRetire } from '../../serving/commands/model.ts'
import { servedModels } from '../../serving/inference/models.ts'
import { standings } from '../../serving/relay/standings.ts'
import { replay } from '../../serving/replaying/replay.ts'
import { retireFamily, retireModel, retireSigned, retireTrainer } from '../../serving/retire.ts'
import { retirementStatement } from '../../serving/statements.ts'
import { wireLane } from '../../serving/wire.ts'
import { Translator } from '../../streams/relay/messages.ts'
import type { Message } from '../../streams/relay/ports.ts'
import { begun, specOf } from '../support/admitted-trainer.ts'
import { inject } from '../support/by-hand.ts'
import { keyOfName } from '../support/keys.ts'
import { eventsOf, type MemoryPlatform } from '../support/memory-platform.ts'
import { savedBy } from '../support/memory-snapshots.ts'
import { reactionsOf } from '../support/reactions.ts'
import { refusalIn } from '../support/refusals.ts'
import {
  AUTHOR,
  act,
  HISTORY_DAYS,
  judgedPlatform,
  MODEL,
  playDays,
  promoteRun,
  reportOn,
  runOf,
} from '../support/small-platform.ts'

const [FIRST, SECOND] = ['small-h3-momentum', 'small-h1-momentum']
const SAID = { model: MODEL, reason: 'its vendor stopped' } as const
const viewOf = (platform: MemoryPlatform) => platform.folds.registry.state().models[MODEL]
const capitalOf = (platform: MemoryPlatform) => platform.folds.capital.state().models[MODEL]
const retired = async (platform: MemoryPlatform, member: string, key = member) =>
  retireModel(platform, { ...SAID, member, privateKey: keyOfName(key) }, act(`out-${member}`, member))
const outcomesIn = async (platform: MemoryPlatform, after: number) =>
  (await eventsOf(platform.log, after)).flatMap((event) => (OutcomeObserved.is(event) ? [event.data] : []))

let platform: MemoryPlatform
let position = 0

beforeAll(async () => {
  platform = await judgedPlatform()
  expect(await refusalIn(retired(platform, 'bob'))).toBe('model.nothing-to-retire')
  await promoteRun(platform, FIRST)
  await playDays(platform, HISTORY_DAYS, HISTORY_DAYS + 3)
})

test('is not made by a stranger, with another key, for another promotion, log or policy, too late, nor by hand', async () => {
  expect(await refusalIn(retired(platform, 'eve'))).toBe('approval.not-a-member')
  expect(await refusalIn(retired(platform, 'bob', 'cat'))).toBe('approval.bad-signature')
  const { said } = retirementStatement(platform, { ...SAID, member: 'bob' })
  const log = platform.folds.registry.state().log ?? ''
  const signed = (of: Partial<Retirement>, forLog = log): Retirement => {
    const stated = { ...said, ...of }
    const body = retirementBody({ ...stated, log: forLog })
    return { ...stated, signature: signStatement(RETIREMENT_TYPE, body, keyOfName('bob')) }
  }
  const tried = (retirement: Retirement) =>
    refusalIn(retireSigned(platform, retirement, act(`x-${retirement.signature.slice(0, 9)}`, 'bob')))
  for (const [of, why] of [
    [{ inForce: said.inForce - 1 }, 'model.retirement-elsewhere'],
    [{ artifact: 'f'.repeat(64) }, 'model.retirement-elsewhere'],
    [{ policyVersion: 7 }, 'model.retirement-policy'],
    [{ expires: 1 }, 'approval.expired'],
    [{ expires: said.expires + 1 }, 'approval.too-long'],
  ] as const)
    expect(await tried(signed(of))).toBe(why)
  expect(await tried(signed({}, 'f'.repeat(64)))).toBe('approval.bad-signature')
  const other = await judgedPlatform()
  await promoteRun(other, FIRST)
  const now = other.moment.nowMicros()
  const forged = { ...signed({}, 'f'.repeat(64)), inForce: viewOf(other)?.live?.position ?? 0 }
  await inject(other, `model-${MODEL}`, [Retired.draft(forged, { eventTime: now, knownAt: now })])
  expect(viewOf(other)?.live?.run).toBe(FIRST)
  expect(viewOf(other)?.unsound).toHaveLength(1)
  expect(capitalOf(other)?.fraction).toBe(1)
  expect(viewOf(platform)?.live?.run).toBe(FIRST)
})

describe('by one member, its author too', () => {
  let said: readonly Message[] = []

  beforeAll(async () => {
    position = (await retired(platform, 'bob')).position
    const translator = new Translator('a'.repeat(64), standings())
    const all: Message[] = []
    for (const event of await eventsOf(platform.log)) all.push(...(await translator.say(event, () => 1)))
    said = all
  })

  test('nothing is in force, with a reason, and asked again it is done once', async () => {
    expect(viewOf(platform)).toMatchObject({ live: null, formers: [] })
    expect(retiredBy(viewOf(platform) ?? { live: null, retirements: [] })).toMatchObject({
      ...{ position, run: FIRST, member: 'bob', reason: SAID.reason },
    })
    expect(platform.models.inForce(MODEL)).toBeUndefined()
    const again = await modelRetire.prepare?.of(platform, { ...SAID, member: 'cat' })
    expect(again).toEqual({ statement: null, already: position })
  })

  test('serving says that it was retired, by whom and why, and of one that never was that it is not in force', async () => {
    const models = servedModels({ ...platform, position: () => position })
    await expect(models.find(MODEL)).rejects.toMatchObject({
      fault: { code: 'model.retired', detail: { member: 'bob', position, reason: SAID.reason } },
    })
    expect(await refusalIn(models.find('constructor'))).toBe('model.not-in-force')
  })

  test('an OMS is told at once: no capital, and no model under the name', async () => {
    expect(capitalOf(platform)).toMatchObject({
      fraction: 0,
      isRetired: true,
      granted: 1,
      pendingReview: null,
    })
    const [capital] = said.filter(({ topic }) => topic === 'capital.v1').slice(-1)
    expect(Number(capital.headers['asof-position'])).toBe(position + 1)
    const models = said.filter(({ topic }) => topic === 'models.v1')
    expect(models.map(({ key, value }) => [key, value === null])).toEqual([
      [MODEL, false],
      [MODEL, true],
    ])
  })

  test('what it held earns to the next close and is sold there at its cost; then its book is over, and nothing is predicted', async () => {
    const before = (await outcomesIn(platform, 0)).length
    await playDays(platform, HISTORY_DAYS + 3, HISTORY_DAYS + 6)
    const outcomes = (await outcomesIn(platform, 0)).slice(before)
    expect(outcomes).toHaveLength(1)
    const [last] = outcomes
    // All that was held is traded, and what was decided last is not.
    expect(last).toMatchObject({ prediction: 0, capital: 0 })
    expect(last.turnover).toBeGreaterThan(0.2)
    expect(last.gross).not.toBe(0)
    expect(last.cost).toBeGreaterThan(0)
    const after = (await eventsOf(platform.log, position)).map(({ type }) => type)
    expect(after).not.toContain('prediction.Made')
  })

  test('its trials count, and a replay says the same', async () => {
    expect(platform.folds.experiments.state().families.small).toHaveLength(4)
    const { first } = await replay(platform.log, wireLane.live(platform.chunks), {
      from: 1,
      to: (await platform.log.head()).position,
    })
    expect(first).toBeNull()
  })

  test('a lane that is restored while the book is sold says what one does that folded the log', async () => {
    const events = await eventsOf(platform.log)
    const [before, after] = [events.slice(0, position + 1), events.slice(position + 1)]
    const folded = wireLane.live(platform.chunks)
    for (const event of before)
      for (const one of folded) if (one.handles.includes(event.type)) await one.take(event, null)
    const saved = savedBy(folded)
    const fresh = wireLane.live(platform.chunks)
    for (const one of fresh) one.restore?.(memoryFrom(saved.get(one.name) ?? Buffer.of()))
    expect(savedBy(fresh)).toEqual(saved)
    const saidBy = async (processors: typeof folded) => {
      const said: unknown[] = []
      for (const event of after)
        for (const one of processors)
          if (one.handles.includes(event.type)) said.push(...(await reactionsOf(one, event)))
      return said
    }
    const told = await saidBy(folded)
    expect(told.length).toBeGreaterThan(0)
    expect(await saidBy(fresh)).toEqual(told)
  })

  test('the same file comes back by a new report and its quorum alone, with what it had', async () => {
    const { artifact } = reportOn(platform, FIRST)
    const again = () => promote(platform, { model: MODEL, artifact, service: 'durable' }, act('again', 'bob'))
    expect(await refusalIn(again())).toBe('model.no-report')
    await requestValidation(platform, { model: MODEL, run: FIRST }, act('judged-again', AUTHOR))
    expect(evidenceFor(platform.folds.registry.state(), MODEL, artifact).report).not.toBeNull()
    expect(await refusalIn(again())).toBe('approval.quorum-missing')
    const { report } = reportOn(platform, FIRST)
    for (const member of ['bob', 'cat']) {
      const said = { model: MODEL, artifact, report, member, decision: 'approve', reason: 'anew' } as const
      await sign(platform, { ...said, privateKey: keyOfName(member) }, act(`${member}-anew`, member))
    }
    await again()
    expect(viewOf(platform)?.live?.run).toBe(FIRST)
    expect(capitalOf(platform)).toMatchObject({ fraction: 1 })
    expect(capitalOf(platform)?.isRetired).toBe(false)
  })
})

test('a model that waits for a review gives up its capital, and the cut is what it comes back with', async () => {
  const cut = await judgedPlatform()
  await promoteRun(cut, FIRST)
  let day = HISTORY_DAYS
  while (capitalOf(cut)?.pendingReview === null && day < HISTORY_DAYS + 60) await playDays(cut, day, ++day)
  expect(capitalOf(cut)?.fraction).toBe(0.5)
  const { pendingReview } = capitalOf(cut) ?? {}
  await retired(cut, 'cat')
  expect(capitalOf(cut)).toMatchObject({ fraction: 0, isRetired: true, granted: 0.5, pendingReview })
  // Another file under the name gets what was left, as after any cut.
  await promoteRun(cut, SECOND)
  expect(capitalOf(cut)).toMatchObject({ fraction: 0.5, pendingReview })
})

test('no trial is started in a family or with a trainer that is retired; those that were are as they were', async () => {
  const trained = await begun()
  const spec = specOf(trained, 'mine-1')
  const hash = trained.folds.experiments.state().trainingSets['small-h1']?.frozen?.contentHash ?? ''
  const first = runOf('momentum', 1, hash)
  expect(await refusalIn(retireFamily(trained, { family: 'small', reason: 'x' }, act('f0')))).toBe(
    'experiment.unknown-family',
  )
  await startRun(trained, first, act('first'))
  await retireTrainer(trained, { trainer: 'mine-1', reason: 'its key was lost' }, act('t', 'eve'))
  expect(await refusalIn(startRun(trained, spec, act('second')))).toBe('experiment.trainer-retired')
  expect(await refusalIn(retireTrainer(trained, { trainer: 'nobody', reason: 'x' }, act('t2')))).toBe(
    'experiment.unknown-trainer',
  )
  expect((await retireFamily(trained, { family: 'small', reason: 'over' }, act('f'))).changed).toBe(true)
  expect((await retireFamily(trained, { family: 'small', reason: 'again' }, act('f2'))).changed).toBe(false)
  const another = { ...first, run: 'small-another', seed: 2 }
  expect(await refusalIn(startRun(trained, another, act('third')))).toBe('experiment.retired')
  const { families, retired, runs } = trained.folds.experiments.state()
  expect([families.small, retired.small?.reason]).toEqual([[first.run], 'over'])
  expect(runs[first.run].status).toBe('finished')
})
