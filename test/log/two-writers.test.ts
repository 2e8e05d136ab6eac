/** Whoever takes the lock file away gets a second writer, and no acknowledged event is lost to either. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openEmbeddedLog } from '../../streams/log/embedded/open.ts'
import type { EventLog } from '../../streams/log/port.ts'
import { batchOf, collect, note, TestClock, VOCABULARY } from '../contract/vocabulary.ts'

const folder = mkdtempSync(join(tmpdir(), 'asof-two-writers-'))
afterAll(() => rmSync(folder, { recursive: true }))

const open = (): EventLog => openEmbeddedLog({ folder, registry: VOCABULARY, clock: new TestClock() })

/** Appends, beside whoever else does, and says what was acknowledged. */
async function write(log: EventLog, name: string, count: number): Promise<string[]> {
  const acknowledged: string[] = []
  for (let i = 0; i < count; i++) {
    const batch = batchOf(`note-${name}`, await log.revisionOf(`note-${name}`), [note(`${name}${i}`)], {
      commandId: `${name}/${i}`,
    })
    const answer = await log.append(batch).catch(() => ({ ok: false }))
    if (answer.ok) acknowledged.push(`${name}${i}`)
    // The other one has its turn in the middle of this one's work.
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
  return acknowledged
}

test('two writers after the lock file was removed keep all that either acknowledged, once, in one order', async () => {
  const first = open()
  rmSync(join(folder, 'writer.lock'))
  const second = open()
  const [one, other] = await Promise.all([write(first, 'a', 60), write(second, 'b', 60)])
  expect(Math.min(one.length, other.length)).toBeGreaterThan(0)
  for (const log of [first, second]) {
    const events = (await collect(log.readAll(1))).flat()
    expect(events.map(({ position }) => position)).toEqual(events.map((_, i) => i + 1))
    const texts = events.map(({ data }) => (data as { text: string }).text)
    expect([...texts].sort()).toEqual([...one, ...other].sort())
  }
  for (const log of [first, second]) await log.close()
})
