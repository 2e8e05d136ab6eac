/** What was acknowledged and is gone is named: at opening and by verification, whatever took it away. */

import { cpSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Refusal } from '../../schemas/kernel/fault.ts'
import { openArchive } from '../../serving/archive.ts'
import { folderAt } from '../../serving/folder.ts'
import { namedFault } from '../../serving/named.ts'
import { openPlatform, type Platform } from '../../serving/platform.ts'
import { checkpointIn, seal, verifyFolder } from '../../serving/sealing.ts'
import { answer, viewNames } from '../../serving/views.ts'
import { openCheckpoint, readCheckpoint } from '../../streams/log/seal/checkpoint.ts'
import { readHead } from '../../streams/log/seal/head.ts'
import { noteVerifier } from '../../streams/log/seal/note.ts'
import { asof } from '../support/cli.ts'
import { refusalIn } from '../support/refusals.ts'
import { declare, declareOn, editDatabase, workplace } from './tools.ts'

const { path, copyOf, remove } = workplace('seal')
const stopped = path('stopped')
/** As a writer leaves it that is killed: events in the write-ahead log alone. */
let killed: string

beforeAll(async () => {
  await declare(stopped, ['a', 'b', 'c'])
  const running = copyOf(stopped)
  const platform = await openPlatform({ path: running })
  await declareOn(platform, ['d', 'e'])
  killed = copyOf(running)
  await platform.close()
})
afterAll(remove)

const damagesOf = async (folder: string): Promise<string> => {
  const { damages } = await verifyFolder(folder, {})
  return damages.map(({ place, problem }) => `${place}: ${problem}`).join('\n')
}

const opened = async (folder: string): Promise<number> => {
  const platform = await openPlatform({ path: folder })
  const { position } = await platform.log.head()
  await platform.close()
  return position
}

test('an acknowledged event is sealed: the head says so before the next one comes', async () => {
  const folder = copyOf(stopped)
  const platform = await openPlatform({ path: folder })
  for (const name of ['x', 'y', 'z']) {
    await declareOn(platform, [name])
    const note = readHead(platform.folder.seal) ?? ''
    const { size } = openCheckpoint(note, [noteVerifier(sealOf(platform).signer.verifierKey)])
    expect(size).toBe((await platform.log.head()).position)
  }
  await platform.close()
})

const sealOf = ({ log }: Platform) => {
  if (log.seal === null) throw new Error('the log keeps no seal')
  return log.seal
}

test('a killed writer leaves nothing that is not sealed', async () => {
  const found = await verifyFolder(killed, {})
  expect(found).toMatchObject({ damages: [], events: 5, eventsSealed: 5, eventsNotSealed: 0 })
  expect(await opened(copyOf(killed))).toBe(5)
})

test.each([
  ['deleted', (wal: string) => rmSync(wal)],
  ['cut in half', (wal: string) => truncateSync(wal, statSync(wal).size >> 1)],
  ['flipped in its last commit', (wal: string) => flip(wal, statSync(wal).size - 100)],
  ['flipped at its start', (wal: string) => flip(wal, 40)],
])('the write-ahead log of a killed writer, %s', async (_, harm) => {
  const folder = copyOf(killed)
  const wal = join(folderAt(folder).log, 'log.db-wal')
  rmSync(join(folderAt(folder).log, 'log.db-shm'))
  harm(wal)
  expect(await damagesOf(folder)).toMatch(/file head, of 5 events: it seals 5 events, and the log has [0-4]/)
  expect(await refusalIn(opened(folder))).toBe('seal.diverged')
  // Nor does a second try seal what is left.
  expect(await refusalIn(opened(folder))).toBe('seal.diverged')
})

function flip(file: string, at: number): void {
  const bytes = readFileSync(file)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  writeFileSync(file, bytes)
}

test('an older copy of the database', async () => {
  const folder = copyOf(killed)
  rmSync(folderAt(folder).log, { recursive: true })
  const older = folderAt(copyOf(stopped)).log
  cpSync(older, folderAt(folder).log, { recursive: true })
  expect(await damagesOf(folder)).toContain('it seals 5 events, and the log has 3')
  expect(await refusalIn(opened(folder))).toBe('seal.diverged')
})

test.each([0, 1, 50, 4096, 20_000])(
  'a database cut to %d bytes is named, and is no defect',
  async (bytes) => {
    const folder = copyOf(stopped)
    truncateSync(join(folderAt(folder).log, 'log.db'), bytes)
    const damages = await damagesOf(folder)
    expect(damages).toMatch(/the database file/)
    expect(damages).toMatch(/it seals 3 events, and the log has [0-2]/)
    expect(await refusalIn(opened(folder))).toBe('log.unreadable')
    expect(await refusalIn(readAll(folder))).toBe('log.unreadable')
  },
)

async function readAll(folder: string): Promise<void> {
  try {
    const archive = openArchive(folder)
    for (const view of viewNames()) await answer(archive, view, {}).finally(() => archive.close())
  } catch (error) {
    const fault = namedFault(error)
    throw fault === null ? error : new Refusal(fault)
  }
}

test('the commands end with 1 where the database is cut, and say what the seal says was there', async () => {
  const folder = copyOf(stopped)
  truncateSync(join(folderAt(folder).log, 'log.db'), 5000)
  const [verified, shown] = await Promise.all([asof(folder, 'verify'), asof(folder, 'at', 'now', 'datasets')])
  expect(verified).toMatchObject({ code: 1, out: expect.stringContaining('it seals 3 events') })
  expect(shown).toMatchObject({ code: 1, err: expect.stringContaining('restore it from a copy') })
})

test('a cursor beyond the head proves that events were lost, and is not ignored', async () => {
  const folder = copyOf(killed)
  await opened(folder)
  const kept = readFileSync(join(folder, 'lanes/live.position'))
  const before = copyOf(stopped)
  writeFileSync(join(before, 'lanes/live.position'), kept)
  expect(await damagesOf(before)).toContain(
    'lanes/live.position was confirmed up to event 5, and the log has 3',
  )
  expect(await refusalIn(opened(before))).toBe('seal.diverged')
})

test('what the seal was is not forgotten, whichever part of it is taken away', async () => {
  const parts = [
    'seal',
    'seal/checkpoint',
    'seal/checkpoints',
    'seal/head',
    'seal/tile',
    'seal/log.vkey',
    'log/identity',
  ]
  const cured = new Set(['seal/checkpoint', 'seal/log.vkey', 'log/identity'])
  for (const part of parts) {
    const folder = copyOf(stopped)
    rmSync(join(folder, part), { recursive: true })
    expect(await damagesOf(folder), part).not.toBe('')
    editDatabase(folder, "UPDATE batch SET actor = 'mallory' WHERE first_position = 2")
    expect(await damagesOf(folder), part).toContain('event 2')
    const code = await refusalIn(opened(folder))
    // What can be made again from the rest is; the edit of event 2 is found by the tile that is compared.
    expect(code, part).toMatch(cured.has(part) ? /nothing was refused|seal\./ : /^seal\./)
  }
})

test('a writer that is killed at any step of the first opening leaves a folder that opens', async () => {
  const begun = path('begun')
  await (await openPlatform({ path: begun })).close()
  const writtenAt = (part: string) => statSync(join(begun, part), { bigint: true }).mtimeNs
  expect(writtenAt('log/identity') >= writtenAt('seal/head')).toBe(true)
  // What is written last goes first: the identity, the head, the first checkpoint with its list and tiles.
  const steps = [['log/identity'], ['seal/head'], ['seal/checkpoint'], ['seal/checkpoints', 'seal/tile']]
  for (const [at] of steps.entries()) {
    const folder = copyOf(begun)
    const unwritten = steps.slice(0, at + 1).flat()
    for (const part of unwritten) rmSync(join(folder, part), { recursive: true, force: true })
    expect(await opened(folder), unwritten.join(', ')).toBe(0)
    expect(await damagesOf(folder), unwritten.join(', ')).toBe('')
  }
})

test('tiles and the checkpoint over them follow when they are asked for, and when the log is closed', async () => {
  const folder = copyOf(stopped)
  const platform = await openPlatform({ path: folder })
  await declareOn(platform, ['x', 'y'])
  const published = () => readCheckpoint(readFileSync(join(platform.folder.seal, 'checkpoint'), 'utf8')).size
  expect(published()).toBe(3)
  await seal(platform)
  expect(published()).toBe(5)
  await declareOn(platform, ['z'])
  await platform.close()
  expect(published()).toBe(6)
  expect(readCheckpoint(checkpointIn(folderAt(folder)).note).size).toBe(6)
})

test.each([
  ['is not there', 'is not here', (key: string) => rmSync(key)],
  [
    'is the key of another log',
    'is the key of another log',
    (key: string, other: string) => cpSync(other, key),
  ],
  ['is no key', 'cannot be used', (key: string) => writeFileSync(key, 'no key')],
])('a log whose key %s verifies, with a note that it cannot be written', async (_, said, harm) => {
  const folder = copyOf(stopped)
  const other = path(`another-${said.length}`)
  await declare(other, ['a'])
  const keyOf = (at: string) => join(folderAt(at).keys, 'log.pem')
  expect((await verifyFolder(folder, {})).notes).toEqual([])
  harm(keyOf(folder), keyOf(other))
  const { damages, notes } = await verifyFolder(folder, {})
  expect({ damages, notes }).toEqual({ damages: [], notes: [expect.stringContaining(said)] })
  const { code, out } = await asof(folder, 'verify')
  expect(code).toBe(0)
  expect(out).toContain('nothing can be written to it')
  await expect(openPlatform({ path: folder })).rejects.toBeInstanceOf(Refusal)
})
