/** MLflow's routes on experiments. */
import { z } from 'zod'
import { EXPERIMENTS_STREAM, experiments } from '../../commands/tracking/experiments.ts'
import { pageOf } from '../../projections/tracking/match.ts'
import type { ExperimentView, TrackingState } from '../../projections/tracking/runs.ts'
import { EXPERIMENTS, found } from '../../projections/tracking/search.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { experimentForm } from './forms.ts'
import { key, MOST, nameOf, tag, text, texts, whole } from './input.ts'
import { type Asking, defineRoute, type Office, type Route } from './route.ts'

const AT = '/api/2.0/mlflow/experiments'
const experimentId = z.coerce.string()

/** @throws Refusal `tracking.unknown-experiment` */
export function experimentIn({ experiments }: TrackingState, experiment: string): ExperimentView {
  const found = experiments.get(experiment)
  if (found === undefined) throw refuse('tracking.unknown-experiment', { experiment })
  return found
}

type Command = Parameters<typeof experiments.decide>[0]

const act = ({ desk }: Office, command: Command, { subject, commandId }: Asking) =>
  desk.act(experiments, { stream: EXPERIMENTS_STREAM, command, commandId, subject })

export const DELETED_BY_CLIENT = 'deleted by a tracking client, which tells no reason'

const searching = z.object({
  max_results: whole.default(1_000),
  page_token: text,
  filter: text,
  order_by: texts,
  view_type: z.enum(['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL']).default('ACTIVE_ONLY'),
})

async function search(
  { desk }: Office,
  { max_results, page_token, filter, order_by, view_type }: z.infer<typeof searching>,
) {
  const { experiments } = await desk.runs()
  const shown = [...experiments.values()].filter(
    ({ isRemoved }) => view_type === 'ALL' || isRemoved === (view_type === 'DELETED_ONLY'),
  )
  const { page, next } = pageOf(found(shown, EXPERIMENTS, { filter, orders: order_by }), {
    token: page_token,
    most: Math.min(Math.max(max_results, 1), MOST.runsOfPage),
    question: [filter, order_by, view_type],
    idOf: (one) => one.experiment,
  })
  return {
    ...(page.length > 0 && { experiments: page.map(experimentForm) }),
    ...(next !== null && { next_page_token: next }),
  }
}

export const EXPERIMENT_ROUTES: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: `${AT}/create`,
    permission: 'experiment.run',
    about: 'MLflow: create an experiment.',
    input: z.object({
      name: z.string().trim().pipe(nameOf(MOST.nameCharacters)),
      artifact_location: z.string().optional(),
      tags: z.array(tag).default([]),
    }),
    async answer(office, { name, artifact_location, tags }, asking) {
      if (artifact_location !== undefined && artifact_location !== '')
        throw refuse('tracking.not-kept', {
          problem: 'An artifact location of your own is not supported',
          remedy: 'Leave artifact_location out: artifacts are kept by the platform, under their hashes.',
        })
      await act(office, { kind: 'open', name, artifactLocation: null, tags }, asking)
      const { experiments } = await office.desk.runs()
      const opened = [...experiments.values()].find((one) => one.name === name)
      return { experiment_id: opened?.experiment ?? '' }
    },
  }),
  defineRoute({
    method: 'GET',
    path: `${AT}/get`,
    permission: 'read',
    about: 'MLflow: an experiment by its id.',
    input: z.object({ experiment_id: experimentId }),
    answer: async ({ desk }, { experiment_id }) => ({
      experiment: experimentForm(experimentIn(await desk.runs(), experiment_id)),
    }),
  }),
  defineRoute({
    method: 'GET',
    path: `${AT}/get-by-name`,
    permission: 'read',
    about: 'MLflow: an experiment by its name.',
    input: z.object({ experiment_name: z.string() }),
    async answer({ desk }, { experiment_name }) {
      const { experiments } = await desk.runs()
      const found = [...experiments.values()].find((one) => one.name === experiment_name)
      if (found === undefined) throw refuse('tracking.unknown-experiment', { experiment: experiment_name })
      return { experiment: experimentForm(found) }
    },
  }),
  ...(['GET', 'POST'] as const).map((method) =>
    defineRoute({
      method,
      path: `${AT}/search`,
      permission: 'read',
      about: 'MLflow: experiments that meet a filter.',
      input: searching,
      answer: search,
    }),
  ),
  defineRoute({
    method: 'POST',
    path: `${AT}/update`,
    permission: 'experiment.run',
    about: 'MLflow: rename an experiment.',
    input: z.object({ experiment_id: experimentId, new_name: nameOf(MOST.nameCharacters) }),
    async answer(office, { experiment_id, new_name }, asking) {
      await act(office, { kind: 'edit', experiment: experiment_id, name: new_name, tags: [] }, asking)
      return {}
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${AT}/delete`,
    permission: 'experiment.run',
    about: 'MLflow: hide an experiment. Its runs count as trials all the same.',
    input: z.object({ experiment_id: experimentId }),
    async answer(office, { experiment_id }, asking) {
      const reason = DELETED_BY_CLIENT
      await act(office, { kind: 'remove', experiment: experiment_id, reason }, asking)
      return {}
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${AT}/restore`,
    permission: 'experiment.run',
    about: 'MLflow: show a deleted experiment again.',
    input: z.object({ experiment_id: experimentId }),
    async answer(office, { experiment_id }, asking) {
      await act(office, { kind: 'restore', experiment: experiment_id }, asking)
      return {}
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${AT}/set-experiment-tag`,
    permission: 'experiment.run',
    about: 'MLflow: set a tag of an experiment.',
    input: tag.extend({ experiment_id: experimentId }),
    async answer(office, { experiment_id, key, value }, asking) {
      await act(
        office,
        { kind: 'edit', experiment: experiment_id, name: null, tags: [{ key, value }] },
        asking,
      )
      return {}
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${AT}/delete-experiment-tag`,
    permission: 'experiment.run',
    about: 'MLflow: take a tag of an experiment away.',
    input: z.object({ experiment_id: experimentId, key }),
    async answer(office, { experiment_id, key }, asking) {
      const tags = [{ key, value: null }]
      await act(office, { kind: 'edit', experiment: experiment_id, name: null, tags }, asking)
      return {}
    },
  }),
]
