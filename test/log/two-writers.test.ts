/** Whoever takes the lock file away gets a second writer, and no acknowledged event is lost to either. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, expect, test } from 'vitest'
import { openEmbeddedLog, openEmbeddedReader } from '../../streams/log/embedded/open.ts'
import { batchOf, collect, note, TestClock, until, VOCABULARY } from '../contract/vocabulary.ts'

const root = mkdtempSync(join(tmpdir(), 'asof-two-writers-'))
afterAll(() => rmSync(root, { recursive: true }))

/** Two processes write at the same time, until one is refused; what each was told is what it has. */
async function race(folder: string) {
  const script = join(import.meta.dirname, 'other-process.ts')
  const other = spawn(process.execPath, [script, 'write', folder], { stdio: ['ignore', 'pipe', 'ignore'] })
  const theirs: number[] = []
  createInterface({ input: other.stdout }).on('line', (line) => theirs.push(Number(line)))
  const closed = once(other, 'close')
  await until(() => theirs.length >= 10)
  rmSync(join(folder, 'writer.lock'))
  const log = openEmbeddedLog({ folder, registry: VOCABULARY, clock: new TestClock() })
  const ours: number[] = []
  let refusals = 0
  for (let i = 0; i < 300; i++) {
    const answer = await log
      .append(batchOf('note-b', ours.length, [note(`b${i}`)], { commandId: `b/${i}` }))
      .catch(() => null)
    if (answer?.ok) ours.push(answer.value.position)
    else refusals++
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
  await log.close()
  const wasRefused = other.exitCode !== null
  other.kill('SIGKILL')
  await closed
  return { theirs, ours, refusals: refusals + Number(wasRefused) }
}

test('two writers after the lock file was removed keep all that either acknowledged, in one order', async () => {
  let refusals = 0
  for (let round = 0; round < 10 && refusals < 2; round++) {
    const folder = join(root, String(round))
    const told = await race(folder)
    refusals += told.refusals
    const reader = openEmbeddedReader({ folder, registry: VOCABULARY })
    const events = (await collect(reader.readAll(1))).flat()
    await reader.close()
    expect(events.map(({ position }) => position)).toEqual(events.map((_, i) => i + 1))
    const of = (stream: string) =>
      events.filter((event) => event.stream === stream).map(({ position }) => position)
    expect(of('note-b')).toEqual(told.ours)
    // The last that it wrote may not have been said yet.
    expect(of('note-a').slice(0, told.theirs.length)).toEqual(told.theirs)
  }
  expect(refusals, 'the control: each was in the way of the other').toBeGreaterThan(0)
}, 60_000)
