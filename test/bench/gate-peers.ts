/** Methods of the gate beside the libraries that researchers use for them. */
import { drawdownDistribution } from '../../commands/gate/drawdown.ts'
import { backtestOverfitting } from '../../commands/gate/pbo.ts'
import { realityCheck } from '../../commands/gate/reality-check.ts'
import { doubled, resampleInto, stationaryBlocks } from '../../streams/statistics/bootstrap.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { combinatorialSplit } from '../../streams/training/split/combinatorial.ts'
import { known } from '../support/known.ts'
import { findPeers, type Peers, type Took, timed } from './peers.ts'

const CSCV = { strategies: 50, rows: 240, blocks: 16 }
const BOOTSTRAP = { days: 8313, paths: 10_000, block: 10 }
const CHECK = { strategies: 45, rows: 8313, draws: 1000, block: 10 }
const SPLIT = { rows: 8313, groups: 10, tests: 2, purged: 5, embargo: 10 }

type Comparison = Readonly<{
  work: string
  peer: string
  /** The first time, before anything is compiled for speed, and the best of several more. */
  ourFirstMillis: number
  ourBestMillis: number
  /** Absent where the peer is. */
  peerFirstMillis?: number
  peerBestMillis?: number
  timesFasterFirst?: number
  timesFasterBest?: number
  /** What came of the work. */
  ours?: number
  theirs?: number
  note?: string
}>

/** Either side on one core, one after the other. */
export function benchGatePeers(): readonly Comparison[] {
  const peers = findPeers()
  if (typeof peers === 'string')
    console.log(`\nSKIPPED: the peers in Python, so that only our own times are shown: ${peers}`)
  const found = typeof peers === 'string' ? null : peers
  return [...overfitting(found), ...superiority(found), ...bootstrap(found), ...splitting(found)]
}

function compared(
  work: string,
  ours: Took,
  theirs: Readonly<Record<string, Took>>,
  names: Readonly<Record<string, string>>,
): readonly Comparison[] {
  return Object.entries(names).map(([key, peer]) => {
    const own = {
      work,
      peer,
      ourFirstMillis: ours.first * 1000,
      ourBestMillis: ours.best * 1000,
      ...(ours.check !== undefined && { ours: ours.check }),
    }
    const took = theirs[key]
    if (took === undefined) return { ...own, note: 'peer skipped' }
    return {
      ...own,
      peerFirstMillis: took.first * 1000,
      peerBestMillis: took.best * 1000,
      timesFasterFirst: took.first / ours.first,
      timesFasterBest: took.best / ours.best,
      ...(took.check !== undefined && { theirs: took.check }),
    }
  })
}

function overfitting(peers: Peers | null): readonly Comparison[] {
  const { strategies, rows, blocks } = CSCV
  const uniform = xoshiro128(2)
  const returns = Array.from({ length: strategies }, () => normals(uniform, rows))
  const theirs = peers?.ask('cscv.py', [peers.file('cscv', returns), strategies, blocks]) ?? {}
  const ours = timed(20, () => known(backtestOverfitting(returns, { blocks })).probability)
  return compared(`CSCV, ${blocks} blocks, ${strategies} x ${rows}: probability`, ours, theirs, {
    plain: 'NumPy, split by split',
    vectorised: 'NumPy, vectorised',
  })
}

function superiority(peers: Peers | null): readonly Comparison[] {
  const { strategies, rows, draws, block } = CHECK
  const uniform = xoshiro128(4)
  const returns = Array.from({ length: strategies }, (_, k) =>
    normals(uniform, rows).map((z) => 0.000_01 * (k - strategies / 2) + 0.01 * z),
  )
  const theirs =
    peers?.ask('reality_check.py', [peers.file('strategies', returns), strategies, draws, block]) ?? {}
  const ours = timed(3, () => {
    const options = { uniform: xoshiro128(1), draws, blockLength: block }
    return known(realityCheck(returns, options)).superior.consistent
  })
  const size = `${strategies} x ${rows.toLocaleString('en')}, ${draws.toLocaleString('en')} draws`
  return compared(`test for superior ability, ${size}: p`, ours, theirs, { superior: 'arch' })
}

function bootstrap(peers: Peers | null): readonly Comparison[] {
  const { days, paths, block } = BOOTSTRAP
  const returns = normals(xoshiro128(3), days).map((z) => 0.0003 + 0.01 * z)
  const theirs = peers?.ask('stationary_bootstrap.py', [peers.file('returns', [returns]), paths, block]) ?? {}
  const size = `${paths.toLocaleString('en')} stationary resamples of ${days.toLocaleString('en')} days`
  const resampled = timed(2, () => {
    const draw = stationaryBlocks({ uniform: xoshiro128(1), from: days, rows: days, meanLength: block })
    const twice = doubled(returns)
    const target = new Float64Array(days)
    let total = 0
    for (let path = 0; path < paths; path++) {
      resampleInto(target, twice, draw())
      total += target[days - 1]
    }
    return total
  })
  const drawn = timed(2, () => {
    const options = { uniform: xoshiro128(1), paths, blockLength: block }
    return known(drawdownDistribution(returns, options)).median
  })
  return [
    ...compared(size, { first: resampled.first, best: resampled.best }, theirs, { resamples: 'arch' }),
    ...compared(`${size}: median worst drawdown`, drawn, theirs, { drawdowns: 'arch and NumPy' }),
  ]
}

function splitting(peers: Peers | null): readonly Comparison[] {
  const { rows, groups, tests, purged, embargo } = SPLIT
  const theirs = peers?.ask('combinatorial.py', [rows, groups, tests, purged, embargo]) ?? {}
  // A label that ends so many rows later purges as many rows.
  const t0 = Float64Array.from({ length: rows }, (_, row) => row)
  const samples = { t0, t1: t0.map((row) => row + purged) }
  const ours = timed(20, () => {
    const options = { groups, testGroups: tests, embargoMicros: embargo } as const
    const { folds } = combinatorialSplit(samples, options)
    return folds.reduce((total, { train }) => total + train.length, 0)
  })
  return compared(
    `CPCV(${groups}, ${tests}) of ${rows.toLocaleString('en')} rows, and paths: rows trained on`,
    ours,
    theirs,
    {
      splits: 'skfolio',
    },
  )
}
