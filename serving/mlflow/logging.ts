/** MLflow's routes by which a run is filled: parameters, metrics, tags, inputs and outputs. */
import { z } from 'zod'
import type { Pair, TagChange } from '../../schemas/events/tracking.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { key, MOST, metric, ofRun, param, runIdIn, tag, text, whole } from './input.ts'
import { measure } from './measure.ts'
import { type Asking, defineRoute, type Office, type Route } from './route.ts'
import { actOnRun } from './runs.ts'

const AT = '/api/2.0/mlflow/runs'

type Logged = Readonly<{ params?: readonly Pair[]; tags?: readonly TagChange[] }>

async function log(office: Office, run: string, { params = [], tags = [] }: Logged, asking: Asking) {
  if (params.length > 0 || tags.length > 0)
    await actOnRun(office, run, { kind: 'log', run, params, tags }, asking)
  return {}
}

const batch = ofRun.extend({
  metrics: z.array(metric).max(MOST.metricsOfBatch).default([]),
  params: z.array(param).max(MOST.paramsOfBatch).default([]),
  tags: z.array(tag).max(MOST.paramsOfBatch).default([]),
})

const dataset = z.object({
  tags: z.array(tag).default([]),
  dataset: z.object({
    name: z.string().max(MOST.nameCharacters),
    digest: z.string().max(100),
    source_type: text,
    source: text,
    schema: z
      .string()
      .max(1 << 20)
      .nullable()
      .default(null),
    profile: z
      .string()
      .max(1 << 24)
      .nullable()
      .default(null),
  }),
})

export const LOGGING_ROUTES: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: `${AT}/log-parameter`,
    permission: 'experiment.run',
    about: 'MLflow: log a parameter, once and for all.',
    input: ofRun.extend(param.shape),
    answer: (office, { key, value, ...sent }, asking) =>
      log(office, runIdIn(sent), { params: [{ key, value }] }, asking),
  }),
  defineRoute({
    method: 'POST',
    path: `${AT}/log-metric`,
    permission: 'experiment.run',
    about: 'MLflow: log a value of a metric.',
    input: ofRun.extend(metric.shape),
    async answer(office, { run_id, run_uuid, ...one }, asking) {
      await measure(office, runIdIn({ run_id, run_uuid }), { metrics: [one], asking })
      return {}
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${AT}/log-batch`,
    permission: 'experiment.run',
    about: 'MLflow: log parameters, metrics and tags together.',
    input: batch,
    async answer(office, { metrics, params, tags, ...sent }, asking) {
      const run = runIdIn(sent)
      const entities = metrics.length + params.length + tags.length
      if (entities > MOST.entitiesOfBatch)
        throw refuse('tracking.malformed', {
          route: `${AT}/log-batch`,
          problems: `${entities} metrics, params and tags, and at most ${MOST.entitiesOfBatch} are taken together`,
        })
      await log(office, run, { params, tags }, asking)
      await measure(office, run, { metrics, asking })
      return {}
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${AT}/set-tag`,
    permission: 'experiment.run',
    about: 'MLflow: set a tag of a run.',
    input: ofRun.extend(tag.shape),
    answer: (office, { key, value, ...sent }, asking) =>
      log(office, runIdIn(sent), { tags: [{ key, value }] }, asking),
  }),
  defineRoute({
    method: 'POST',
    path: `${AT}/delete-tag`,
    permission: 'experiment.run',
    about: 'MLflow: take a tag of a run away.',
    input: ofRun.extend({ key }),
    answer: (office, { key, ...sent }, asking) =>
      log(office, runIdIn(sent), { tags: [{ key, value: null }] }, asking),
  }),
  defineRoute({
    method: 'POST',
    path: `${AT}/log-inputs`,
    permission: 'experiment.run',
    about: 'MLflow: log the data sets and models that a run reads.',
    input: ofRun.extend({
      datasets: z.array(dataset).max(MOST.paramsOfBatch).default([]),
      models: z
        .array(z.object({ model_id: z.string() }))
        .max(MOST.paramsOfBatch)
        .default([]),
    }),
    async answer(office, { datasets, models, ...sent }, asking) {
      const run = runIdIn(sent)
      const logged = {
        run,
        datasets: datasets.map(({ tags, dataset: { source_type, ...rest } }) => ({
          ...rest,
          sourceType: source_type,
          tags,
        })),
        models: models.map(({ model_id }) => model_id),
      }
      await actOnRun(office, run, { kind: 'inputs', logged }, asking)
      return {}
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${AT}/outputs`,
    permission: 'experiment.run',
    about: 'MLflow: log the models that a run made.',
    input: ofRun.extend({
      models: z.array(z.object({ model_id: z.string(), step: whole.default(0) })).max(MOST.paramsOfBatch),
    }),
    async answer(office, { models, ...sent }, asking) {
      const run = runIdIn(sent)
      const told = models.map(({ model_id, step }) => ({ loggedModel: model_id, step }))
      await actOnRun(office, run, { kind: 'outputs', logged: { run, models: told } }, asking)
      return {}
    },
  }),
]
