/** Plays a sample: a history arrives as files, a sweep is judged, a model is approved, and the years after arrive session by session. */
import { basename } from 'node:path'
import type { PolicySpec } from '../../schemas/events/approval.ts'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { VersionRaised } from '../../schemas/events/processor.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { dataColumns } from '../../streams/features/data-columns.ts'
import { defineSet } from '../../streams/features/definition.ts'
import { readFeatureSet } from '../../streams/features/set-file.ts'
import type { Due } from '../../streams/snapshot.ts'
import { readDatasetFile } from '../../streams/sources/dataset-file.ts'
import {
  actId,
  declareDataset,
  defineFeatures,
  logIdentity,
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
import type { Meter } from '../meter.ts'
import { openPlatform, type Platform } from '../platform.ts'
import { readPolicy } from '../policy-file.ts'
import { closeDueSessions } from '../sessions.ts'
import { readSpec, writtenText } from '../spec-file.ts'
import { runSweep, sweepSpec } from '../sweep.ts'
import { admission, admitTrainer } from '../trainers/admit.ts'
import { siteOf } from '../trainers/site.ts'
import { trainAgain } from '../trainers/train.ts'
import type { OtherSweep, SamplePlan, Source } from './plan.ts'
import { type Arriving, type Played, playedActions, playedFiles } from './played.ts'

export type SampleOptions = Readonly<{
  path: string
  plan: SamplePlan
  /** Data known from this moment on are left out; all are played unless it is given. */
  until?: Micros
  sweep?: OtherSweep
  /** Whether training and the gate have threads of their own. */
  threads?: boolean
  /** When the lanes take snapshots. */
  due?: Due
  meter?: Meter | undefined
  /** May throw, which ends the sample between two steps; whoever starts it again goes on from there. */
  onProgress?: (stage: string, done: number, of: number) => void
}>

/** A sample under way. */
type Playing = Readonly<{
  platform: Platform
  plan: SamplePlan
  clock: PlayedClock
  progress: NonNullable<SampleOptions['onProgress']>
}>

/** Plays the sample, or goes on with it. @throws Refusal as `openSample` */
export async function playSample(options: SampleOptions): Promise<Platform> {
  const { platform, play } = await openSample(options)
  await play()
  return platform
}

/**
 * Opens the platform that a sample is played into: every step that its log has already is passed over.
 * @throws Refusal `sample.folder-taken`
 */
export async function openSample(
  options: SampleOptions,
): Promise<Readonly<{ platform: Platform; play: () => Promise<void> }>> {
  const { path, plan, threads = false, due, meter, onProgress: progress = () => {} } = options
  const clock = new PlayedClock(plan.liveFrom)
  const more = { ...(due && { due }), ...(meter && { meter }) }
  const platform = await openPlatform({ path, moment: clock, threads, ...more })
  await refuseOthers(platform, plan)
  return { platform, play: () => play({ platform, plan, clock, progress }, options) }
}

async function play(playing: Playing, options: SampleOptions): Promise<void> {
  const { plan, progress } = playing
  const { prices, actions, feed, liveFrom } = plan
  const span = { liveFrom, until: options.until ?? Number.POSITIVE_INFINITY }

  const spec = await readDatasetFile(prices.declaration)
  const told = await playedFiles(spec, prices.files, { feed, ...span })
  progress('history', 0, 1)
  // Dividends and splits come first: a session is closed with its prices.
  const live: Arriving[] = []
  if (actions !== null) {
    const actionSpec = await readDatasetFile(actions.declaration)
    const { history, live: later } = playedActions(actionSpec, actions, span)
    await bringHistory(playing, actionSpec, history)
    live.push(...later)
  }
  live.push(...told.live)
  await declare(playing, spec)
  await defineSampleFeatures(playing, spec)
  await bringHistory(playing, spec, told.history)
  for (const source of plan.given) await bringGiven(playing, source)
  progress('history', 1, 1)

  await judgeSweep(playing, options.sweep ?? {})
  // Of one moment what is not traded comes first, as it stands in the list.
  live.sort((a, b) => a.rows.knownAt[0] - b.rows.knownAt[0])
  await playLive(playing, live, spec.dataset)
}

/** A policy counts for a whole log: a sample's would judge whatever else is in it, and be judged by another's. */
async function refuseOthers(platform: Platform, plan: SamplePlan): Promise<void> {
  const { prices, actions, given } = plan
  const sources = [prices, ...given, ...(actions === null ? [] : [actions])]
  const specs = await Promise.all(sources.map(({ declaration }) => readDatasetFile(declaration)))
  const own = new Set(specs.map(({ dataset }) => dataset))
  const there = Object.keys(platform.folds.datasets.state().datasets)
  if (there.length > 0 ? there.every((dataset) => own.has(dataset)) : await isFresh(platform)) return
  await platform.close()
  const { root: folder } = platform.folder
  throw refuse('sample.folder-taken', { folder, sample: plan.name })
}

/** Whether the log has nothing yet but what a platform says of itself when it opens a new one. */
async function isFresh({ log }: Platform): Promise<boolean> {
  for await (const batch of log.readAll(1))
    if (batch.some(({ type }) => type !== VersionRaised.type)) return false
  return true
}

const declare = ({ platform, plan }: Playing, spec: DatasetSpec) =>
  declareDataset(platform, spec, { actor: plan.author, commandId: actId('declare', spec) })

async function bringHistory(playing: Playing, spec: DatasetSpec, history: Played['history']): Promise<void> {
  await declare(playing, spec)
  for (const arriving of history)
    await ingestRows(playing.platform, { ...arriving, actor: playing.plan.author })
}

async function bringGiven(playing: Playing, { declaration, files }: Source): Promise<void> {
  const spec = await readDatasetFile(declaration)
  const span = { liveFrom: playing.plan.liveFrom, until: Number.NEGATIVE_INFINITY }
  const { history } = await playedFiles(spec, files, { feed: '', ...span })
  await bringHistory(playing, spec, history)
}

async function defineSampleFeatures({ platform, plan }: Playing, spec: DatasetSpec): Promise<void> {
  const { features, author: actor } = plan
  const draft = await readFeatureSet(basename(features), writtenText(features))
  const set = defineSet(draft, dataColumns(spec))
  await defineFeatures(platform, set, { actor, commandId: actId('features', set) })
}

/** Trains the sweep, has the gate judge every trial, and promotes the best that passed, if one did. */
async function judgeSweep({ platform, plan, progress }: Playing, other: OtherSweep): Promise<void> {
  const { author: actor, model, committee, approvers } = plan
  const sweep = { ...(await readSpec(plan.sweep, sweepSpec)), ...other }
  const keys = Object.fromEntries(committee.map((member) => [member, keyOf(platform.folder.keys, member)]))
  const policy = platform.folds.registry.state().policy ?? (await setSamplePolicy(platform, plan, keys))
  if (plan.trainer !== undefined) {
    const asked = await readSpec(plan.trainer, admission)
    const { config } = await siteOf(platform)
    await admitTrainer(platform, asked, { actor, commandId: actId('trainer', asked), config })
  }
  const runs = await runSweep(platform, sweep, { actor, onRun: (done, of) => progress('trials', done, of) })
  const { runs: records } = platform.folds.experiments.state()
  const complete = runs.filter(
    (run) => records[run].status === 'finished' && records[run].missing.length === 0,
  )
  for (const [done, run] of complete.entries()) {
    const act = { actor, commandId: `validate:${run}:${policy.version}` }
    await trainAgain(platform, run, act)
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
  await promote(platform, { model, artifact }, { actor: plan.reviewer, commandId: `promote:${artifact}` })
}

async function setSamplePolicy(
  platform: Platform,
  plan: SamplePlan,
  keys: Record<string, string>,
): Promise<PolicySpec> {
  const { policy } = await readPolicy(plan.policy, keys)
  const signatures = plan.approvers.map((member) =>
    signPolicy(policy, { policy: null, log: logIdentity(platform) }, { member, privateKey: keys[member] }),
  )
  const act = { actor: plan.reviewer, commandId: `policy:${policy.version}` }
  await setPolicy(platform, { policy, signatures }, act)
  return policy
}

/** Of the models that passed, the one with the greatest net Sharpe ratio; the first of equals. */
function bestPassed(platform: Platform, model: string) {
  const reports = Object.values(platform.folds.registry.state().models[model]?.reports ?? {})
  const sharpeOf = (report: (typeof reports)[number]) =>
    report.tests.find(({ test }) => test === 'net-sharpe')?.value ?? 0
  return reports
    .filter((report) => report.verdict === 'passed')
    .sort((a, b) => sharpeOf(b) - sharpeOf(a) || (a.run < b.run ? -1 : 1))
    .at(0)
}

async function playLive(playing: Playing, live: readonly Arriving[], traded: string): Promise<void> {
  const { platform, plan, clock, progress } = playing
  const { model, reviewer: member, reviewAfterSessions } = plan
  const privateKey = keyOf(platform.folder.keys, member)
  let waiting = 0
  for (const [done, arriving] of live.entries()) {
    const { dataset, rows } = arriving
    clock.advanceTo(rows.knownAt[0])
    // A vendor does not wait for the disk between two files.
    await ingestRows(platform, { ...arriving, actor: 'feed', once: 'written' })
    if (dataset !== traded) continue
    const { sessions } = platform.markets.of(dataset) ?? {}
    if (sessions !== undefined) clock.advanceTo(sessions.decides(sessions.of(rows.eventTime[0])))
    await closeDueSessions(platform, dataset, { actor: 'feed', once: 'written' })
    const view = platform.folds.capital.state().models[model]
    const cut = view?.pendingReview ? view.history.findLast(({ why }) => why === 'reduced') : undefined
    // From the session of the cut on: a sample that goes on comes past those before it once more.
    waiting = cut !== undefined && rows.eventTime[0] >= cut.at ? waiting + 1 : 0
    if (waiting >= reviewAfterSessions) {
      const reason = `Reviewed ${reviewAfterSessions} trading days after the cut: features and code as approved.`
      const act = { actor: member, commandId: `review:${model}:${rows.knownAt[0]}` }
      await reviewCapital(platform, { model, fraction: 1, member, reason, privateKey }, act)
      waiting = 0
    }
    if (done % 20 === 0 || done === live.length - 1) progress('arrivals', done + 1, live.length)
  }
  await platform.log.durable()
}
