/** Peers in Python, where there is a Python: each is asked to do the same work on the same numbers in the same run. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sha256 } from '../../schemas/kernel/canonical.ts'

const FOLDER = fileURLToPath(new URL('./peers/', import.meta.url))

/** Our own methods run on one core; so do theirs. */
const ONE_CORE = {
  ...process.env,
  OMP_NUM_THREADS: '1',
  OPENBLAS_NUM_THREADS: '1',
  MKL_NUM_THREADS: '1',
  PYTHONDONTWRITEBYTECODE: '1',
}

/** Seconds of the first time and of the best of several more; `check` is the result, to compare with ours. */
export type Took = Readonly<{ first: number; best: number; check?: number }>

export type Peers = Readonly<{
  ask: (script: string, args: readonly (string | number)[]) => Readonly<Record<string, Took>>
  /** Numbers as a file that a script can read. */
  file: (name: string, columns: readonly Float64Array[]) => string
}>

/** The peers, installed under the folder for temporary files the first time; or the reason why there are none. */
export function findPeers(): Peers | string {
  const requirements = join(FOLDER, 'requirements.txt')
  const place = join(tmpdir(), `asof-bench-peers-${sha256(readFileSync(requirements)).slice(0, 12)}`)
  const python = join(place, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  const ready = join(place, 'ready')
  const quiet = { stdio: 'pipe' } as const
  try {
    if (!existsSync(ready)) {
      rmSync(place, { recursive: true, force: true })
      execFileSync('python3', ['-m', 'venv', place], quiet)
      execFileSync(python, ['-m', 'pip', 'install', '--quiet', '-r', requirements], quiet)
      writeFileSync(ready, '')
    }
  } catch (error) {
    const lines = error instanceof Error ? error.message.trim().split('\n') : []
    return lines.at(-1) ?? 'Python or its packages cannot be had'
  }
  const data = join(place, 'data')
  mkdirSync(data, { recursive: true })
  return {
    ask: (script, args) =>
      JSON.parse(
        execFileSync(python, [join(FOLDER, script), ...args.map(String)], {
          encoding: 'utf8',
          env: ONE_CORE,
        }),
      ),
    file(name, columns) {
      const path = join(data, name)
      writeFileSync(
        path,
        Buffer.concat(columns.map((one) => Buffer.from(one.buffer, one.byteOffset, one.byteLength))),
      )
      return path
    },
  }
}

/** The same as `timed` in peers/timing.py. */
export function timed(rounds: number, work: () => number): Took {
  const seconds: number[] = []
  let check = 0
  for (let round = 0; round <= rounds; round++) {
    const begun = performance.now()
    check = work()
    seconds.push((performance.now() - begun) / 1000)
  }
  return { first: seconds[0], best: Math.min(...seconds.slice(1)), check }
}
