/** What a judgement is made from, through the whole platform: nothing of it is the requester's to choose. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { GateReport } from '../../commands/gate/report-form.ts'
import { ValidationRequested } from '../../schemas/events/model.ts'
import { requestValidation, setPolicy } from '../../serving/actions.ts'
import { signedPolicy } from '../support/keys.ts'
import type { MemoryPlatform } from '../support/memory-platform.ts'
import { act, judgedPlatform, MODEL, reportOn, SMALL_POLICY } from '../support/small-platform.ts'

const RUN = 'small-h3-momentum'

let platform: MemoryPlatform
beforeEach(async () => {
  platform = await judgedPlatform()
})
afterEach(() => platform.close())

async function reportNow(): Promise<GateReport> {
  return JSON.parse(Buffer.from(await platform.chunks.get(reportOn(platform, RUN).report)).toString())
}

describe('random numbers', () => {
  test('are the same whoever asks and however often, and the report counts the requests', async () => {
    const first = await reportNow()
    await requestValidation(platform, { model: MODEL, run: RUN }, act('again', 'cat'))
    const second = await reportNow()
    expect(second.sections).toEqual(first.sections)
    expect([first, second].map(({ ledger }) => ledger.earlierRequests)).toEqual([0, 1])
  })

  test('are others under another version of the policy', async () => {
    const first = await reportNow()
    const replaces = SMALL_POLICY
    await setPolicy(platform, signedPolicy({ ...SMALL_POLICY, version: 2 }, replaces), act('p2', 'bob'))
    await requestValidation(platform, { model: MODEL, run: RUN }, act('again'))
    expect((await reportNow()).sections.drawdown).not.toEqual(first.sections.drawdown)
  })

  test('no request carries any', () => {
    const asked = { model: MODEL, run: RUN, artifact: 'a', policyVersion: 1, readAt: 1, depth: 'full' }
    expect(ValidationRequested.data.safeParse(asked).success).toBe(true)
    expect(ValidationRequested.data.safeParse({ ...asked, seed: 7 }).success).toBe(false)
  })
})
