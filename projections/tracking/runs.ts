/** Experiments, runs and logged models of tracking clients: what they logged last, for reading and search. */
import type { Position, Recorded } from '../../schemas/envelope.ts'
import {
  AmendmentOpened,
  type DatasetInput,
  ExperimentEdited,
  ExperimentOpened,
  ExperimentRemoved,
  ExperimentRestored,
  FileRemoved,
  FileStored,
  InputsLogged,
  LoggedModelEdited,
  LoggedModelEnded,
  LoggedModelFileStored,
  LoggedModelOpened,
  LoggedModelRemoved,
  type ModelOutput,
  numberOf,
  OutputsLogged,
  type Point,
  RunLogged,
  RunMeasured,
  RunOpened,
  RunRemoved,
  RunRenamed,
  RunRestored,
  RunSealed,
} from '../../schemas/events/tracking.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { on } from '../projection.ts'
import type { Followed } from './followed.ts'
import { change, shared, type Texts, textsOf } from './texts.ts'

export type StoredFile = Readonly<{ hash: string; bytes: number }>
export type MetricValue = Readonly<{ value: number; timestamp: number; step: number }>

export type ExperimentView = {
  experiment: string
  name: string
  artifactLocation: string
  tags: Texts
  isRemoved: boolean
  /** Milliseconds since 1970 UTC. */
  created: number
  updated: number
}

export type TrackedRun = {
  run: string
  experiment: string
  family: string
  author: string
  name: string
  user: string
  status: 'RUNNING' | 'FINISHED' | 'FAILED' | 'KILLED'
  startTime: number
  endTime: number | null
  isRemoved: boolean
  params: Texts
  tags: Texts
  /** The value of each metric with the greatest step, time and value. */
  metrics: Map<string, MetricValue>
  inputs: DatasetInput[]
  modelInputs: string[]
  outputs: ModelOutput[]
  files: Map<string, StoredFile>
  seal: string | null
  amendments: number
  opened: Position
}

export type LoggedModelView = {
  loggedModel: string
  experiment: string
  run: string
  name: string
  modelType: string
  status: 'PENDING' | 'READY' | 'UPLOAD_FAILED'
  params: Texts
  tags: Texts
  files: Map<string, StoredFile>
  /** The latest value of each metric on each data set that was measured with it. */
  metrics: Map<string, MetricValue & Pick<Point, 'key' | 'dataset' | 'datasetDigest'> & { run: string }>
  seal: string | null
  isRemoved: boolean
  created: number
  updated: number
}

export type TrackingState = {
  experiments: Map<string, ExperimentView>
  runs: Map<string, TrackedRun>
  models: Map<string, LoggedModelView>
}

const MICROS_PER_MILLI = 1_000
const millis = (at: Micros): number => Math.floor(at / MICROS_PER_MILLI)

const HANDLERS = [
  on<TrackingState, typeof ExperimentOpened>(ExperimentOpened, ({ experiments }, { data, eventTime }) => {
    const at = millis(eventTime)
    const { tags, ...rest } = data
    experiments.set(data.experiment, {
      ...rest,
      ...{ tags: textsOf(tags), isRemoved: false, created: at, updated: at },
    })
  }),
  on<TrackingState, typeof ExperimentEdited>(ExperimentEdited, ({ experiments }, { data, eventTime }) => {
    const one = experiments.get(data.experiment)
    if (one === undefined) return
    one.name = data.name ?? one.name
    change(one.tags, data.tags)
    one.updated = millis(eventTime)
  }),
  on<TrackingState, typeof ExperimentRemoved>(ExperimentRemoved, ({ experiments }, { data, eventTime }) => {
    const one = experiments.get(data.experiment)
    if (one !== undefined) Object.assign(one, { isRemoved: true, updated: millis(eventTime) })
  }),
  on<TrackingState, typeof ExperimentRestored>(ExperimentRestored, ({ experiments }, { data, eventTime }) => {
    const one = experiments.get(data.experiment)
    if (one !== undefined) Object.assign(one, { isRemoved: false, updated: millis(eventTime) })
  }),
  on<TrackingState, typeof RunOpened>(RunOpened, ({ runs }, { data, position }) => {
    const { tags, ...rest } = data
    runs.set(data.run, {
      ...rest,
      ...{ status: 'RUNNING', endTime: null, isRemoved: false, seal: null, amendments: 0, opened: position },
      ...{ params: new Map(), tags: textsOf(tags), metrics: new Map(), files: new Map() },
      ...{ inputs: [], modelInputs: [], outputs: [] },
    })
  }),
  ofRun(RunLogged, (run, { data }) => {
    change(run.params, data.params)
    change(run.tags, data.tags)
  }),
  on<TrackingState, typeof RunMeasured>(RunMeasured, (state, { data }) => {
    const run = state.runs.get(data.run)
    if (run === undefined) return
    for (const point of data.chunk === null ? data.points : data.latest) {
      const value = { value: numberOf(point), timestamp: point.timestamp, step: point.step }
      const key = shared(point.key)
      if (isLater(value, run.metrics.get(key))) run.metrics.set(key, value)
      if (point.loggedModel !== '') measureModel(state, point, { ...value, run: data.run })
    }
  }),
  ofRun(InputsLogged, (run, { data }) => {
    run.inputs.push(...data.datasets)
    run.modelInputs.push(...data.models.filter((one) => !run.modelInputs.includes(one)))
  }),
  ofRun(OutputsLogged, (run, { data }) => {
    run.outputs.push(...data.models)
  }),
  ofRun(FileStored, (run, { data: { path, hash, bytes } }) => {
    run.files.set(path, { hash, bytes })
  }),
  ofRun(FileRemoved, (run, { data }) => {
    run.files.delete(data.path)
  }),
  ofRun(RunSealed, (run, { data: { status, endTime, seal } }) => {
    Object.assign(run, { status, endTime, seal })
  }),
  ofRun(AmendmentOpened, (run, { data }) => {
    Object.assign(run, { status: 'RUNNING', seal: null, amendments: data.amendment })
  }),
  ofRun(RunRenamed, (run, { data }) => {
    run.name = data.name
    run.tags.set('mlflow.runName', data.name)
  }),
  ofRun(RunRemoved, (run) => {
    run.isRemoved = true
  }),
  ofRun(RunRestored, (run) => {
    run.isRemoved = false
  }),
  on<TrackingState, typeof LoggedModelOpened>(LoggedModelOpened, ({ models }, { data, eventTime }) => {
    const at = millis(eventTime)
    const { params, tags, ...rest } = data
    models.set(data.loggedModel, {
      ...rest,
      ...{ status: 'PENDING', seal: null, isRemoved: false, created: at, updated: at },
      ...{ params: textsOf(params), tags: textsOf(tags), files: new Map(), metrics: new Map() },
    })
  }),
  ofModel(LoggedModelEdited, (model, { data }) => {
    change(model.params, data.params)
    change(model.tags, data.tags)
  }),
  ofModel(LoggedModelFileStored, (model, { data: { path, hash, bytes } }) => {
    model.files.set(path, { hash, bytes })
  }),
  ofModel(LoggedModelEnded, (model, { data: { status, seal } }) => {
    Object.assign(model, { status, seal })
  }),
  ofModel(LoggedModelRemoved, (model) => {
    model.isRemoved = true
  }),
]

type RunEvent = { data: { run: string } }
type ModelEvent = { data: { loggedModel: string }; eventTime: Micros }

/** What happens to a run that there is. */
function ofRun<D extends Parameters<typeof on>[0]>(
  definition: D,
  apply: (run: TrackedRun, event: Parameters<Parameters<typeof on<TrackingState, D>>[1]>[1]) => void,
) {
  return on<TrackingState, D>(definition, ({ runs }, event) => {
    const run = runs.get((event as unknown as RunEvent).data.run)
    if (run !== undefined) apply(run, event)
  })
}

function ofModel<D extends Parameters<typeof on>[0]>(
  definition: D,
  apply: (model: LoggedModelView, event: Parameters<Parameters<typeof on<TrackingState, D>>[1]>[1]) => void,
) {
  return on<TrackingState, D>(definition, ({ models }, event) => {
    const { data, eventTime } = event as unknown as ModelEvent
    const model = models.get(data.loggedModel)
    if (model === undefined) return
    apply(model, event)
    model.updated = millis(eventTime)
  })
}

function measureModel(
  { models }: TrackingState,
  { key, loggedModel, dataset, datasetDigest }: Point,
  measured: MetricValue & { run: string },
): void {
  const model = models.get(loggedModel)
  const place = JSON.stringify([key, dataset, datasetDigest])
  if (model !== undefined && isLater(measured, model.metrics.get(place)))
    model.metrics.set(place, { key, dataset, datasetDigest, ...measured })
}

/** Whether a value stands for a metric from now on: the greatest step counts, then the latest time, then the greatest value. */
export function isLater(one: MetricValue, other: MetricValue | undefined): boolean {
  if (other === undefined) return true
  if (one.step !== other.step) return one.step > other.step
  if (one.timestamp !== other.timestamp) return one.timestamp > other.timestamp
  return one.value > other.value || Number.isNaN(other.value)
}

const BY_TYPE = new Map(HANDLERS.map((handler) => [handler.type, handler]))

export const trackedRuns: Followed<TrackingState> = Object.freeze({
  name: 'tracking',
  version: 1,
  handles: [...BY_TYPE.keys()],
  initial: () => ({ experiments: new Map([['0', defaultExperiment()]]), runs: new Map(), models: new Map() }),
  apply(state: TrackingState, event: Recorded) {
    BY_TYPE.get(event.type)?.apply(state, event)
    return state
  },
})

/** It is there before anybody opens it. */
const defaultExperiment = (): ExperimentView => ({
  experiment: '0',
  name: 'Default',
  artifactLocation: 'mlflow-artifacts:/0',
  tags: new Map(),
  isRemoved: false,
  created: 0,
  updated: 0,
})
