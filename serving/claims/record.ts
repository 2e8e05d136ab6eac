/** What the log has to say of a claim: the days that its number is worked out from, and the trials that were started. */
import { type ClaimState, claim } from '../../commands/claim/claim.ts'
import { type Day, figureOf } from '../../commands/claim/figure.ts'
import { trialIn } from '../../projections/experiment/experiments.ts'
import { claimStream } from '../../schemas/claim.ts'
import type { Position } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import type { ClaimSpec, Figure, TrialList } from '../../schemas/events/claim.ts'
import { OutcomeObserved, OutcomesRestated } from '../../schemas/events/prediction.ts'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { isForeign, isUnconfirmed } from '../../schemas/reaction.ts'
import { columnOf } from '../../schemas/rows.ts'
import { predictionStream } from '../../streams/inference/processor.ts'
import type { LogReader } from '../../streams/log/port.ts'
import { getRows } from '../../streams/log/tables.ts'
import { SESSION } from '../../streams/training/sample.ts'
import type { Platform } from '../platform.ts'

/** How a claim stands, by its own stream. */
export async function claimStateOf(log: LogReader, name: string): Promise<ClaimState> {
  let state = claim.initial()
  for await (const batch of log.readStream(claimStream(name)))
    state = batch.reduce((folded, event) => claim.evolve(folded, event), state)
  return state
}

/** The number of a claim, as the log has it up to its head. @throws Refusal `claim.no-model` */
export async function figureNow(platform: Platform, spec: ClaimSpec): Promise<Figure> {
  const { position: readAt } = await platform.log.head()
  const live = platform.folds.registry.state().models[spec.model]?.live
  if (live == null) throw refuse('claim.no-model', { model: spec.model })
  const { run, artifact } = live
  const days =
    spec.measure === 'held-out-sharpe'
      ? await heldOutDays(platform, run)
      : await liveDays(platform, spec.model, readAt)
  return figureOf(spec, days, { readAt, run, artifact })
}

/** Sessions as they were observed, and restated since. Those without capital, or decided after the fact, do not count. */
async function liveDays(
  { log, confirmed }: Pick<Platform, 'log' | 'confirmed'>,
  model: string,
  readAt: Position,
): Promise<readonly Day[]> {
  const days = new Map<number, Day>()
  const upTo = await confirmed()
  for await (const batch of log.readStream(predictionStream(model)))
    for (const event of batch) {
      if (event.position > readAt || isForeign(event) || isUnconfirmed(event, upTo)) continue
      if (isEvent(OutcomeObserved, event)) {
        const { session, net, capital, backfilled } = event.data
        days.set(session, { session, net, restated: false, counts: capital > 0 && !backfilled })
      }
      if (!isEvent(OutcomesRestated, event)) continue
      for (const { session, net } of event.data.sessions) {
        const before = days.get(session)
        if (before !== undefined) days.set(session, { ...before, net, restated: true })
      }
    }
  return [...days.values()].sort((a, b) => a.session - b.session)
}

/** The held-out days of a run, net of the costs of trading. */
async function heldOutDays({ folds, chunks }: Platform, run: string): Promise<readonly Day[]> {
  const [, , returns] = folds.experiments.state().runs[run]?.chunks ?? []
  if (returns === undefined) return []
  const rows = await getRows(chunks, returns)
  const [sessions, net] = [columnOf(rows, SESSION), columnOf(rows, 'net')]
  if (sessions === undefined || net === undefined) return []
  return [...sessions].map((session, i) => ({ session, net: net[i], restated: false, counts: true }))
}

/** Every trial that was started in the family of a run, up to a position; those that a tracking client attests among them. */
export function trialsOf({ folds }: Pick<Platform, 'folds'>, { run, readAt }: Figure): TrialList {
  const state = folds.experiments.state()
  const { family } = state.runs[run].spec
  const started = (state.families[family] ?? [])
    .map((name) => trialIn(state, name))
    .filter(({ started: position }) => position <= readAt)
    .sort((a, b) => a.started - b.started)
  // An amendment has its position behind its name in the ledger, and stands on the line already.
  const lines = started.map(({ name, started: at }) => `${at} ${name.replace(`@${at}`, '')}\n`).join('')
  return { family, started: started.length, digest: sha256(lines) }
}

/** @throws Refusal `claim.unknown` */
export async function draftedClaim(log: LogReader, name: string) {
  const state = await claimStateOf(log, name)
  if (state.draft === null) throw refuse('claim.unknown', { claim: name })
  return { ...state, draft: state.draft }
}
