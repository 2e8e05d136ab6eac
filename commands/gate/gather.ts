/** Gathers what a judgement rests on from the chunk store, and keeps what the candidates of a sweep share. */
import type { ChunkRef, Recorded } from '../../schemas/envelope.ts'
import { type EventOf, isEvent } from '../../schemas/event.ts'
import type { PolicySpec } from '../../schemas/events/approval.ts'
import { DatasetDeclared, type DatasetSpec, RowsArrived } from '../../schemas/events/data.ts'
import type { RunSpec } from '../../schemas/events/experiment.ts'
import { ValidationRequested } from '../../schemas/events/model.ts'
import { assert } from '../../schemas/kernel/assert.ts'
import { canonicalJson } from '../../schemas/kernel/canonical.ts'
import type { Memory } from '../../schemas/kernel/memory.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import type { ChunkStore } from '../../streams/log/chunks.ts'
import { TableList } from '../../streams/log/table-list.ts'
import { getRows } from '../../streams/log/tables.ts'
import { insufficient, type Measured, measured } from '../../streams/statistics/measured.ts'
import { contentHashOf, type FrozenSet, readFrozen } from '../../streams/training/frozen.ts'
import { type Layout, layoutOf } from '../../streams/training/held-out.ts'
import type { Scorer } from '../../streams/training/models.ts'
import type { Trial, TrialLedger } from '../../streams/training/trials.ts'
import { Comparison } from './compared.ts'
import { type Days, daysFrom, type LiveBook } from './days.ts'
import { elsewhereOf } from './elsewhere.ts'
import { type GateEvidence, type Given, type Study, studyOf } from './evidence.ts'
import { type Family, familyOf, type TrialEvidence } from './family.ts'
import type { HoldoutEvidence } from './holdout-days.ts'
import { costsUnder, tradedAgain } from './yardstick.ts'

export type GateParts = Readonly<{
  chunks: ChunkStore
  trials: TrialLedger
  policy: () => PolicySpec | null
  /** The holdout in force as a file sees it; null where there is none. */
  holdout: (artifact: string) => HoldoutView | null
  /** Which models are in force, and by which runs. */
  live: () => readonly Readonly<{ model: string; artifact: string; run: RunSpec }>[]
  /** Who asks models that were made elsewhere; this thread itself unless it is given. */
  scorer?: Scorer | undefined
}>

export type HoldoutView = Pick<HoldoutEvidence, 'opening' | 'openings'> &
  Readonly<{ from: Micros; frozen: FrozenSet | null }>

type Saved = Readonly<{
  declared: ReadonlyMap<string, DatasetSpec>
  arrived: ReadonlyMap<string, Memory>
  requests: ReadonlyMap<string, number>
  asOf: Micros
}>

export class Gathering {
  readonly #parts: GateParts
  readonly #days = new Map<string, Days>()
  readonly #arrived = new Map<string, TableList>()
  readonly #declared = new Map<string, DatasetSpec>()
  /** Requests for each model file, up to and with the one that is judged. */
  readonly #requests = new Map<string, number>()
  /** The latest moment that was met: a request that is dated back sees no less than one that is not. */
  #asOf: Micros = Number.NEGATIVE_INFINITY
  /** The family, and the training set, that were read last: a sweep asks for the same ones many times. */
  #family: { key: string; moments: Float64Array; family: Family } | null = null
  /** The trials over the sessions, and under the policy, that were judged last: one more costs itself alone. */
  #comparison: { policy: number; comparison: Comparison } | null = null
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
    const { dataset, knownFrom } = event.data
    const arrived = this.#arrived.get(dataset) ?? new TableList()
    this.#arrived.set(dataset, arrived)
    arrived.add({ position: event.position, knownFrom, refs: event.chunks })
  }

  /** What was observed: the rest is read again from chunks. */
  save(): Memory {
    const arrived = new Map([...this.#arrived].map(([dataset, list]) => [dataset, list.save()]))
    return { declared: this.#declared, arrived, requests: this.#requests, asOf: this.#asOf }
  }

  restore(memory: Memory): void {
    const saved = memory as unknown as Saved
    for (const [dataset, spec] of saved.declared) this.#declared.set(dataset, spec)
    for (const [dataset, list] of saved.arrived) this.#arrived.set(dataset, TableList.from(list))
    for (const [artifact, requests] of saved.requests) this.#requests.set(artifact, requests)
    this.#asOf = saved.asOf
  }

  /** Null where the request is about no finished and complete run, or about another model file than the run's own. */
  async evidenceFor(event: EventOf<typeof ValidationRequested>): Promise<GateEvidence | null> {
    const { model, run, artifact, depth } = event.data
    const trial = this.#parts.trials.trial(run)
    const policy = this.#parts.policy()
    if (trial?.returns == null || policy === null) return null
    if (trial.artifact !== artifact || trial.missing.length > 0) return null
    const { factors, rates, exposures, volatility } = policy.validation
    const days = await this.#judgedDays(trial, policy)
    const study = await this.#studyOf(trial)
    const holdout = await this.#holdoutOf(trial)
    const held = holdout?.rows ?? null
    return {
      model,
      artifact,
      run: trial.spec,
      portfolio: costsUnder(policy, trial.spec.portfolio),
      days,
      study,
      elsewhere: await elsewhereOf(this.#parts.chunks, trial, {
        ...{ study, rule: policy.validation, held },
        scorer: this.#parts.scorer,
      }),
      label: trial.label,
      formulas: trial.formulas,
      family: await this.#familyOf(trial.spec.family, days, policy),
      policy,
      factors: await this.#given(factors),
      rates: await this.#given(rates),
      exposures: await this.#given(exposures),
      volatility: await this.#given(volatility),
      holdout,
      live: await this.#liveBooks(artifact, policy),
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

  /** At the costs of the policy: as they were recorded where the run pays as much, traded again where it does not. */
  async #judgedDays(trial: Trial, policy: PolicySpec): Promise<Days> {
    const { spec, returns } = trial
    assert(returns !== null, 'a finished trial has returns')
    const portfolio = costsUnder(policy, spec.portfolio)
    if (portfolio === spec.portfolio) return this.#daysOf(returns)
    const key = `${returns.hash} ${canonicalJson(portfolio)}`
    const found = this.#days.get(key)
    if (found !== undefined) return found
    const study = await this.#studyOf(trial)
    const days =
      study.kind === 'measured'
        ? tradedAgain(study.value, spec, portfolio)
        : withoutReturns(await this.#daysOf(returns))
    this.#days.set(key, days)
    return days
  }

  async #studyOf({ spec, scores, trainingSet }: Trial): Promise<Measured<Study>> {
    if (scores === null || trainingSet === null) return insufficient('the run has no training set of ours')
    const { chunks } = this.#parts
    const key = `${contentHashOf(trainingSet)} ${spec.folds}`
    if (this.#training?.key !== key) {
      const rows = await readFrozen(chunks, trainingSet)
      this.#training = { key, rows, layout: layoutOf(rows, spec.folds) }
    }
    const { rows, layout } = this.#training
    return studyOf(rows, await getRows(chunks, scores), layout)
  }

  async #familyOf(name: string, candidate: Days, policy: PolicySpec): Promise<Family> {
    const ledger = this.#parts.trials.family(name)
    const trials = ledger.map(({ run, status, own }) => `${run} ${status} ${own?.returns?.hash}`)
    const key = [policy.version, ...trials].join('\n')
    const held = this.#family
    const whole = candidate.net.every(Number.isFinite)
    if (whole && held?.key === key && sameMoments(held.moments, candidate.moments)) return held.family
    const evidence: TrialEvidence[] = []
    for (const trial of ledger) {
      const { run, family, own, status, started, relation } = trial
      const days = own === null || own.returns === null ? null : await this.#judgedDays(own, policy)
      evidence.push({ run, family, relation, status, started, days })
    }
    const family = familyOf(evidence, candidate, this.#comparisonOn(candidate.sessions, policy))
    if (whole) this.#family = { key, moments: candidate.moments, family }
    return family
  }

  #comparisonOn(sessions: Float64Array, { version }: PolicySpec): Comparison {
    const held = this.#comparison
    if (held?.policy === version && sameMoments(held.comparison.sessions, sessions)) return held.comparison
    const comparison = new Comparison(sessions)
    this.#comparison = { policy: version, comparison }
    return comparison
  }

  async #holdoutOf({ artifact, spec }: Trial): Promise<HoldoutEvidence | null> {
    const view = this.#parts.holdout(artifact ?? '')
    if (view === null) return null
    const { from, opening, openings, frozen } = view
    const rows = frozen === null ? null : await readFrozen(this.#parts.chunks, frozen)
    const readBy = this.#parts.trials.family(spec.family).filter(({ to }) => to > from).length
    return { opening, openings, rows, readBy }
  }

  async #liveBooks(artifact: string, policy: PolicySpec): Promise<readonly LiveBook[]> {
    const books: LiveBook[] = []
    for (const live of this.#parts.live()) {
      const trial = this.#parts.trials.trial(live.run.run)
      if (live.artifact === artifact || trial?.returns == null) continue
      books.push({ model: live.model, run: live.run.run, days: await this.#judgedDays(trial, policy) })
    }
    return books
  }

  async #given(dataset: string | null): Promise<Given> {
    if (dataset === null) return null
    const spec = this.#declared.get(dataset)
    if (spec === undefined)
      return insufficient(`the data set ${dataset}, which the policy names, is not declared`)
    const arrivals: Rows[] = []
    for (const { refs } of this.#arrived.get(dataset)?.told() ?? [])
      for (const ref of refs) arrivals.push(await getRows(this.#parts.chunks, ref))
    return measured({ dataset, spec, arrivals, asOf: this.#asOf })
  }
}

const sameMoments = (a: Float64Array, b: Float64Array): boolean =>
  a.length === b.length && a.every((moment, day) => moment === b[day])

/** A book that cannot be traded again at the policy's costs earns nothing that is known. */
function withoutReturns(days: Days): Days {
  const none = new Float64Array(days.net.length).fill(Number.NaN)
  return { ...days, gross: none, cost: none, net: none, turnover: none }
}
