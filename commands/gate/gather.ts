/** Gathers what a judgement rests on from the chunk store, and keeps what the candidates of a sweep share. */
import type { ChunkRef, Recorded } from '../../schemas/envelope.ts'
import { type EventOf, isEvent } from '../../schemas/event.ts'
import type { PolicySpec } from '../../schemas/events/approval.ts'
import { DatasetDeclared, type DatasetSpec, RowsArrived } from '../../schemas/events/data.ts'
import { ValidationRequested } from '../../schemas/events/model.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import type { ChunkStore } from '../../streams/log/chunks.ts'
import { getRows } from '../../streams/log/tables.ts'
import { insufficient, type Measured } from '../../streams/statistics/measured.ts'
import { type Layout, layoutOf } from '../../streams/training/held-out.ts'
import type { Trial, TrialLedger } from '../../streams/training/trials.ts'
import { type Days, daysFrom } from './days.ts'
import { type GateEvidence, type GivenData, type Study, studyOf } from './evidence.ts'
import { type Family, familyOf, type TrialEvidence } from './family.ts'

export type GateParts = Readonly<{
  chunks: ChunkStore
  trials: TrialLedger
  policy: () => PolicySpec | null
}>

export class Gathering {
  readonly #parts: GateParts
  readonly #days = new Map<string, Days>()
  readonly #arrived = new Map<string, ChunkRef[]>()
  readonly #declared = new Map<string, DatasetSpec>()
  /** Requests for each model file, up to and with the one that is judged. */
  readonly #requests = new Map<string, number>()
  /** The latest moment that was met: a request that is dated back sees no less than one that is not. */
  #asOf: Micros = Number.NEGATIVE_INFINITY
  /** The family, and the training set, that were read last: a sweep asks for the same ones many times. */
  #family: { key: string; family: Family } | null = null
  #training: { key: string; rows: Rows; layout: Layout } | null = null

  constructor(parts: GateParts) {
    this.#parts = parts
  }

  observe(event: Recorded): void {
    this.#asOf = Math.max(this.#asOf, event.knownAt)
    if (isEvent(ValidationRequested, event)) {
      const { artifact } = event.data
      this.#requests.set(artifact, (this.#requests.get(artifact) ?? 0) + 1)
    }
    if (isEvent(DatasetDeclared, event)) this.#declared.set(event.data.dataset, event.data)
    if (!isEvent(RowsArrived, event)) return
    const arrived = this.#arrived.get(event.data.dataset) ?? []
    arrived.push(...event.chunks)
    this.#arrived.set(event.data.dataset, arrived)
  }

  /** Null where the request is about no finished and complete run, or about another model file than the run's own. */
  async evidenceFor(event: EventOf<typeof ValidationRequested>): Promise<GateEvidence | null> {
    const { model, run, artifact, depth } = event.data
    const trial = this.#parts.trials.trial(run)
    const policy = this.#parts.policy()
    if (trial?.returns == null || policy === null) return null
    if (trial.artifact !== artifact || trial.missing.length > 0) return null
    const { factors, rates, exposures } = policy.validation
    return {
      model,
      artifact,
      run: trial.spec,
      days: await this.#daysOf(trial.returns),
      study: await this.#studyOf(trial),
      label: trial.label,
      family: await this.#familyOf(trial.spec.family),
      policy,
      factors: await this.#given(factors),
      rates: await this.#given(rates),
      exposures: await this.#given(exposures),
      readAt: event.position,
      earlierRequests: (this.#requests.get(artifact) ?? 1) - 1,
      depth,
    }
  }

  async #daysOf(ref: ChunkRef): Promise<Days> {
    const found = this.#days.get(ref.hash) ?? daysFrom(await getRows(this.#parts.chunks, ref))
    this.#days.set(ref.hash, found)
    return found
  }

  async #studyOf({ spec, scores, trainingSet }: Trial): Promise<Measured<Study>> {
    if (scores === null || trainingSet === null) return insufficient('the run has no training set of ours')
    const { chunks } = this.#parts
    const key = `${trainingSet.hash} ${spec.folds}`
    if (this.#training?.key !== key) {
      const rows = await getRows(chunks, trainingSet)
      this.#training = { key, rows, layout: layoutOf(rows, spec.folds) }
    }
    const { rows, layout } = this.#training
    return studyOf(rows, await getRows(chunks, scores), layout)
  }

  async #familyOf(name: string): Promise<Family> {
    const ledger = this.#parts.trials.family(name)
    const key = ledger.map(({ spec, status, returns }) => `${spec.run} ${status} ${returns?.hash}`).join('\n')
    if (this.#family?.key !== key) {
      const evidence: TrialEvidence[] = []
      for (const { spec, status, started, returns } of ledger) {
        const days = returns === null ? null : await this.#daysOf(returns)
        evidence.push({ run: spec.run, family: spec.family, status, started, days })
      }
      this.#family = { key, family: familyOf(evidence) }
    }
    return this.#family.family
  }

  async #given(dataset: string | null): Promise<GivenData | null> {
    const spec = dataset === null ? undefined : this.#declared.get(dataset)
    if (dataset === null || spec === undefined) return null
    const arrivals: Rows[] = []
    for (const ref of this.#arrived.get(dataset) ?? []) arrivals.push(await getRows(this.#parts.chunks, ref))
    return { dataset, spec, arrivals, asOf: this.#asOf }
  }
}
