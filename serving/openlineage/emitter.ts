/** The log as OpenLineage: what ran, from which data sets, into which. Pure: what is said of an event follows from the log up to it. */
import type { Recorded } from '../../schemas/envelope.ts'
import type { EventDefinition, EventOf } from '../../schemas/event.ts'
import { ClaimDrafted } from '../../schemas/events/claim.ts'
import { DatasetDeclared, type DatasetSpec, RowsArrived } from '../../schemas/events/data.ts'
import {
  RunFailed,
  RunFinished,
  type RunSpec,
  RunStarted,
  TrainingSetFrozen,
  TrainingSetRequested,
  type TrainingSetSpec,
} from '../../schemas/events/experiment.ts'
import { datasetsOf, type FeatureSetSpec, SetDefined, ValuesComputed } from '../../schemas/events/feature.ts'
import { GateReported, Promoted, ValidationRequested } from '../../schemas/events/model.ts'
import { OutcomeObserved, PredictionMade } from '../../schemas/events/prediction.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { columnsRead } from './columns.ts'
import {
  codeFacet,
  columnsFacet,
  documentedFacet,
  failedFacet,
  jobFacet,
  type LineageDataset,
  nominalFacet,
  type RunEvent,
  rowsFacet,
  runEvent,
  schemaFacet,
  testsFacet,
  versionFacet,
} from './run-event.ts'

type Said = Readonly<{
  job: string
  type: string
  inputs?: readonly LineageDataset[]
  outputs?: readonly LineageDataset[]
  runFacets?: RunEvent['run']['facets']
  jobFacets?: RunEvent['job']['facets']
}>

/** The latest moment that RFC 3339 has a year of four digits for. */
const LAST = Date.UTC(9999, 11, 31)
const rfc3339 = (micros: Micros): string => new Date(Math.min(LAST, Math.floor(micros / 1000))).toISOString()

export class Emitter {
  readonly #namespace: string
  readonly #datasets = new Map<string, DatasetSpec>()
  readonly #sets = new Map<string, FeatureSetSpec>()
  readonly #trainingSets = new Map<string, TrainingSetSpec>()
  readonly #runs = new Map<string, Readonly<{ id: string; spec: RunSpec }>>()
  /** The run whose artifact is in force under each name. */
  readonly #models = new Map<string, string>()

  /** @param namespace of all that is not a file, `asof://research` for example */
  constructor(namespace: string) {
    this.#namespace = namespace
  }

  /** The types of event that anything is said of, or that is needed for it. */
  get types(): readonly string[] {
    return [...this.#tells.keys()]
  }

  /** What is to be told of the next event of the log, in order. */
  take(event: Recorded): readonly RunEvent[] {
    return this.#tells.get(event.type)?.(event) ?? []
  }

  readonly #tells: ReadonlyMap<string, Tell> = new Map([
    on(DatasetDeclared, ({ data }) => {
      this.#datasets.set(data.dataset, data)
      return []
    }),
    on(RowsArrived, (event) => {
      const { dataset, source, sourceHash, rows } = event.data
      const output = { ...this.#data(dataset, event.position), outputFacets: rowsFacet(rows) }
      const input = { namespace: 'file', name: source, facets: versionFacet(sourceHash) }
      return this.#whole(event, {
        job: `ingest.${dataset}`,
        type: 'INGEST',
        inputs: [input],
        outputs: [output],
      })
    }),
    on(SetDefined, ({ data }) => {
      this.#sets.set(`${data.set}@${data.version}`, data)
      return []
    }),
    on(ValuesComputed, (event) => {
      const { set, version, rows, cause } = event.data
      const name = `${set}@${version}`
      const spec = this.#sets.get(name)
      const read = spec === undefined ? [event.data.dataset] : datasetsOf(spec)
      const inputs = read.map((dataset) => this.#data(dataset, cause))
      const output = { ...this.#features(name, event.position), outputFacets: rowsFacet(rows) }
      return this.#whole(event, { job: `features.${name}`, type: 'FEATURES', inputs, outputs: [output] })
    }),
    on(TrainingSetRequested, (event) => {
      this.#trainingSets.set(event.data.trainingSet, event.data)
      return [this.#event('START', event, this.#freezing(event.data))]
    }),
    on(TrainingSetFrozen, (event) => {
      const { trainingSet, contentHash, rows } = event.data
      const spec = this.#trainingSets.get(trainingSet)
      const output = {
        ...this.#made(`training-sets.${trainingSet}`, contentHash),
        outputFacets: rowsFacet(rows),
      }
      if (spec === undefined) return []
      return [
        this.#event('COMPLETE', event, { ...this.#freezing(spec), outputs: [output] }, event.causationId),
      ]
    }),
    on(RunStarted, (event) => {
      this.#runs.set(event.data.run, { id: event.id, spec: event.data })
      return [this.#event('START', event, training(event.data, this.#trained(event.data)))]
    }),
    on(RunFinished, (event) => {
      const { run, artifact } = event.data
      return this.#endOf(run, 'COMPLETE', event, { outputs: [this.#made(`artifacts.${run}`, artifact)] })
    }),
    on(RunFailed, (event) =>
      this.#endOf(event.data.run, 'FAIL', event, { runFacets: failedFacet(event.data.reason) }),
    ),
    on(ValidationRequested, (event) => [this.#event('START', event, this.#judging(event.data))]),
    on(GateReported, (event) => {
      const { model, report, tests } = event.data
      const rows = tests.map(({ test, passed, comparison, threshold, value }) => ({
        ...{
          name: test,
          passed,
          expected: `${comparison} ${threshold}`,
          actual: String(value ?? 'too little data'),
        },
      }))
      const outputs = [this.#made(`reports.${model}`, report)]
      const said = { ...this.#judging(event.data), outputs, runFacets: testsFacet(rows) }
      return [this.#event('COMPLETE', event, said, event.causationId)]
    }),
    on(Promoted, (event) => {
      const { model, run, artifact, report } = event.data
      this.#models.set(model, run)
      const inputs = [this.#made(`artifacts.${run}`, artifact), this.#made(`reports.${model}`, report)]
      const outputs = [this.#made(`models.${model}`, artifact)]
      return this.#whole(event, { job: `promote.${model}`, type: 'PROMOTION', inputs, outputs })
    }),
    on(PredictionMade, (event) => {
      const { model, artifact, features, rows } = event.data
      const run = this.#runs.get(this.#models.get(model) ?? '')
      const spec = run && this.#trainingSets.get(run.spec.trainingSet)
      const read =
        spec === undefined ? [] : [this.#features(`${spec.featureSet}@${spec.featureVersion}`, features)]
      const output = {
        ...this.#made(`predictions.${model}`, String(event.position)),
        outputFacets: rowsFacet(rows.length),
      }
      const inputs = [this.#made(`models.${model}`, artifact), ...read]
      return this.#whole(event, { job: `predict.${model}`, type: 'MODEL', inputs, outputs: [output] })
    }),
    on(OutcomeObserved, (event) => {
      const { model, prediction } = event.data
      const inputs = prediction > 0 ? [this.#made(`predictions.${model}`, String(prediction))] : []
      const outputs = [this.#made(`outcomes.${model}`, String(event.position))]
      return this.#whole(event, { job: `account.${model}`, type: 'ACCOUNT', inputs, outputs })
    }),
    on(ClaimDrafted, (event) => {
      const { claim, model } = event.data
      const inputs = [this.#made(`outcomes.${model}`, String(event.position))]
      const outputs = [this.#made(`claims.${claim}`, String(event.position))]
      return this.#whole(event, { job: `claim.${claim}`, type: 'CLAIM', inputs, outputs })
    }),
  ])

  /** What begins and ends with one event. */
  #whole(event: Recorded, said: Said): readonly RunEvent[] {
    return [this.#event('START', event, { ...said, outputs: [] }), this.#event('COMPLETE', event, said)]
  }

  #event(
    eventType: RunEvent['eventType'],
    { id, recordedAt, eventTime }: Recorded,
    { job, type, inputs = [], outputs = [], runFacets, jobFacets }: Said,
    runId: string | null = id,
  ): RunEvent {
    return runEvent({
      eventType,
      eventTime: rfc3339(recordedAt),
      run: { runId: runId ?? id, facets: { ...nominalFacet(rfc3339(eventTime)), ...runFacets } },
      job: { namespace: this.#namespace, name: job, facets: { ...jobFacet(type), ...jobFacets } },
      inputs,
      outputs,
    })
  }

  #endOf(run: string, type: 'COMPLETE' | 'FAIL', event: Recorded, said: Partial<Said>): readonly RunEvent[] {
    const begun = this.#runs.get(run)
    if (begun === undefined) return []
    const all = { ...training(begun.spec, this.#trained(begun.spec)), ...said }
    return [this.#event(type, event, all, begun.id)]
  }

  #made(name: string, version: string): LineageDataset {
    return { namespace: this.#namespace, name, facets: versionFacet(version) }
  }

  /** A data set as it was at a position. */
  #data(dataset: string, position: number): LineageDataset {
    const made = this.#made(`data.${dataset}`, String(position))
    const spec = this.#datasets.get(dataset)
    if (spec === undefined) return made
    const types = new Map(spec.rows.types.map(({ column, type }) => [column, type]))
    const fields = spec.columns.map(({ name, unit }) => ({
      ...{ name, type: types.get(name) ?? 'float64', description: unit },
    }))
    const { provenance, caveat } = spec
    const about = documentedFacet(caveat === '' ? provenance : `${provenance}\n${caveat}`)
    return { ...made, facets: { ...made.facets, ...schemaFacet(fields), ...about } }
  }

  #features(name: string, position: number): LineageDataset {
    const made = this.#made(`features.${name}`, String(position))
    const spec = this.#sets.get(name)
    if (spec === undefined) return made
    const read = columnsRead(spec)
    const fields = spec.features.map(({ name, unit }) => ({ name, type: 'float64', description: unit }))
    const columns = new Map(
      spec.features.map(({ name, formula }, at) => {
        const inputs = read[at].map(({ dataset, column }) => ({
          ...{ namespace: this.#namespace, name: `data.${dataset}`, field: column },
        }))
        return [name, { inputs, formula }]
      }),
    )
    return { ...made, facets: { ...made.facets, ...schemaFacet(fields), ...columnsFacet(columns) } }
  }

  #freezing({ trainingSet, featureSet, featureVersion, label }: TrainingSetSpec): Said {
    const plain = (name: string) => ({ namespace: this.#namespace, name })
    const inputs = [plain(`features.${featureSet}@${featureVersion}`), plain(`data.${label.dataset}`)]
    return { job: `freeze.${trainingSet}`, type: 'FREEZE', inputs }
  }

  #trained({ trainingSet, trainingSetHash }: RunSpec): LineageDataset {
    return this.#made(`training-sets.${trainingSet}`, trainingSetHash)
  }

  #judging({ model, run, artifact }: Readonly<{ model: string; run: string; artifact: string }>): Said {
    return { job: `gate.${model}`, type: 'VALIDATION', inputs: [this.#made(`artifacts.${run}`, artifact)] }
  }
}

/** Runs of a family are one job. */
const training = ({ family, commit }: RunSpec, input: LineageDataset): Said => ({
  ...{ job: `train.${family}`, type: 'TRAINING', inputs: [input] },
  ...(commit !== null && { jobFacets: codeFacet(commit.sha) }),
})

type Tell = (event: Recorded) => readonly RunEvent[]

const on = <D extends EventDefinition>(
  { type }: D,
  tell: (event: EventOf<D>) => readonly RunEvent[],
): [string, Tell] => [type, tell as unknown as Tell]
