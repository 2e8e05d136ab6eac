/** What the live lane hangs at, or what ends its process again and again, is set aside by the next process; the rest goes on. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { settleStuck } from '../../serving/lanes/settle-stuck.ts'
import { readStuck, type Stuck, writeStuck } from '../../serving/lanes/stuck.ts'
import { Pipeline } from '../../streams/pipeline.ts'
import { counting, define } from '../support/counting.ts'
import { eventsOf, memoryCursor, memoryLog } from '../support/memory-platform.ts'
import { refusalIn } from '../support/refusals.ts'

const root = mkdtempSync(join(tmpdir(), 'asof-live-hang-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const CHILD = new URL('hanging.ts', import.meta.url).pathname

async function run(folder: string, how: 'hangs' | 'ends' | 'goes', hangMillis: number) {
  const child = spawn(process.execPath, [CHILD, folder, how, String(hangMillis)])
  let [out, err] = ['', '']
  child.stdout.on('data', (data) => {
    out += data
  })
  child.stderr.on('data', (data) => {
    err += data
  })
  return new Promise<{ signal: NodeJS.Signals | null; out: string; err: string }>((resolve) => {
    child.on('close', (_, signal) => resolve({ signal, out, err }))
  })
}

type Told = Readonly<{ type: string; data: { processor: string; cause: number; reason: string } }>
const toldBy = (out: string) => {
  const events = JSON.parse(out) as Told[]
  const of = (type: string) => events.filter((event) => event.type === type).map(({ data }) => data)
  return {
    aside: of('processor.Quarantined'),
    answered: of('feature.ValuesComputed').map(({ cause }) => cause),
  }
}

test('a process that hangs is ended, and the next one goes on without the event, with the same code', async () => {
  const folder = join(root, 'hangs')
  const first = await run(folder, 'hangs', 400)
  expect(first).toMatchObject({
    signal: 'SIGKILL',
    err: expect.stringContaining('The live lane has been at event 2 (features) for more than 0.4 seconds'),
  })
  const second = await run(folder, 'hangs', 60_000)
  expect(second.signal).toBeNull()
  expect(toldBy(second.out)).toEqual({
    aside: [
      { processor: 'features', cause: 2, at: 2, reason: 'it was at event 2 for more than 0.4 seconds' },
    ],
    answered: [1, 3],
  })
  expect(existsSync(join(folder, 'lanes', 'live.stuck'))).toBe(false)
}, 120_000)

test('one that ends at an event leaves its name, and one that comes past it takes the name away', async () => {
  const folder = join(root, 'ends')
  expect((await run(folder, 'ends', 60_000)).signal).toBe('SIGKILL')
  const left = () => JSON.parse(readFileSync(join(folder, 'lanes', 'live.stuck'), 'utf8').split('\n')[0])
  expect(left()).toEqual({ processor: 'features', cause: 2, at: 2, ended: 1, hungMillis: null })
  expect((await run(folder, 'ends', 60_000)).signal).toBe('SIGKILL')
  expect(left()).toMatchObject({ ended: 2 })
  const goes = await run(folder, 'goes', 60_000)
  expect(toldBy(goes.out)).toEqual({ aside: [], answered: [1, 2, 3] })
  expect(existsSync(join(folder, 'lanes', 'live.stuck'))).toBe(false)
}, 120_000)

describe('before a platform opens', () => {
  const file = { path: join(root, 'stuck'), secret: 'known to the key of the log' }
  const ended: Stuck = { processor: 'features', cause: 2, at: 2, ended: 3, hungMillis: null }
  const asideIn = async (log: ReturnType<typeof memoryLog>) =>
    (await eventsOf(log)).filter(({ type }) => type === 'processor.Quarantined').map(({ data }) => data)

  async function settled(what: Stuck, log = memoryLog()) {
    if ((await log.head()).position === 0) await define(log, 3)
    writeStuck(file, what)
    const warned = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    try {
      return { before: await settleStuck(log, file), aside: await asideIn(log) }
    } finally {
      warned.mockRestore()
    }
  }

  test('what ended two processes is watched, what ended three is set aside', async () => {
    const twice = { ...ended, ended: 2 }
    expect(await settled(twice)).toEqual({ before: twice, aside: [] })
    const reason = 'the platform ended 3 times while it was at event 2'
    expect(await settled(ended)).toEqual({
      before: null,
      aside: [{ processor: 'features', cause: 2, at: 2, reason }],
    })
    expect(existsSync(file.path)).toBe(false)
  })

  test('what was answered is not set aside: a hang there is refused once, and tried again then', async () => {
    const log = memoryLog()
    await define(log, 3)
    await new Pipeline({ log, cursor: memoryCursor(), processors: [counting()] }).drain()
    expect(await settled(ended, log)).toEqual({ before: null, aside: [] })
    expect(await refusalIn(settled({ ...ended, hungMillis: 1000 }, log))).toBe('lane.lost')
    expect(existsSync(file.path)).toBe(false)
    expect(await asideIn(log)).toEqual([])
  })

  test('what the key of the log did not write is not believed', async () => {
    writeStuck({ ...file, secret: 'of somebody else' }, ended)
    expect(readStuck(file)).toBeNull()
    writeStuck(file, ended)
    expect(readStuck(file), 'the control').toEqual(ended)
    const text = readFileSync(file.path, 'utf8')
    for (const changed of [text.replace('"cause":2', '"cause":3'), text.slice(0, 20), '', '{}\n', '\n\n']) {
      writeFileSync(file.path, changed)
      expect(readStuck(file)).toBeNull()
    }
  })
})
