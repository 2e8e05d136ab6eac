/** Trials: every run that was ever started, in pages, and what the best of so many would be by luck alone. */
import { type ExperimentsState, experiments, trialIn } from '../../../projections/experiment/experiments.ts'
import { expectedMaximum } from '../../../streams/statistics/expected-maximum.ts'
import { sdOf } from '../../../streams/statistics/moments.ts'
import { differencesOf } from '../../trainers/compare.ts'
import type { Past } from '../past.ts'
import { curvesOf } from './curves.ts'

type Asked = Readonly<{
  /** A part of the name of a run. */
  text: string
  family: string
  status: string
  sort: 'started' | 'sharpe' | 'run'
  offset: number
  limit: number
}>

export async function experimentsPage({ view }: Past, { text, family, status, sort, offset, limit }: Asked) {
  const state = await view(experiments)
  const all = Object.entries(state.families).flatMap(([name, runs]) =>
    runs.map((run) => rowOf(state, name, run)),
  )
  const wanted = all
    .filter((row) => family === '' || row.family === family)
    .filter((row) => status === '' || row.status === status)
    .filter((row) => text === '' || row.run.toLowerCase().includes(text.toLowerCase()))
    .toSorted(ORDERS[sort])
  return {
    total: all.length,
    found: wanted.length,
    offset,
    rows: wanted.slice(offset, offset + limit),
    families: Object.keys(state.families).map((name) =>
      luckOf(
        name,
        all.filter((row) => row.family === name),
        Object.hasOwn(state.retired, name) ? state.retired[name].reason : null,
      ),
    ),
    settings: family === '' ? [] : settingsOf(state, wanted),
  }
}

/** More lines are not told apart. */
const MOST_SETTINGS = 500

/** What each trial of a family was given, beside what it came to: of those with a result, the best first. */
function settingsOf(state: ExperimentsState, rows: readonly Row[]) {
  return rows
    .filter(({ sharpe }) => sharpe !== null)
    .toSorted(ORDERS.sharpe)
    .slice(0, MOST_SETTINGS)
    .map(({ run, sharpe }) => {
      const { params, features, portfolio } = state.runs[run].spec
      const held = { name: 'holding days', value: portfolio.holdingDays }
      return { run, sharpe, params: [...params, { name: 'features', value: features.length }, held] }
    })
}

type Row = ReturnType<typeof rowOf>

function rowOf(state: ExperimentsState, family: string, run: string) {
  const { status, started, author } = trialIn(state, run)
  const view = Object.hasOwn(state.runs, run) ? state.runs[run] : null
  return {
    ...{ run, family, status, started, author },
    sharpe: view?.metrics.sharpe_annual ?? null,
    trainer: view?.spec.trainer ?? null,
    artifact: view?.artifact ?? null,
    missing: view?.missing.length ?? 0,
  }
}

const ORDERS: Readonly<Record<Asked['sort'], (a: Row, b: Row) => number>> = {
  started: (a, b) => b.started - a.started,
  sharpe: (a, b) => (b.sharpe ?? Number.NEGATIVE_INFINITY) - (a.sharpe ?? Number.NEGATIVE_INFINITY),
  run: (a, b) => (a.run < b.run ? -1 : 1),
}

/** A family needs so many trials with a result before their spread says anything. */
const FEWEST = 3

/**
 * The best trial of a family beside what the best of as many worthless, independent trials of the same spread would come to: the spread
 * times the expected greatest of N normal draws (Bailey and Lopez de Prado, 2014, equation 1). Like trials are fewer than they seem,
 * so that this is the hard side; the gate's report counts clusters.
 */
function luckOf(family: string, rows: readonly Row[], retired: string | null) {
  const sharpes = rows.flatMap(({ sharpe }) => sharpe ?? [])
  const spread = sharpes.length < FEWEST ? null : sdOf(Float64Array.from(sharpes))
  return {
    family,
    started: rows.length,
    sharpes,
    best: sharpes.length === 0 ? null : Math.max(...sharpes),
    spread,
    byLuck: spread === null ? null : spread * expectedMaximum(rows.length),
    retired,
  }
}

/** One run as it stands. Null for one that was not there. */
export async function runPage({ view, source, at }: Past, { name }: Readonly<{ name: string }>) {
  const state = await view(experiments)
  if (Object.hasOwn(state.runs, name)) {
    const { chunks: _, ...run } = state.runs[name]
    const others = (state.families[run.spec.family] ?? []).filter(
      (other) => other !== name && Object.hasOwn(state.runs, other),
    )
    return {
      run: name,
      own: run,
      attested: null,
      others,
      trainingSet: setOf(state, run.spec.trainingSet),
      metrics: null,
    }
  }
  if (!Object.hasOwn(state.attested, name)) return null
  const metrics = await curvesOf(source, name, at.position)
  return { run: name, own: null, attested: state.attested[name], others: [], trainingSet: null, metrics }
}

/** In what two runs of the platform's own differ. Null where one of them was not there. */
export async function differencePage({ view }: Past, asked: Readonly<{ one: string; other: string }>) {
  const { runs } = await view(experiments)
  const { one, other } = asked
  if (!Object.hasOwn(runs, one) || !Object.hasOwn(runs, other)) return null
  return { one, other, rows: differencesOf(runs[one], runs[other]) }
}

function setOf({ trainingSets }: ExperimentsState, name: string) {
  if (!Object.hasOwn(trainingSets, name)) return null
  const { spec, requested, frozen } = trainingSets[name]
  return { spec, requested, rows: frozen?.rows ?? null, contentHash: frozen?.contentHash ?? null }
}
