/** MLflow's routes on logged models, which clients have from 3.0 on. */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { loggedModel, loggedModelStream } from '../../commands/tracking/logged-model.ts'
import { pageOf } from '../../projections/tracking/match.ts'
import type { LoggedModelView, TrackingState } from '../../projections/tracking/runs.ts'
import { found, LOGGED_MODELS } from '../../projections/tracking/search.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { MetricPoint } from '../../streams/log/points.ts'
import { artifactPlace, listing } from './artifact-path.ts'
import { DELETED_BY_CLIENT, experimentIn } from './experiments.ts'
import { loggedModelForm, modelMetricForm, modelRootOf } from './forms.ts'
import { idInRun, pointsOf } from './history.ts'
import { key, MOST, param, tag, text, texts, whole } from './input.ts'
import { type Asking, defineRoute, type Office, type Route } from './route.ts'
import { runIn } from './run-state.ts'

const AT = '/api/2.0/mlflow/logged-models'
const ofModel = z.object({ model_id: z.string() })

type Command = Parameters<typeof loggedModel.decide>[0]

async function act(office: Office, model: string, command: Command, { subject, commandId }: Asking) {
  const stream = loggedModelStream(model)
  await office.desk.act(loggedModel, { stream, command, commandId, subject })
  return wholeForm(office, model)
}

/** With every value that was measured with it, which a search leaves to the latest. */
async function wholeForm(office: Office, id: string) {
  const state = await office.desk.runs()
  const model = modelIn(state, id)
  const form = loggedModelForm(state, model)
  const metrics = await metricsOf(office, model)
  return { model: metrics.length === 0 ? form : { ...form, data: { ...form.data, metrics } } }
}

/** @throws Refusal `tracking.unknown-logged-model` */
export function modelIn({ models }: TrackingState, model: string): LoggedModelView {
  const found = models.get(model)
  if (found === undefined || found.isRemoved) throw refuse('tracking.unknown-logged-model', { model })
  return found
}

/** Every value that was measured with a model, by whichever runs. */
async function metricsOf(office: Office, { loggedModel, metrics }: LoggedModelView) {
  const runs = new Set([...metrics.values()].map(({ run }) => run))
  const forms: object[] = []
  const idOf = (point: MetricPoint) => JSON.stringify([idInRun(point), point.dataset, point.datasetDigest])
  for (const run of runs)
    for (const point of await pointsOf(office.platform, run, (one) => one.loggedModel === loggedModel, {
      idOf,
    }))
      forms.push(modelMetricForm(point, { model: loggedModel, run }))
  return forms
}

const order = z.object({
  field_name: z.string(),
  ascending: z.boolean().default(true),
})

/** The client writes `metrics.rmse`, or an attribute by its plain name. */
const orderText = ({ field_name, ascending }: z.infer<typeof order>): string => {
  const [entity, ...rest] = field_name.split('.')
  const name = rest.length === 0 ? `\`${entity}\`` : `${entity}.\`${rest.join('.')}\``
  return `${name} ${ascending ? 'ASC' : 'DESC'}`
}

export const LOGGED_MODEL_ROUTES: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: AT,
    permission: 'experiment.run',
    about: 'MLflow: begin a logged model.',
    input: z.object({
      experiment_id: z.coerce.string(),
      name: text,
      model_type: text,
      source_run_id: text,
      params: z.array(param).max(MOST.paramsOfBatch).default([]),
      tags: z.array(tag).default([]),
    }),
    async answer(office, { experiment_id, name, model_type, source_run_id, params, tags }, asking) {
      const state = await office.desk.runs()
      const { experiment } = experimentIn(state, experiment_id)
      if (source_run_id !== '') runIn(state, source_run_id)
      const model = `m-${asking.idOfNew ?? randomUUID().replaceAll('-', '')}`
      const opening = {
        ...{ loggedModel: model, experiment, run: source_run_id, modelType: model_type },
        ...{ name: name || model.slice(0, 10), params, tags },
      }
      return act(office, model, { kind: 'open', opening }, asking)
    },
  }),
  defineRoute({
    method: 'GET',
    path: `${AT}/:model_id`,
    permission: 'read',
    about: 'MLflow: a logged model.',
    input: ofModel,
    answer: (office, { model_id }) => wholeForm(office, model_id),
  }),
  defineRoute({
    method: 'PATCH',
    path: `${AT}/:model_id`,
    permission: 'experiment.run',
    about: 'MLflow: a logged model is whole, which seals its files, or failed.',
    input: ofModel.extend({ status: z.enum(['LOGGED_MODEL_READY', 'LOGGED_MODEL_UPLOAD_FAILED']) }),
    answer: (office, { model_id, status }, asking) =>
      act(
        office,
        model_id,
        {
          kind: 'end',
          loggedModel: model_id,
          status: status === 'LOGGED_MODEL_READY' ? 'READY' : 'UPLOAD_FAILED',
        },
        asking,
      ),
  }),
  defineRoute({
    method: 'POST',
    path: `${AT}/:model_id/params`,
    permission: 'experiment.run',
    about: 'MLflow: more parameters of a logged model.',
    input: ofModel.extend({ params: z.array(param).max(MOST.paramsOfBatch).default([]) }),
    async answer(office, { model_id, params }, asking) {
      await act(office, model_id, { kind: 'edit', loggedModel: model_id, params, tags: [] }, asking)
      return {}
    },
  }),
  defineRoute({
    method: 'PATCH',
    path: `${AT}/:model_id/tags`,
    permission: 'experiment.run',
    about: 'MLflow: set tags of a logged model.',
    input: ofModel.extend({ tags: z.array(tag).default([]) }),
    answer: (office, { model_id, tags }, asking) =>
      act(office, model_id, { kind: 'edit', loggedModel: model_id, params: [], tags }, asking),
  }),
  defineRoute({
    method: 'DELETE',
    path: `${AT}/:model_id/tags/:key`,
    permission: 'experiment.run',
    about: 'MLflow: take a tag of a logged model away.',
    input: ofModel.extend({ key }),
    async answer(office, { model_id, key }, asking) {
      const tags = [{ key, value: null }]
      await act(office, model_id, { kind: 'edit', loggedModel: model_id, params: [], tags }, asking)
      return {}
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: `${AT}/:model_id`,
    permission: 'experiment.run',
    about: 'MLflow: hide a logged model.',
    input: ofModel,
    async answer({ desk }, { model_id }, { subject, commandId }) {
      const command = { kind: 'remove', loggedModel: model_id, reason: DELETED_BY_CLIENT } as const
      const stream = loggedModelStream(model_id)
      await desk.act(loggedModel, { stream, command, commandId, subject })
      return {}
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${AT}/search`,
    permission: 'read',
    about: 'MLflow: logged models that meet a filter.',
    input: z.object({
      experiment_ids: texts,
      filter: text,
      max_results: whole.default(50),
      order_by: z.array(order).default([]),
      page_token: text,
    }),
    async answer({ desk }, { experiment_ids, filter, max_results, order_by, page_token }) {
      const state = await desk.runs()
      const wanted = new Set(experiment_ids)
      const shown = [...state.models.values()].filter(
        ({ experiment, isRemoved }) => !isRemoved && wanted.has(experiment),
      )
      const orders = order_by.map(orderText)
      const { page, next } = pageOf(found(shown, LOGGED_MODELS, { filter, orders }), {
        token: page_token,
        most: Math.min(Math.max(max_results, 1), MOST.runsOfPage),
        question: [experiment_ids, filter, orders],
        idOf: (one) => one.loggedModel,
      })
      return {
        ...(page.length > 0 && { models: page.map((model) => loggedModelForm(state, model)) }),
        ...(next !== null && { next_page_token: next }),
      }
    },
  }),
  defineRoute({
    method: 'GET',
    path: `${AT}/:model_id/artifacts/directories`,
    permission: 'read',
    about: 'MLflow: what lies in a folder of a logged model.',
    input: ofModel.extend({ artifact_directory_path: text }),
    async answer({ desk }, { model_id, artifact_directory_path: path }) {
      const state = await desk.runs()
      const model = modelIn(state, model_id)
      if (path !== '') artifactPlace(`${model.experiment}/models/${model_id}/artifacts/${path}`)
      const files = listing(model.files, path).map((one) => ({
        ...one,
        path: path === '' ? one.path : `${path}/${one.path}`,
      }))
      return { root_uri: modelRootOf(state, model), ...(files.length > 0 && { files }) }
    },
  }),
]
