/** Places are shared fairly among researchers, and what died is done by another. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type RunSpec, RunStarted } from '../../schemas/events/experiment.ts'
import { trainingPool } from '../../serving/lanes/training-pool.ts'
import { runSweep, type Sweep } from '../../serving/sweep.ts'
import { places } from '../../serving/trainers/places.ts'
import type { FrozenSet } from '../../streams/training/frozen.ts'
import { begun, executorOf, ridgeOn, tried } from '../support/admitted-trainer.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { caseFile, ingested, LONG, sweepOf } from '../support/researched.ts'
import { AUTHOR } from '../support/small-platform.ts'

/** Who asks for a place, one letter a job, and in which order they begin where each job ends when the next one has to begin. */
async function orderOf(asked: string, count: number): Promise<string> {
  const inPlace = places(count)
  const begun: string[] = []
  const ends: (() => void)[] = []
  const all = [...asked].map((of) =>
    inPlace(() => {
      begun.push(of)
      return new Promise<void>((resolve) => ends.push(resolve))
    }, of),
  )
  for (let ended = 0; ended < asked.length; ended++) {
    await new Promise(setImmediate)
    ends[ended]()
  }
  await Promise.all(all)
  return begun.join('')
}

test.each([
  // One researcher alone has every place, in the order of asking.
  ['aaaa', 2, 'aaaa'],
  // Who comes behind another's jobs has the next place that is left, and as many as that one from then on.
  ['aaaaaabb', 2, 'aababaaa'],
  ['aaaaaabbb', 1, 'abababaaa'],
  ['aaaaaabbbc', 3, 'aaabcababa'],
])('%s with %i places begin as %s', async (asked, count, order) => {
  expect(await orderOf(asked, count)).toBe(order)
})

test('what fails leaves its place', async () => {
  const inPlace = places(1)
  await expect(inPlace(() => Promise.reject(new Error('it fell over')), 'a')).rejects.toThrow('it fell over')
  expect(await inPlace(async (place) => place, 'b')).toBe(0)
})

test('jobs are begun for whoever asked for the run', async () => {
  const platform = await begun()
  const asked: string[] = []
  const noting = executorOf((job) => {
    asked.push(job.of)
    return ridgeOn(job)
  })
  await tried(platform, noting)
  expect(new Set(asked)).toEqual(new Set([AUTHOR]))
})

test('three sweeps of one researcher and one of another: every other trial is that other one’s', async () => {
  const platform = await ingested({
    path: caseFile('delisting-return-erased.csv.gz'),
    dataset: LONG,
    features: { mom: 'close / delay(close, 20) - 1' },
  })
  const sweep = (family: string): Sweep => ({ ...sweepOf('long-only'), family, alphas: [1, 10, 100] })
  // The training sets stand there before: it is the trials that wait.
  await runSweep(platform, { ...sweep('zero'), alphas: [1] }, { actor: 'zoe' })
  const all = [
    ...['one', 'two', 'three'].map((family) => runSweep(platform, sweep(family), { actor: 'ann' })),
    runSweep(platform, sweep('four'), { actor: 'bob' }),
  ]
  await Promise.all(all)
  const started = (await eventsOf(platform.log)).flatMap((event) =>
    RunStarted.is(event) ? [event.data] : [],
  )
  const authors = started.slice(1).map(({ author }) => author)
  expect(authors).toHaveLength(12)
  // From his first trial on bob has every other one.
  const from = authors.indexOf('bob')
  expect(from).toBeLessThan(5)
  expect(authors.slice(from, from + 5)).toEqual(['bob', 'ann', 'bob', 'ann', 'bob'])
})

test('a thread that died leaves its run to another', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'asof-dying-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const thread = new URL('../support/dying-thread.ts', import.meta.url)
  const pool = trainingPool(join(folder, 'died'), thread)
  onTestFinished(() => pool.close())
  expect(await pool.train({} as RunSpec, [] as unknown as FrozenSet)).toEqual({
    artifact: 'made by the second',
  })
  // It did die once.
  expect(existsSync(join(folder, 'died'))).toBe(true)
})
