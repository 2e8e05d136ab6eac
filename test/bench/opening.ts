/**
 * Opening a long log: a platform that ran with a model in force, minute bars and an OMS that asks, of so many bars and of ten times as
 * many; then the same after a kill. What it wrote, and the snapshots that it took meanwhile, lie in a folder for temporary files.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

type Opened = Readonly<
  Record<'events' | 'seconds' | 'cpuSeconds' | 'answeredAfter' | 'rssMb' | 'peakMb' | 'keptMb', number>
>

const NAMES = 5
/** Each bar is five events: an arrival, its values, and three answers of a model. */
const BARS = 200_000
/** Fewer than lead to a snapshot. */
const TAIL_BARS = 1_500
const TIMES = 3

/** The environment variable BARS says another number, OPENING a folder in which logs stay for the next time. */
export function benchOpening() {
  const bars = Number(process.env.BARS ?? BARS)
  const folder = process.env.OPENING ?? join(tmpdir(), `asof-opening-${process.pid}`)
  mkdirSync(folder, { recursive: true })
  const rows = []
  try {
    for (const size of [bars / 10, bars]) {
      const path = join(folder, String(size))
      if (!existsSync(path)) run('build', path, size, NAMES)
      rows.push({ opening: 'after a clean stop', ...median(path) })
    }
    const path = join(folder, String(bars))
    run('tail', path, bars, TAIL_BARS, NAMES)
    // The first opening ends what the kill left, and so the log is the same no more: there is one to measure.
    rows.push({ opening: `after a kill, ${5 * TAIL_BARS} events on`, ...opened(path) })
    return rows
  } finally {
    if (process.env.OPENING === undefined) rmSync(folder, { recursive: true, force: true })
  }
}

function run(what: 'build' | 'tail', ...args: readonly (string | number)[]): void {
  const { status, signal } = spawnSync(process.execPath, [caseFile, what, ...args.map(String)], {
    stdio: 'inherit',
  })
  if (status !== 0 && signal !== 'SIGKILL') throw new Error(`${what} ended with ${status}`)
}

/** The opening of middle length. */
function median(path: string): Opened {
  const all = Array.from({ length: TIMES }, () => opened(path)).sort((a, b) => a.seconds - b.seconds)
  return all[TIMES >>> 1]
}

const opened = (path: string): Opened =>
  JSON.parse(execFileSync(process.execPath, ['--expose-gc', caseFile, 'open', path], { encoding: 'utf8' }))

const caseFile = join(import.meta.dirname, 'opening-case.ts')
