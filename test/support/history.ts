/** Random histories: events of several nouns, about few names, known in any order. */
import fc from 'fast-check'
import type { Draft } from '../../schemas/envelope.ts'
import { PolicySet } from '../../schemas/events/approval.ts'
import { Allocated, Reduced, Reviewed } from '../../schemas/events/capital.ts'
import { DatasetDeclared, RowsArrived, RowsQuarantined } from '../../schemas/events/data.ts'
import { DriftMeasured, SharpeWatched } from '../../schemas/events/drift.ts'
import { RunFailed, RunStarted } from '../../schemas/events/experiment.ts'
import { SetDefined, ValuesComputed } from '../../schemas/events/feature.ts'
import { OutcomeObserved } from '../../schemas/events/prediction.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import type { EventLog } from '../../streams/log/port.ts'
import { signedPolicy, signedReview } from './keys.ts'
import { ownId } from './recorded.ts'
import { COUNTED, IN_TIME } from './sessions.ts'
import { runOf, SMALL_DATASET, SMALL_POLICY, SMALL_SET } from './small-platform.ts'

const model = fc.constantFrom('m', 'n')
const WATCHED = {
  days: 1,
  sharpe: null,
  expected: 1,
  deviation: 1,
  z: -0.1,
  eValue: 1,
  heldMean: 0,
  alarmAt: 40,
  alarm: false,
}
const times = fc.record({
  eventTime: fc.integer({ min: 0, max: 9 }),
  knownAt: fc.integer({ min: 0, max: 9 }),
})

const drafts: readonly fc.Arbitrary<Draft>[] = [
  times.map((at) => DatasetDeclared.draft(SMALL_DATASET, at)),
  fc.tuple(times, fc.integer({ min: 0, max: 5 })).map(([at, rows]) =>
    RowsArrived.draft(
      {
        dataset: 'small',
        source: 's',
        sourceHash: 'h',
        rows,
        rowsQuarantined: 0,
        ...COUNTED,
        knownFrom: 0,
        knownTo: 1,
      },
      at,
    ),
  ),
  times.map((at) =>
    RowsQuarantined.draft(
      { dataset: 'small', source: 's', sourceHash: 'h', rows: 1, reasons: [{ reason: 'r', rows: 1 }] },
      at,
    ),
  ),
  times.map((at) => SetDefined.draft(SMALL_SET, at)),
  times.map((at) => {
    const { set, version, hash, dataset } = SMALL_SET
    return ValuesComputed.draft(
      { set, version, hash, dataset, cause: 1, rows: 1, knownFrom: 0, knownTo: 1 },
      at,
    )
  }),
  fc
    .tuple(times, model)
    .map(([at, run]) => RunStarted.draft({ ...runOf('momentum', 1, 'hash'), run, family: 'f' }, at)),
  fc.tuple(times, model).map(([at, run]) => RunFailed.draft({ run, reason: 'no' }, at)),
  fc
    .tuple(times, fc.integer({ min: 1, max: 3 }))
    .map(([at, version]) => PolicySet.draft(signedPolicy({ ...SMALL_POLICY, version }), at)),
  fc.tuple(times, model).map(([at, of]) =>
    Allocated.draft(
      {
        model: of,
        artifact: 'a',
        author: 'ann',
        fraction: 1,
        promotion: 1,
        family: 'f',
        pendingReview: null,
      },
      at,
    ),
  ),
  fc
    .tuple(times, model)
    .map(([at, of]) =>
      Reduced.draft(
        { model: of, from: 1, to: 0.5, measurement: 1, cause: 'sharpe', value: -3, review: 'pending' },
        at,
      ),
    ),
  fc.tuple(times, model).map(([at, of]) => {
    const said = {
      model: of,
      artifact: 'a',
      fraction: 0.7,
      measurement: 1,
      member: 'bob',
      reason: 'r',
      log: 'l',
      expires: 9,
    }
    return Reviewed.draft(signedReview(said), at)
  }),
  fc.tuple(times, model, fc.boolean()).map(([at, of, drifted]) => {
    const measured = { feature: 'x', psi: 1, psiLimit: 0, ks: 1, ksLimit: 0, effectiveWindows: 9, drifted }
    const said = { model: of, currentRows: 1, referenceRows: 2, falseAlarmsAYear: 0.1, unjudged: [] }
    return DriftMeasured.draft({ ...said, features: [measured] }, at)
  }),
  fc
    .tuple(times, model, fc.boolean())
    .map(([at, of, breach]) => SharpeWatched.draft({ ...WATCHED, model: of, breach }, at)),
  fc
    .tuple(times, model, fc.double({ min: -1, max: 1, noNaN: true }))
    .map(([at, of, net]) =>
      OutcomeObserved.draft(
        { model: of, prediction: 1, gross: net, cost: 0, net, turnover: 0, capital: 1, ...IN_TIME },
        at,
      ),
    ),
]

/** Batches of one to three events. */
export const histories: fc.Arbitrary<Draft[][]> = fc.array(
  fc.array(fc.oneof(...drafts), { minLength: 1, maxLength: 3 }),
  { minLength: 1, maxLength: 15 },
)

/** Appends batches to one stream, after what it holds. What a processor alone says is a batch of its own, in its name. */
export async function appendAll(log: EventLog, batches: readonly (readonly Draft[])[]): Promise<void> {
  const provenance = { stream: 'any', actor: 'ann', correlationId: 'c', causationId: null }
  for (const batch of batches.flatMap(spoken)) {
    const expected = await log.revisionOf('any')
    const commandId = ownId(batch[0], expected, `c-${expected}`)
    await log.append({ ...provenance, expected, commandId, events: batch })
  }
}

const isDerived = ({ type }: Draft): boolean => REGISTRY.get(type)?.saidBy !== null

const spoken = (batch: readonly Draft[]): Draft[][] => [
  ...batch.filter(isDerived).map((event) => [event]),
  ...[batch.filter((event) => !isDerived(event))].filter((events) => events.length > 0),
]
