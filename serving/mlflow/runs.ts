/** MLflow's routes on runs: opened, read, searched, ended, hidden. */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { type RunCommand, trackedRun, trackedRunStream } from '../../commands/tracking/run.ts'
import { pageOf } from '../../projections/tracking/match.ts'
import { found, RUNS } from '../../projections/tracking/search.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { wallClock } from '../clock.ts'
import { DELETED_BY_CLIENT, experimentIn } from './experiments.ts'
import { isHidden, runForm, runInfoForm } from './forms.ts'
import { MOST, ofRun, runIdIn, tag, text, texts, whole } from './input.ts'
import { untouchedSince } from './lost.ts'
import { type Asking, defineRoute, type Office, type Route } from './route.ts'
import { runIn } from './run-state.ts'

const AT = '/api/2.0/mlflow/runs'
const RUN_NAME = 'mlflow.runName'

const nowMillis = (): number => Math.floor(wallClock.nowMicros() / 1_000)

export const actOnRun = (
  { desk }: Office,
  run: string,
  command: RunCommand,
  { subject, commandId }: Asking,
) => desk.act(trackedRun, { stream: trackedRunStream(run), command, commandId, subject })

/** As any other trial, none is begun in a family that is over. */
function assertNotRetired({ platform }: Office, family: string): void {
  const { retired } = platform.folds.experiments.state()
  if (Object.hasOwn(retired, family)) throw refuse('experiment.retired', { family, ...retired[family] })
}

const creating = z.object({
  experiment_id: z.coerce.string().default('0'),
  user_id: text,
  run_name: text,
  start_time: whole.optional(),
  tags: z.array(tag).max(MOST.entitiesOfBatch).default([]),
})

async function create(office: Office, sent: z.infer<typeof creating>, asking: Asking) {
  const state = await office.desk.runs()
  const experiment = experimentIn(state, sent.experiment_id)
  if (experiment.isRemoved) throw refuse('tracking.experiment-removed', { experiment: experiment.experiment })
  assertNotRetired(office, experiment.name)
  const words = {
    ...{ experiment: experiment.experiment, family: experiment.name, author: asking.subject.name },
    ...{ user: sent.user_id, startTime: sent.start_time ?? nowMillis() },
  }
  const again = sent.start_time === undefined ? null : await askedAgain(office, { ...words, sent })
  const run = asking.idOfNew ?? again ?? randomUUID().replaceAll('-', '')
  asking.whenLost(() => office.lost.add({ ...words, sent }, run))
  const told = sent.tags.find(({ key }) => key === RUN_NAME)?.value
  const name = sent.run_name || told || `run-${run.slice(0, 8)}`
  const tags = [...sent.tags.filter(({ key }) => key !== RUN_NAME), { key: RUN_NAME, value: name }]
  const opening = {
    ...{ run, experiment: words.experiment, family: words.family, author: words.author },
    ...{ name, user: words.user, startTime: words.startTime, tags },
  }
  try {
    await actOnRun(office, run, { kind: 'open', opening }, asking)
  } catch (error) {
    // Nobody was answered this time either: whoever asks again means the same run.
    if (again !== null) office.lost.add({ ...words, sent }, again)
    throw error
  }
  const after = await office.desk.runs()
  return { run: runForm(after, runIn(after, run)) }
}

type Words = Parameters<Office['lost']['take']>[0] & Readonly<{ sent: z.infer<typeof creating> }>

/** The run that these very words opened, where the client never heard of it. */
async function askedAgain({ desk, lost }: Office, words: Words): Promise<string | null> {
  const { run_name, tags } = words.sent
  const named =
    run_name === ''
      ? tags
      : [...tags.filter(({ key }) => key !== RUN_NAME), { key: RUN_NAME, value: run_name }]
  const before = await desk.cameUpAt()
  return lost.take(words) ?? untouchedSince(await desk.runs(), { ...words, tags: named }, before)
}

const updating = ofRun.extend({
  status: z.enum(['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED']).optional(),
  end_time: whole.optional(),
  run_name: text,
})

async function update(
  office: Office,
  { status, end_time, run_name, ...sent }: z.infer<typeof updating>,
  asking: Asking,
) {
  const run = runIdIn(sent)
  const step = (what: string, command: RunCommand) =>
    actOnRun(office, run, command, { ...asking, commandId: `${asking.commandId}:${what}` })
  const before = runIn(await office.desk.runs(), run)
  const isEnd = status === 'FINISHED' || status === 'FAILED' || status === 'KILLED'
  // A client resumes a run by saying that it is running.
  if (status === 'RUNNING') await step('resume', { kind: 'resume', run })
  if (run_name !== '') await step('rename', { kind: 'rename', run, name: run_name })
  if (isEnd) {
    const isSame = before.status === status && end_time === undefined
    const endTime = end_time ?? (isSame ? (before.endTime ?? 0) : nowMillis())
    await step('end', { kind: 'end', run, status, endTime })
    office.desk.forget(trackedRunStream(run))
  }
  const after = await office.desk.runs()
  return { run_info: runInfoForm(after, runIn(after, run)) }
}

const searching = z.object({
  experiment_ids: texts,
  filter: text,
  run_view_type: z.enum(['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL']).default('ACTIVE_ONLY'),
  max_results: whole.default(1_000),
  order_by: texts,
  page_token: text,
})

async function search({ desk }: Office, sent: z.infer<typeof searching>) {
  const { experiment_ids, filter, run_view_type: view, max_results, order_by, page_token } = sent
  if (max_results > MOST.runsOfPage)
    throw refuse('tracking.malformed', {
      route: `${AT}/search`,
      problems: `max_results: at most ${MOST.runsOfPage}`,
    })
  const state = await desk.runs()
  const wanted = new Set(experiment_ids)
  const shown = [...state.runs.values()].filter(
    (run) =>
      wanted.has(run.experiment) && (view === 'ALL' || isHidden(state, run) === (view === 'DELETED_ONLY')),
  )
  const { page, next } = pageOf(found(shown, RUNS, { filter, orders: order_by }), {
    token: page_token,
    most: Math.max(max_results, 1),
    question: [experiment_ids, filter, view, order_by],
    idOf: ({ run }) => run,
  })
  return {
    ...(page.length > 0 && { runs: page.map((run) => runForm(state, run)) }),
    ...(next !== null && { next_page_token: next }),
  }
}

export const RUN_ROUTES: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: `${AT}/create`,
    permission: 'experiment.run',
    about: 'MLflow: open a run. It counts as a trial for ever.',
    input: creating,
    answer: create,
  }),
  defineRoute({
    method: 'GET',
    path: `${AT}/get`,
    permission: 'read',
    about: 'MLflow: a run.',
    input: ofRun,
    async answer({ desk }, sent) {
      const state = await desk.runs()
      return { run: runForm(state, runIn(state, runIdIn(sent))) }
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${AT}/update`,
    permission: 'experiment.run',
    about: 'MLflow: end a run, which seals it; resume it as an amendment; rename it.',
    input: updating,
    answer: update,
  }),
  defineRoute({
    method: 'POST',
    path: `${AT}/search`,
    permission: 'read',
    about: 'MLflow: runs that meet a filter.',
    input: searching,
    answer: search,
  }),
  defineRoute({
    method: 'POST',
    path: `${AT}/delete`,
    permission: 'experiment.run',
    about: 'MLflow: hide a run. It counts as a trial all the same.',
    input: ofRun,
    async answer(office, sent, asking) {
      const run = runIdIn(sent)
      await actOnRun(office, run, { kind: 'remove', run, reason: DELETED_BY_CLIENT }, asking)
      return {}
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${AT}/restore`,
    permission: 'experiment.run',
    about: 'MLflow: show a deleted run again.',
    input: ofRun,
    async answer(office, sent, asking) {
      const run = runIdIn(sent)
      await actOnRun(office, run, { kind: 'restore', run }, asking)
      return {}
    },
  }),
]
