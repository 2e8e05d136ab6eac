/** What is known of experiments, runs and models, in the forms of MLflow's REST API. */
import type {
  ExperimentView,
  LoggedModelView,
  MetricValue,
  TrackedRun,
  TrackingState,
} from '../../projections/tracking/runs.ts'
import type { Pair } from '../../schemas/events/tracking.ts'
import { attestedMissing } from './mandate.ts'

export const pairs = (texts: ReadonlyMap<string, string>): Pair[] =>
  [...texts].map(([key, value]) => ({ key, value }))

/** A list that is empty is left out, as proto3's JSON does. */
export const listed = <T>(name: string, list: readonly T[]): Readonly<Record<string, readonly T[]>> =>
  list.length === 0 ? {} : { [name]: list }

/** JSON has no number for infinities and NaN, and JavaScript writes none for the 0 below zero: proto3 takes all as text. */
export const doubleForm = (value: number): number | string =>
  Object.is(value, -0) ? '-0.0' : Number.isFinite(value) ? value : String(value)

export const metricForm = (key: string, { value, timestamp, step }: MetricValue) => ({
  key,
  value: doubleForm(value),
  timestamp,
  step,
})

export function experimentForm(one: ExperimentView) {
  return {
    experiment_id: one.experiment,
    name: one.name,
    artifact_location: one.artifactLocation,
    lifecycle_stage: one.isRemoved ? 'deleted' : 'active',
    last_update_time: one.updated,
    creation_time: one.created,
    ...listed('tags', pairs(one.tags)),
  }
}

/** A run of an experiment that is deleted is deleted with it. */
export const isHidden = ({ experiments }: TrackingState, { isRemoved, experiment }: TrackedRun): boolean =>
  isRemoved || (experiments.get(experiment)?.isRemoved ?? false)

export const artifactRootOf = ({ experiments }: TrackingState, { experiment, run }: TrackedRun): string =>
  `${experiments.get(experiment)?.artifactLocation ?? `mlflow-artifacts:/${experiment}`}/${run}/artifacts`

export function runInfoForm(state: TrackingState, run: TrackedRun) {
  return {
    run_uuid: run.run,
    experiment_id: run.experiment,
    run_name: run.name,
    user_id: run.user,
    status: run.status,
    start_time: run.startTime,
    ...(run.endTime !== null && { end_time: run.endTime }),
    artifact_uri: artifactRootOf(state, run),
    lifecycle_stage: isHidden(state, run) ? 'deleted' : 'active',
    run_id: run.run,
  }
}

export function runForm(state: TrackingState, run: TrackedRun) {
  const { params, tags, metrics, inputs, modelInputs, outputs } = run
  return {
    info: runInfoForm(state, run),
    data: {
      ...listed(
        'metrics',
        [...metrics].map(([key, value]) => metricForm(key, value)),
      ),
      ...listed('params', pairs(params)),
      tags: [...pairs(tags), ...ownTags(run)],
    },
    inputs: {
      ...listed('dataset_inputs', inputs.map(datasetForm)),
      ...listed(
        'model_inputs',
        modelInputs.map((model_id) => ({ model_id })),
      ),
    },
    outputs: listed(
      'model_outputs',
      outputs.map(({ loggedModel, step }) => ({ model_id: loggedModel, step })),
    ),
  }
}

/** What the platform says of a run: who was let in and opened it, its seal, and what bars it from promotion. */
function ownTags(run: TrackedRun): readonly Pair[] {
  return [
    { key: 'asof.author', value: run.author },
    ...(run.seal === null ? [] : [{ key: 'asof.seal', value: run.seal }]),
    ...(run.amendments === 0 ? [] : [{ key: 'asof.amendments', value: String(run.amendments) }]),
    { key: 'asof.missing', value: attestedMissing(run).join(', ') },
  ]
}

function datasetForm({
  name,
  digest,
  sourceType,
  source,
  schema,
  profile,
  tags,
}: TrackedRun['inputs'][number]) {
  return {
    ...listed('tags', tags),
    dataset: {
      ...{ name, digest, source_type: sourceType, source },
      ...(schema !== null && { schema }),
      ...(profile !== null && { profile }),
    },
  }
}

export const modelRootOf = (
  { experiments }: TrackingState,
  { experiment, loggedModel }: LoggedModelView,
): string =>
  `${experiments.get(experiment)?.artifactLocation ?? `mlflow-artifacts:/${experiment}`}/models/${loggedModel}/artifacts`

type Measured = MetricValue & Readonly<{ key: string; dataset: string; datasetDigest: string }>

export const modelMetricForm = (
  { key, dataset, datasetDigest, ...value }: Measured,
  { model, run }: Readonly<{ model: string; run: string }>,
) => ({
  ...metricForm(key, value),
  ...(dataset !== '' && { dataset_name: dataset }),
  ...(datasetDigest !== '' && { dataset_digest: datasetDigest }),
  ...{ model_id: model, run_id: run },
})

export function loggedModelForm(state: TrackingState, model: LoggedModelView) {
  const metrics = [...model.metrics.values()].map((one) =>
    modelMetricForm(one, { model: model.loggedModel, run: one.run }),
  )
  return {
    info: {
      model_id: model.loggedModel,
      experiment_id: model.experiment,
      name: model.name,
      creation_timestamp_ms: model.created,
      last_updated_timestamp_ms: model.updated,
      artifact_uri: modelRootOf(state, model),
      status: `LOGGED_MODEL_${model.status}`,
      model_type: model.modelType,
      source_run_id: model.run,
      ...listed('tags', pairs(model.tags)),
    },
    data: { ...listed('params', pairs(model.params)), ...listed('metrics', metrics) },
  }
}
