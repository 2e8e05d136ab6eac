/** The sample: a history arrives as a file, a sweep is judged, a model is approved, and thirteen years arrive day by day. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { PolicySpec } from '../../schemas/events/approval.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { formatDay } from '../../schemas/kernel/time.ts'
import { joinRows, type Rows, sliceRows } from '../../schemas/rows.ts'
import { defineSet } from '../../streams/features/definition.ts'
import { readFeatureSet } from '../../streams/features/set-file.ts'
import { readDatasetFile } from '../../streams/sources/dataset-file.ts'
import { readFile } from '../../streams/sources/file.ts'
import {
  actId,
  declareDataset,
  defineFeatures,
  promote,
  requestValidation,
  reviewCapital,
  setPolicy,
  sign,
  signPolicy,
} from '../actions.ts'
import { PlayedClock } from '../clock.ts'
import { ingestRows } from '../ingest.ts'
import { keyOf } from '../keys.ts'
import { openPlatform, type Platform } from '../platform.ts'
import { readPolicy } from '../policy-file.ts'
import { closeDueSessions } from '../sessions.ts'
import { readSpec } from '../spec-file.ts'
import { runSweep, type Sweep, sweepSpec } from '../sweep.ts'
import { SAMPLE } from './plan.ts'

export type SampleOptions = Readonly<{
  path: string
  /** Data known from this moment on are left out; all are played unless it is given. */
  until?: Micros
  /** Another grid than the file's: fewer trials. */
  grid?: Pick<Sweep, 'horizons' | 'alphas'>
  onProgress?: (stage: string, done: number, of: number) => void
}>

/** Plays the sample, or goes on with it: every step that the log has already is passed over. */
export async function playSample(options: SampleOptions): Promise<Platform> {
  const progress = options.onProgress ?? (() => {})
  const clock = new PlayedClock(SAMPLE.liveFrom)
  const platform = await openPlatform({ path: options.path, moment: clock })
  const actor = SAMPLE.author

  const spec = await readDatasetFile(SAMPLE.prices.declaration)
  const file = await readFile(SAMPLE.prices.data, spec, { receivedAt: Number.MAX_SAFE_INTEGER })
  const rows = joinRows([...file.rows])
  const { history, days } = cut(rows, options.until ?? Number.POSITIVE_INFINITY)

  progress('history', 0, 1)
  await declareDataset(platform, spec, { actor, commandId: actId('declare', spec) })
  await defineSampleFeatures(
    platform,
    spec.columns.map((column) => column.name),
  )
  const source = basename(SAMPLE.prices.data)
  await ingestRows(platform, {
    dataset: spec.dataset,
    source: `${source} ${spanOf(history)}`,
    rows: history,
    actor,
  })
  await ingestIndex(platform)
  progress('history', 1, 1)

  await judgeSweep(platform, options)
  await playDays(platform, { clock, days, source, dataset: spec.dataset }, progress)
  return platform
}

async function ingestIndex(platform: Platform): Promise<void> {
  const actor = SAMPLE.author
  const spec = await readDatasetFile(SAMPLE.index.declaration)
  const file = await readFile(SAMPLE.index.data, spec, { receivedAt: Number.MAX_SAFE_INTEGER })
  const { history } = cut(joinRows([...file.rows]), Number.NEGATIVE_INFINITY)
  const source = `${basename(SAMPLE.index.data)} ${spanOf(history)}`
  await declareDataset(platform, spec, { actor, commandId: actId('declare', spec) })
  await ingestRows(platform, { dataset: spec.dataset, source, rows: history, actor })
}

async function defineSampleFeatures(platform: Platform, columns: readonly string[]): Promise<void> {
  const draft = readFeatureSet(basename(SAMPLE.features), readFileSync(SAMPLE.features, 'utf8'))
  const set = defineSet(draft, columns)
  await defineFeatures(platform, set, { actor: SAMPLE.author, commandId: actId('features', set) })
}

/** Trains the sweep, has the gate judge every trial, and promotes the best that passed, if one did. */
async function judgeSweep(platform: Platform, options: SampleOptions): Promise<void> {
  const progress = options.onProgress ?? (() => {})
  const { author: actor, model, committee, approvers } = SAMPLE
  const sweep = { ...readSpec(SAMPLE.sweep, sweepSpec), ...options.grid }
  const keys = Object.fromEntries(committee.map((member) => [member, keyOf(platform.folder.keys, member)]))
  const policy = platform.folds.registry.state().policy ?? (await setSamplePolicy(platform, keys))
  const runs = await runSweep(platform, sweep, { actor, onRun: (done, of) => progress('trials', done, of) })
  const { runs: records } = platform.folds.experiments.state()
  const complete = runs.filter(
    (run) => records[run].status === 'finished' && records[run].missing.length === 0,
  )
  for (const [done, run] of complete.entries()) {
    const act = { actor, commandId: `validate:${run}:${policy.version}` }
    await requestValidation(platform, { model, run, depth: 'until-refused' }, act)
    progress('gate', done + 1, complete.length)
  }
  const best = bestPassed(platform, model)
  // What a committee has put in force since then stays in force.
  if (best === undefined || platform.folds.registry.state().models[model]?.live != null) return
  const { artifact, report } = best
  for (const member of approvers) {
    const signing = {
      model,
      artifact,
      report,
      member,
      decision: 'approve',
      privateKey: keys[member],
    } as const
    const act = { actor: member, commandId: `approve:${member}:${report}` }
    await sign(platform, { ...signing, reason: 'The report meets the policy in force.' }, act)
  }
  await promote(platform, { model, artifact }, { actor: 'head-of-risk', commandId: `promote:${artifact}` })
}

async function setSamplePolicy(platform: Platform, keys: Record<string, string>): Promise<PolicySpec> {
  const { policy } = readPolicy(SAMPLE.policy, keys)
  const signatures = SAMPLE.approvers.map((member) =>
    signPolicy(policy, null, { member, privateKey: keys[member] }),
  )
  const act = { actor: 'head-of-risk', commandId: `policy:${policy.version}` }
  await setPolicy(platform, { policy, signatures }, act)
  return policy
}

/** Of the models that passed, the one with the greatest deflated Sharpe ratio; the first of equals. */
function bestPassed(platform: Platform, model: string) {
  const reports = Object.values(platform.folds.registry.state().models[model]?.reports ?? {})
  const dsrOf = (report: (typeof reports)[number]) =>
    report.tests.find(({ test }) => test === 'dsr')?.value ?? 0
  return reports
    .filter((report) => report.verdict === 'passed')
    .sort((a, b) => dsrOf(b) - dsrOf(a) || (a.run < b.run ? -1 : 1))
    .at(0)
}

type Play = Readonly<{ clock: PlayedClock; days: readonly Rows[]; source: string; dataset: string }>

async function playDays(platform: Platform, play: Play, progress: NonNullable<SampleOptions['onProgress']>) {
  const { clock, days, source, dataset } = play
  const { model, reviewer: member, reviewAfterDays } = SAMPLE
  const privateKey = keyOf(platform.folder.keys, member)
  let waitingDays = 0
  for (const [done, rows] of days.entries()) {
    clock.advanceTo(rows.knownAt[0])
    await ingestRows(platform, { dataset, source: `${source} ${spanOf(rows)}`, rows, actor: 'feed' })
    const { sessions } = platform.markets.of(dataset) ?? {}
    if (sessions !== undefined) clock.advanceTo(sessions.decides(sessions.of(rows.eventTime[0])))
    await closeDueSessions(platform, dataset, 'feed')
    const view = platform.folds.capital.state().models[model]
    const cut = view?.pendingReview ? view.history.findLast(({ why }) => why === 'reduced') : undefined
    // From the day of the cut on: a sample that goes on comes past the days before it once more.
    waitingDays = cut !== undefined && rows.eventTime[0] >= cut.at ? waitingDays + 1 : 0
    if (waitingDays >= reviewAfterDays) {
      const reason = `Reviewed ${reviewAfterDays} trading days after the cut: features and code as approved.`
      const act = { actor: member, commandId: `review:${model}:${rows.knownAt[0]}` }
      await reviewCapital(platform, { model, fraction: 1, member, reason, privateKey }, act)
      waitingDays = 0
    }
    if (done % 20 === 0 || done === days.length - 1) progress('days', done + 1, days.length)
  }
}

/** The rows known before the live period as one table, and one table for each later moment. */
function cut(rows: Rows, until: Micros): { history: Rows; days: Rows[] } {
  let from = 0
  while (from < rows.length && rows.knownAt[from] < SAMPLE.liveFrom) from++
  const history = sliceRows(rows, 0, from)
  const days: Rows[] = []
  while (from < rows.length && rows.knownAt[from] < until) {
    let to = from
    while (to < rows.length && rows.knownAt[to] === rows.knownAt[from]) to++
    days.push(sliceRows(rows, from, to))
    from = to
  }
  return { history, days }
}

const spanOf = (rows: Rows): string => {
  const [from, to] = [formatDay(rows.eventTime[0]), formatDay(rows.eventTime[rows.length - 1])]
  return from === to ? from : `${from}..${to}`
}
