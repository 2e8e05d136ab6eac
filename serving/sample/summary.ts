/** What the sample came to, on one screen: every number is read from the log, its views, its replay and its verification. */

import { capital } from '../../projections/capital/capital.ts'
import { datasets } from '../../projections/data/datasets.ts'
import { drift } from '../../projections/drift/drift.ts'
import { experiments } from '../../projections/experiment/experiments.ts'
import { features } from '../../projections/feature/features.ts'
import { registry } from '../../projections/model/registry.ts'
import { predictions } from '../../projections/prediction/predictions.ts'
import { formatDay, MICROS_PER_DAY, type Micros } from '../../schemas/kernel/time.ts'
import { periodsPerYear } from '../../streams/calendar/spacing.ts'
import { annualise, sharpeOf } from '../../streams/statistics/sharpe.ts'
import type { Platform } from '../platform.ts'
import type { Following } from '../replaying/lanes.ts'
import type { ReplayReport } from '../replaying/replay.ts'
import { damageText, seal, verifyFolder } from '../sealing.ts'
import type { SamplePlan } from './plan.ts'

type Counts = Readonly<{ compared: number; equal: number }>

/** A deflated Sharpe ratio, and the test that worked it out; null where the policy asks for none. */
type Deflated = Readonly<{ test: string; value: number | null }> | null

type Summary = Readonly<{
  rows: number
  rowsQuarantined: number
  events: number
  features: number
  featureRows: number
  trials: number
  /** What of the reproducibility mandate runs lack, by name: such a run cannot come before the gate. */
  missing: Readonly<Record<string, number>>
  passed: readonly { run: string; sharpe: number | null; deflated: Deflated }[]
  refused: number
  /** How often each test refused a trial. */
  refusals: Readonly<Record<string, number>>
  policyNote: string
  promoted: { run: string; artifact: string; approvals: readonly string[] } | null
  predictions: number
  liveDays: number
  heldOutSharpe: number | null
  liveSharpe: number | null
  reductions: readonly { day: string; cause: string; value: number }[]
  capitalNow: number
  driftedFeatures: readonly string[]
  replay: Counts & { byType: ReplayReport['compared']; first: ReplayReport['first'] }
  verify: { events: number; sealed: number; damages: number }
  digests: Readonly<Record<string, string>>
  /** False where the replay differs, the verification finds damage, or nothing was promoted. */
  sound: boolean
}>

type Progress = (stage: string, done: number, of: number) => void

/**
 * @param model the one that the sample promotes
 * @param following what replays the log since before it was written
 */
export async function summaryOf(
  platform: Platform,
  { model }: Pick<SamplePlan, 'model'>,
  following: Pick<Following, 'upTo'>,
  progress: Progress,
): Promise<Summary> {
  const { views, log, folder } = platform
  await views.catchUp()
  await seal(platform)
  const head = (await log.head()).position
  const onProgress = (position: number) => progress('replay', Math.floor(position), head)
  const again = await following.upTo(head, onProgress)
  progress('replay', head, head)
  const verified = await verifyFolder(folder.root, {
    progress: (part, done, of) => progress(`verify ${part}`, done, of),
  })
  const data = Object.values(views.now(datasets).datasets)
  const sets = Object.values(views.now(features).sets)
  const { runs } = views.now(experiments)
  const view = views.now(registry).models[model]
  const days = views.now(predictions).models[model]?.days ?? []
  const live = view?.live ?? null
  const allocation = views.now(capital).models[model]
  const total = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((a, b) => a + b, 0)
  return {
    rows: data.reduce((sum, one) => sum + one.rows, 0),
    rowsQuarantined: data.reduce((sum, one) => sum + one.rowsQuarantined, 0),
    events: head,
    features: sets.reduce((sum, one) => sum + one.spec.features.length, 0),
    featureRows: sets.reduce((sum, one) => sum + one.rows, 0),
    trials: Object.keys(runs).length,
    missing: counted(Object.values(runs).flatMap((run) => run.missing)),
    ...verdictsOf(Object.values(view?.reports ?? {})),
    policyNote: views.now(registry).policy?.note ?? '',
    promoted: live === null ? null : { run: live.run, artifact: live.artifact, approvals: live.approvals },
    predictions: views.now(predictions).models[model]?.made ?? 0,
    liveDays: days.length,
    heldOutSharpe: live === null ? null : (runs[live.run]?.metrics.sharpe_annual ?? null),
    liveSharpe: liveSharpeOf(days),
    reductions: (allocation?.history ?? []).flatMap(({ at, cut }) =>
      cut === null ? [] : [{ day: formatDay(at), ...cut }],
    ),
    capitalNow: allocation?.fraction ?? 0,
    driftedFeatures: Object.keys(views.now(drift).models[model]?.driftedSince ?? {}),
    replay: {
      compared: total(again.compared),
      equal: total(again.equal),
      byType: again.compared,
      first: again.first,
    },
    verify: { events: verified.events, sealed: verified.eventsSealed, damages: verified.damages.length },
    digests: Object.fromEntries(views.digests().map(({ name, digest }) => [name, digest])),
    sound: again.differences === 0 && verified.damages.length === 0,
  }
}

/** Annual by how far the days lie apart; null for days that do not vary, or fewer than two. */
export function liveSharpeOf(days: readonly Readonly<{ day: Micros; net: number }>[]): number | null {
  const perYear = periodsPerYear(days.map(({ day }) => day / MICROS_PER_DAY))
  return finite(annualise(sharpeOf(Float64Array.from(days, ({ net }) => net)), perYear))
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

type Report = Readonly<{
  run: string
  verdict: string
  tests: readonly { test: string; value: number | null; passed: boolean }[]
}>

function deflatedOf({ tests }: Report): Deflated {
  const found = tests.find(({ test }) => test === 'dsr' || test === 'dsr-clusters')
  return found === undefined ? null : { test: found.test, value: found.value }
}

function verdictsOf(reports: readonly Report[]) {
  // What the first tests refuse is not worked out further: only what was measured counts as a reason.
  const failed = reports.flatMap(({ tests }) => tests.filter((one) => !one.passed && one.value !== null))
  const refusals = counted(failed.map((one) => one.test))
  const value = (report: Report, test: string) => report.tests.find((one) => one.test === test)?.value ?? null
  const passed = reports
    .filter((report) => report.verdict === 'passed')
    .map((report) => ({
      run: report.run,
      sharpe: value(report, 'net-sharpe'),
      deflated: deflatedOf(report),
    }))
  return { passed, refused: reports.length - passed.length, refusals }
}

const n = (value: number): string => value.toLocaleString('en-US')
const f = (value: number | null): string => value?.toFixed(2) ?? 'undefined'

/** One screen. */
export function summaryText(summary: Summary): string {
  const { promoted, replay: again, verify: verified, reductions } = summary
  const lines: [string, string][] = [
    ['Data', `${n(summary.rows)} rows arrived, ${n(summary.rowsQuarantined)} quarantined`],
    ['Log', `${n(summary.events)} events`],
    ['Features', `${summary.features} features, ${n(summary.featureRows)} rows of values`],
    ['Trials', `${summary.trials} started, all counted by the gate`],
    ...(Object.keys(summary.missing).length === 0
      ? []
      : [['  incomplete', `${countText(summary.missing)}: not judged`] as [string, string]]),
    ['Gate', `${summary.passed.length} passed, ${summary.refused} refused`],
    ['  refused for', countText(summary.refusals)],
    ...summary.passed.map(({ run, sharpe, deflated }): [string, string] => [
      '  passed',
      `${run}: net Sharpe ${f(sharpe)}${deflated === null ? '' : `, ${deflated.test} ${f(deflated.value)}`}`,
    ]),
    ['Policy', summary.policyNote],
    [
      'In force',
      promoted === null ? 'nothing' : `${promoted.run}, signed by ${promoted.approvals.join(' and ')}`,
    ],
    ['Predictions', `${n(summary.predictions)}, one a session; ${n(summary.liveDays)} sessions of outcomes`],
    ['Sharpe', `held out ${f(summary.heldOutSharpe)}, live ${f(summary.liveSharpe)} (annual, net)`],
    ['Capital cuts', `${reductions.length}: ${reductions.map(({ day }) => day).join(' ')}`],
    ['  now', `${summary.capitalNow * 100} % of capital`],
    [
      'Drift',
      summary.driftedFeatures.length === 0 ? 'no feature now' : `now: ${summary.driftedFeatures.join(', ')}`,
    ],
    ['Replay', `${n(again.equal)} of ${n(again.compared)} derived events equal byte for byte`],
    ...(again.first === null
      ? []
      : [
          ['  first', `${again.first.type} at position ${again.first.position}: ${again.first.detail}`] as [
            string,
            string,
          ],
        ]),
    ['Verify', `${n(verified.events)} events, ${n(verified.sealed)} sealed, ${damageText(verified.damages)}`],
  ]
  return ['', ...lines.map(([what, text]) => `${what.padEnd(14)}${wrapped(text)}`), ''].join('\n')
}

/** Names and counts, the most frequent first. */
const countText = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')

const WIDTH = 100

/** Breaks a text at spaces, later lines below the first. */
function wrapped(text: string): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line.length + word.length >= WIDTH) {
      lines.push(line)
      line = ''
    }
    line += line === '' ? word : ` ${word}`
  }
  return [...lines, line].join(`\n${' '.repeat(14)}`)
}
