/** A gate report that was forged and then taken as it stands: real signatures under it put nothing in force. */
import { expect, test } from 'vitest'
import { GateReported } from '../../schemas/events/model.ts'
import { promote, sign } from '../../serving/actions.ts'
import { keyOfName } from '../support/keys.ts'
import { asAppended, copyOf, memoryCursor, memoryPlatform } from '../support/memory-platform.ts'
import { refusalIn } from '../support/refusals.ts'
import { act, judgedPlatform, MODEL } from '../support/small-platform.ts'

test('a promotion makes its report again, and a report that does not follow from the log is none', async () => {
  const honest = await judgedPlatform()
  const refused = Object.values(honest.folds.registry.state().models[MODEL].reports).find(
    ({ verdict }) => verdict === 'refused',
  )
  if (refused === undefined) throw new Error('no run was refused')
  const passing = (event: ReturnType<typeof asAppended>['events'][number]) => {
    if (!GateReported.is(event) || event.data.artifact !== refused.artifact) return event
    const tests = event.data.tests.map((one) => ({ ...one, passed: true, value: one.threshold, margin: 0 }))
    return { ...event, data: { ...event.data, verdict: 'passed' as const, tests } }
  }
  const log = await copyOf(honest.log, (batch) => {
    const appended = asAppended(batch)
    return { ...appended, events: appended.events.map(passing) }
  })
  const { position } = await log.head()
  // What `asof confirm` leaves: nothing that stands in the log is made again when it is opened.
  const platform = await memoryPlatform({ log, chunks: honest.chunks, cursor: memoryCursor(position) })
  platform.moment.advanceTo(honest.moment.nowMicros())
  const { artifact, report } = refused
  expect(platform.folds.registry.state().models[MODEL].reports[artifact].verdict).toBe('passed')
  for (const member of ['bob', 'cat']) {
    const said = { model: MODEL, artifact, report, member, decision: 'approve', reason: 'read' } as const
    await sign(platform, { ...said, privateKey: keyOfName(member) }, act(`signs-${member}`, member))
  }
  const promoted = promote(platform, { model: MODEL, artifact }, act('promotes', 'bob'))
  expect(await refusalIn(promoted)).toBe('model.report-differs')
  expect(platform.folds.registry.state().models[MODEL].live).toBeNull()
})
