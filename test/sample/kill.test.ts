/** Killed at any moment and started again, the sample comes to the same digests as when it is left alone. */
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { VIEWS } from '../../serving/wire/views.ts'
import { xoshiro128 } from '../../streams/statistics/random.ts'

const MAIN = new URL('../support/short-sample.ts', import.meta.url).pathname
const KILLS = 25
const folders: string[] = []

type Outcome = { digests: Record<string, string>; events: number; facts: string; damages: number }

/** A new folder, with the committee's keys of the first one: the policy that they are in is part of what is compared. */
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'asof-kill-'))
  const [first] = folders
  if (first !== undefined) cpSync(join(first, 'keys'), join(path, 'keys'), { recursive: true })
  folders.push(path)
  return path
}

/** Runs the short sample in a process of its own; killed after so many milliseconds where that is given. */
function run(
  path: string,
  killAfterMillis?: number,
): Promise<{ millis: number; killed: boolean; outcome: Outcome | null }> {
  const started = performance.now()
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, path], { stdio: ['ignore', 'pipe', 'pipe'] })
    let [out, problems] = ['', '']
    child.stdout.on('data', (data) => {
      out += data
    })
    child.stderr.on('data', (data) => {
      problems += data
    })
    const timer =
      killAfterMillis === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMillis)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (signal === null && code !== 0) {
        reject(new Error(`exit ${code}: ${problems}`))
        return
      }
      const outcome = signal === null ? (JSON.parse(out) as Outcome) : null
      resolve({ millis: performance.now() - started, killed: signal !== null, outcome })
    })
  })
}

let whole: { outcome: Outcome; millis: number }

beforeAll(async () => {
  const { outcome, millis } = await run(folder())
  if (outcome === null) throw new Error('the sample did not end')
  whole = { outcome, millis }
}, 120_000)

afterAll(() => {
  for (const path of folders) rmSync(path, { recursive: true, force: true })
}, 120_000)

test(`the same after ${KILLS} kills at random moments`, { timeout: 600_000 }, async () => {
  const uniform = xoshiro128(20_100_101)
  let [kills, path] = [0, folder()]
  while (kills < KILLS) {
    // What is started again goes on from where it was, so most kills come early: few runs get through, and all moments are met.
    const { killed, outcome } = await run(path, 300 + (uniform() ** 2 * whole.millis) / 2)
    if (killed) kills++
    else {
      // It got through between kills: what it came to must be the same, and the next kills meet a new one.
      expect(outcome).toEqual(whole.outcome)
      path = folder()
    }
  }
  const { outcome } = await run(path)
  expect(outcome).toEqual(whole.outcome)
})

test('the outcome covers every view and all facts', () => {
  expect(Object.keys(whole.outcome.digests)).toHaveLength(VIEWS.length)
  expect(whole.outcome.events).toBeGreaterThan(100)
  expect(whole.outcome.damages).toBe(0)
})
