/** The gate's reports, as commands look for them. */
import type { Position } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { PolicySet } from '../../schemas/events/approval.ts'
import { DatasetDeclared, RowsArrived } from '../../schemas/events/data.ts'
import { RunStarted } from '../../schemas/events/experiment.ts'
import { type Depth, HoldoutOpened, Promoted, ValidationRequested } from '../../schemas/events/model.ts'
import { SplitsTrained } from '../../schemas/events/trainer.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { failedTests } from '../../schemas/promotion.ts'
import { causeOf } from '../../schemas/reaction.ts'
import type { Platform } from '../platform.ts'
import { eventAt } from './recorded.ts'

/** The report that is meant: on the artifact that was named, or the only one that passed. */
export function reportOn({ folds }: Platform, model: string, artifact: string | undefined) {
  const reports = Object.values(folds.registry.state().models[model]?.reports ?? {})
  const meant = reports.filter((report) =>
    artifact === undefined ? report.verdict === 'passed' : report.artifact.startsWith(artifact),
  )
  if (meant.length === 1) return meant[0]
  if (meant.length > 1)
    throw refuse('model.ambiguous', { model, artifacts: meant.map((one) => one.artifact).join(', ') })
  const [refused] = reports
  if (artifact === undefined && refused !== undefined)
    throw refuse('model.gate-refused', { model, tests: failedTests(reports.at(-1) ?? refused) })
  throw refuse('model.no-report', { model, artifact: artifact ?? 'of any run' })
}

/** The report on a run's file; undefined where there is none. */
export function reportOfRun({ folds }: Platform, model: string, run: string) {
  const artifact = folds.experiments.state().runs[run]?.artifact ?? ''
  return folds.registry.state().models[model]?.reports[artifact]
}

/** What a report rests on, beside the run itself. */
const GROUNDS = [
  DatasetDeclared,
  RowsArrived,
  RunStarted,
  SplitsTrained,
  PolicySet,
  Promoted,
  HoldoutOpened,
].map(({ type }) => type)

/**
 * Where a report was asked for that would say the same if it were asked for now: of the same run, as deep, and nothing that the
 * gate reads has been recorded since. Null where there is none.
 */
export async function standingRequest(
  { folds, log }: Platform,
  { model, run, depth }: Readonly<{ model: string; run: string; depth: Depth }>,
): Promise<Position | null> {
  const artifact = folds.experiments.state().runs[run]?.artifact
  const report = folds.registry.state().models[model]?.reports[artifact ?? '']
  if (report === undefined || report.run !== run) return null
  const reported = await eventAt(log, report.position)
  const request = await eventAt(log, causeOf(reported?.commandId ?? ''))
  if (request === null || !isEvent(ValidationRequested, request)) return null
  if (request.data.depth !== depth && request.data.depth !== 'full') return null
  for await (const batch of log.readAll(request.position + 1, { types: GROUNDS }))
    if (batch.length > 0) return null
  return request.position
}
