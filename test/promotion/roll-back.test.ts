/** A roll-back: the model that was in force before is again, by one signature of the committee, and by nothing less. */
import { beforeAll, describe, expect, test } from 'vitest'
import { evidenceFor, formerOf } from '../../projections/model/registry.ts'
import { Promoted, RolledBack } from '../../schemas/events/model.ts'
import { signStatement } from '../../schemas/kernel/signature.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { ROLLBACK_TYPE, type Rollback, rollbackBody, rollbackObjection } from '../../schemas/rollback.ts'
import { requestValidation, sign } from '../../serving/actions.ts'
import { modelRollBack } from '../../serving/commands/model.ts'
import { modelIn } from '../../serving/export/found.ts'
import { folderAt } from '../../serving/folder.ts'
import { replay } from '../../serving/replaying/replay.ts'
import { rollBack, rollBackSigned } from '../../serving/roll-back.ts'
import { wordsOf } from '../../serving/statement-words.ts'
import { rollbackStatement } from '../../serving/statements.ts'
import { wireLane } from '../../serving/wire.ts'
import { inject } from '../support/by-hand.ts'
import { keyOfName } from '../support/keys.ts'
import { eventsOf, type MemoryPlatform } from '../support/memory-platform.ts'
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
} from '../support/small-platform.ts'

const [FIRST, SECOND] = ['small-h3-momentum', 'small-h1-momentum']
const live = (platform: MemoryPlatform) => platform.folds.registry.state().models[MODEL]?.live
const back = async (platform: MemoryPlatform, member: string, key = member, id = `back-${member}`) =>
  rollBack(
    platform,
    { model: MODEL, member, reason: 'it trades too much', privateKey: keyOfName(key) },
    act(id, member),
  )

let platform: MemoryPlatform

beforeAll(async () => {
  platform = await judgedPlatform()
  await promoteRun(platform, FIRST)
  expect(await refusalIn(back(platform, 'bob'))).toBe('model.no-former')
  await playDays(platform, HISTORY_DAYS, HISTORY_DAYS + 2)
  await promoteRun(platform, SECOND)
  await playDays(platform, HISTORY_DAYS + 2, HISTORY_DAYS + 4)
})

describe('is not made', () => {
  test.each([
    ['by a stranger', 'eve', 'eve', 'approval.not-a-member'],
    ['by the author', AUTHOR, AUTHOR, 'approval.by-author'],
    ["with another's key", 'bob', 'cat', 'approval.bad-signature'],
  ] as const)('%s', async (_, member, key, why) => {
    expect(await refusalIn(back(platform, member, key))).toBe(why)
    expect(live(platform)?.run).toBe(SECOND)
  })

  test('of another promotion than the one in force, nor once what was signed has expired, nor for another log', async () => {
    const { said } = rollbackStatement(platform, { model: MODEL, member: 'bob', reason: 'x' })
    const log = platform.folds.registry.state().log ?? ''
    const signed = (of: Partial<Rollback>, forLog = log): Rollback => {
      const stated = { ...said, ...of }
      return {
        ...stated,
        signature: signStatement(ROLLBACK_TYPE, rollbackBody({ ...stated, log: forLog }), keyOfName('bob')),
      }
    }
    const tried = (rollback: Rollback) =>
      rollBackSigned(platform, rollback, act(`x-${rollback.signature.slice(0, 9)}`, 'bob'))
    for (const [of, why] of [
      [{ inForce: said.inForce + 1 }, 'model.rollback-elsewhere'],
      [{ former: said.former - 1 }, 'model.rollback-elsewhere'],
      [{ artifact: live(platform)?.artifact ?? '' }, 'model.rollback-elsewhere'],
      [{ policyVersion: 7 }, 'model.rollback-policy'],
      [{ expires: 1 }, 'approval.expired'],
    ] as const)
      expect(await refusalIn(tried(signed(of)))).toBe(why)
    expect(await refusalIn(tried(signed({}, 'f'.repeat(64))))).toBe('approval.bad-signature')
    expect(live(platform)?.run).toBe(SECOND)
  })

  test('by hand, a promotion of the former alone or after a forged roll-back; nor to a file that a member refused since', async () => {
    const { artifact, report, run, policyVersion } = reportOn(platform, FIRST)
    const now = platform.moment.nowMicros()
    const times = { eventTime: now, knownAt: now }
    // Its approvals have expired, so that they put nothing in force by themselves.
    const forger = await judgedLater()
    const { said } = rollbackStatement(forger, { model: MODEL, member: 'bob', reason: 'x' })
    const promoted = {
      model: MODEL,
      run,
      artifact,
      report,
      policyVersion,
      approvals: ['bob', 'cat'],
      readAt: 1,
      service: 'durable' as const,
    }
    const later = { ...times, knownAt: forger.moment.nowMicros() }
    await inject(forger, `model-${MODEL}`, [Promoted.draft(promoted, later)])
    expect(live(forger)?.run).toBe(SECOND)
    const forged = {
      ...said,
      signature: signStatement(ROLLBACK_TYPE, rollbackBody({ ...said, log: '' }), keyOfName('bob')),
    }
    await inject(forger, `model-${MODEL}`, [RolledBack.draft(forged, later), Promoted.draft(promoted, later)])
    expect(live(forger)?.run).toBe(SECOND)
    expect(forger.folds.registry.state().models[MODEL]?.unsound).toHaveLength(3)
    const refused = {
      model: MODEL,
      artifact,
      report,
      member: 'dan',
      decision: 'refuse',
      reason: 'no',
    } as const
    await sign(forger, { ...refused, privateKey: keyOfName('dan') }, act('dan-refuses', 'dan'))
    expect(await refusalIn(back(forger, 'bob'))).toBe('approval.refused')
    // A newer report does not take back what was said about the one that it was promoted on.
    const registry = forger.folds.registry.state()
    const standing = { live: registry.models[MODEL].live, former: formerOf(registry.models[MODEL]) }
    const evidence = evidenceFor(registry, MODEL, artifact)
    const newer = { ...evidence, report: { ...reportOn(forger, FIRST), report: 'a newer one' } }
    expect(rollbackObjection(forged, standing, newer)?.code).toBe('approval.refused')
    // Nor does a roll-back give a file a second name: that needs its own reason.
    const named = { ...evidence, otherNames: ['another'] }
    expect(rollbackObjection(forged, standing, named)?.code).toBe('model.rollback-second-name')
  })

  async function judgedLater(): Promise<MemoryPlatform> {
    const other = await judgedPlatform()
    await promoteRun(other, FIRST)
    await promoteRun(other, SECOND)
    other.moment.advanceTo(other.moment.nowMicros() + 400 * MICROS_PER_DAY)
    return other
  }
})

test('is made by one signature, long after the approvals expired, and everything follows it', async () => {
  const { artifact: first, report: approvedOn } = reportOn(platform, FIRST)
  // The gate is asked about it again meanwhile: what its committee approved is the report of then.
  await requestValidation(platform, { model: MODEL, run: FIRST }, act('again', AUTHOR))
  expect(reportOn(platform, FIRST).report).not.toBe(approvedOn)
  const { inForce, former } = rollbackStatement(platform, { model: MODEL, member: 'bob', reason: 'x' }).said
  expect(inForce).toBe(live(platform)?.position)
  platform.moment.advanceTo(platform.moment.nowMicros() + 400 * MICROS_PER_DAY)
  const { position } = await back(platform, 'bob')
  expect(live(platform)).toMatchObject({ artifact: first, run: FIRST, position, approvals: ['bob', 'cat'] })
  expect(platform.models.inForce(MODEL)).toMatchObject({ artifact: first, promotion: position })
  const [rolled, promoted] = (await eventsOf(platform.log, position - 1)).slice(0, 2)
  expect([rolled.type, promoted.type]).toEqual(['model.RolledBack', 'model.Promoted'])
  expect(rolled.data).toMatchObject({ inForce, former, member: 'bob' })
  expect(promoted.data).toMatchObject({ report: approvedOn, approvals: ['bob', 'cat'] })
  const archive = { ...platform, folder: folderAt('nowhere') }
  const { report, statements } = await modelIn(archive, MODEL)
  expect([report, [...statements.keys()].sort()]).toEqual([approvedOn, ['bob', 'cat', 'roll-back']])
  const again = { model: MODEL, member: 'cat', reason: 'again' }
  const prepared = await modelRollBack.prepare?.of(platform, again)
  expect(prepared).toEqual({ statement: null, already: position })
  // Once is done, and there is nothing more to go back to: who wants the other one again has it approved.
  expect(await refusalIn(back(platform, 'cat', 'cat', 'again'))).toBe('model.no-former')
  const { first: difference } = await replay(platform.log, wireLane.live(platform.chunks), {
    from: 1,
    to: (await platform.log.head()).position,
  })
  expect(difference).toBeNull()
})

test('what is signed says which promotions it is about, and no moment in their place', () => {
  const statement = { type: ROLLBACK_TYPE, body: rollbackBody({ ...SAID, log: 'l' }) }
  expect(wordsOf(statement)).toMatch(/^The return of the model[\s\S]*former: 21[\s\S]*inForce: 40/)
})

const SAID = {
  ...{ model: 'm', inForce: 40, former: 21, artifact: 'a', policyVersion: 2 },
  ...{ member: 'cio', reason: 'why', expires: 1_612_000_000_000_000 },
}
