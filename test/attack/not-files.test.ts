/** What is no regular file of a plausible size is named wherever a file should be: nothing waits for a pipe or swallows a giant. */
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openProjectionStore } from '../../projections/store.ts'
import { folderAt } from '../../serving/folder.ts'
import { existingKey } from '../../serving/keys.ts'
import { namedFault } from '../../serving/named.ts'
import { openPlatform } from '../../serving/platform.ts'
import { checkpointIn, verifyFolder } from '../../serving/sealing.ts'
import { writtenText } from '../../serving/spec-file.ts'
import { openChunkFolder } from '../../streams/log/chunks/folder.ts'
import { readDatasetFile } from '../../streams/sources/dataset-file.ts'
import { proposalFor } from '../../streams/sources/file.ts'
import { arrive, longSpec } from '../data/files.ts'
import { declare, workplace } from './tools.ts'

const { path, copyOf, drop, remove } = workplace('not-files')
const sound = path('sound')
beforeAll(() => declare(sound, ['a', 'b']))
afterAll(() => {
  for (const server of servers) server.close()
  remove()
})
const servers: Server[] = []

/** Puts something in the place of a file, whatever lies there. */
const PUT: Readonly<Record<string, (at: string) => Promise<void> | void>> = {
  'a named pipe': (at) => {
    expect(spawnSync('mkfifo', [at]).status).toBe(0)
  },
  'a folder': (at) => {
    mkdirSync(at)
  },
  'a socket': (at) =>
    new Promise((resolve) => {
      // The path of a socket may have some hundred characters only.
      const short = path(`s${servers.length}`)
      const listening = createServer().listen(short, () => {
        renameSync(short, at)
        resolve()
      })
      servers.push(listening)
    }),
  'a device': (at) => symlinkSync('/dev/zero', at),
  'a link to itself': (at) => symlinkSync(at, at),
  'a sparse giant': (at) => {
    writeFileSync(at, '')
    truncateSync(at, 3 * 2 ** 30)
  },
}
const KINDS = Object.keys(PUT)

async function put(kind: string, at: string): Promise<string> {
  rmSync(at, { recursive: true, force: true })
  await PUT[kind]?.(at)
  return at
}

/** The code of what an operation is refused with; a defect has none. */
const codeOf = (work: () => unknown): Promise<string | undefined> =>
  Promise.resolve()
    .then(work)
    .then(
      () => 'done',
      (error: unknown) => namedFault(error)?.code ?? String(error),
    )

describe('in the place of a file of the platform', () => {
  const FILES = [
    ['seal/head', 'file head'],
    ['seal/checkpoint', 'file checkpoint'],
    ['seal/checkpoints', 'file checkpoints'],
    ['seal/log.vkey', 'file log.vkey'],
    ['log/identity', 'file identity'],
    ['log/log.db', 'the database file'],
    ['log/log.db-wal', 'the database file'],
    ['lanes/live.position', 'file lanes/live.position'],
  ] as const

  it.each(KINDS.flatMap((kind) => FILES.map(([file, place]) => [kind, file, place] as const)))(
    '%s at %s is a damage that verify names, and no writer goes on with it',
    async (kind, file, place) => {
      const folder = copyOf(sound)
      await put(kind, join(folder, file))
      if (file.startsWith('log/log.db') && kind === 'a sparse giant') {
        // As large as a log may grow: what it says is SQLite's to judge.
        expect(['log.unreadable', 'log.missing', 'done']).toContain(
          await codeOf(() => verifyFolder(folder, {})),
        )
        drop(folder)
        return
      }
      const { damages } = await verifyFolder(folder, {})
      expect(damages.map((damage) => damage.place).join()).toContain(place)
      const opened = await codeOf(async () => (await openPlatform({ path: folder })).close())
      // The cursor and the public half of the key can be made again.
      const isMadeAgain = ['lanes/live.position', 'seal/log.vkey'].includes(file)
      const refusals = ['file.unsound', 'log.unreadable', 'folder.not-writable', 'seal.missing']
      expect(isMadeAgain ? [...refusals, 'done'] : refusals).toContain(opened)
      drop(folder)
    },
  )

  it.each(KINDS)('%s in the place of a tile is a damage, and no writer goes on with it', async (kind) => {
    const folder = copyOf(sound)
    await put(kind, join(folder, 'seal', 'tile', '0', '000.p', '2'))
    const { damages } = await verifyFolder(folder, { checkpoint: checkpointIn(folderAt(folder)).note })
    expect(damages.map(({ place }) => place)).toContain('tile/0/000.p/2')
    expect(await codeOf(() => openPlatform({ path: folder }))).toMatch(
      /^(file\.unsound|seal\.diverged|folder\.)/,
    )
    drop(folder)
  })

  it.each(['chunks', 'seal', 'log', 'keys', 'seal/tile'])(
    'a file in the place of the folder %s is named',
    async (part) => {
      const folder = copyOf(sound)
      rmSync(join(folder, part), { recursive: true })
      writeFileSync(join(folder, part), 'x')
      expect(['done', 'log.missing', 'log.unreadable']).toContain(
        await codeOf(() => verifyFolder(folder, {})),
      )
      expect(await codeOf(() => openPlatform({ path: folder }))).toMatch(/^(folder|log|seal|file)\./)
      drop(folder)
    },
  )

  it.each(KINDS)('%s at the lock or the views stops nobody for ever', async (kind) => {
    const folder = copyOf(sound)
    await put(kind, join(folder, 'projections.db'))
    const warned: string[] = []
    const store = openProjectionStore(join(folder, 'projections.db'), { warn: (text) => warned.push(text) })
    store.close()
    expect(warned.length).toBeGreaterThan(0)
    await put(kind, join(folder, 'log', 'writer.lock'))
    expect(await codeOf(() => openPlatform({ path: folder }))).toMatch(/^(file|log|folder)\./)
    drop(folder)
  })

  it.each(KINDS)(
    '%s in the place of a chunk is a damage, and is written over where it can be',
    async (kind) => {
      const folder = path(`chunks-${KINDS.indexOf(kind)}`)
      const chunks = openChunkFolder(folder)
      const bytes = Buffer.from('what was stored')
      const hash = await chunks.put(bytes, 'html')
      const at = join(folder, hash.slice(0, 2), `${hash.slice(2)}.html`)
      await put(kind, at)
      expect(await codeOf(() => chunks.get(hash))).toBe('file.unsound')
      const again = await codeOf(() => chunks.put(bytes, 'html'))
      if (kind === 'a folder') expect(again).toBe('folder.not-writable')
      else if (again === 'done') expect(readFileSync(at)).toEqual(bytes)
      else expect(again).toBe('folder.not-writable')
    },
  )

  it('a pipe that waits in the place of a draft is never written to', async () => {
    const folder = copyOf(sound)
    await put('a named pipe', join(folder, 'lanes/live.position.new'))
    await declare(folder, ['c'])
    expect((await verifyFolder(folder, {})).damages).toEqual([])
    drop(folder)
  })
})

describe('in the place of a file that a person names', () => {
  it.each(KINDS)('%s is refused', async (kind) => {
    const at = await put(kind, path('named'))
    expect(await codeOf(() => writtenText(at))).toBe('spec.unreadable')
    expect(await codeOf(() => readDatasetFile(at))).toBe('dataset.unreadable')
    // No link that leads nowhere is there.
    expect(await codeOf(() => existingKey(at))).toMatch(/^key\.m/)
  })

  it.each(
    KINDS.filter((kind) => kind !== 'a sparse giant').flatMap((kind) =>
      ['csv', 'csv.gz', 'zip', 'ndjson', 'parquet', 'arrow'].map((end) => [kind, end] as const),
    ),
  )('%s named x.%s is no data', async (kind, end) => {
    const at = await put(kind, path(`x.${end}`))
    expect(await codeOf(() => arrive(at, longSpec))).toBe('source.unreadable')
    expect(await codeOf(() => proposalFor(at))).toBe('source.unreadable')
  })

  it('a link to a file is one', async () => {
    writeFileSync(path('real.csv'), 'entity,date,close\nA,2008-09-15,1\n')
    symlinkSync(path('real.csv'), path('link.csv'))
    expect((await arrive(path('link.csv'), longSpec)).rowCount).toBe(1)
  })
})

it('a journal of another database beside the log is named, and never played into it', async () => {
  const folder = copyOf(sound)
  const before = readFileSync(join(folder, 'log', 'log.db'))
  const journal = join(folder, 'log', 'log.db-journal')
  // SQLite's file format, 3: a journal's magic, one page, and the sizes that make it a hot one.
  const header = Buffer.alloc(512 + 4 + 4096 + 4, 1)
  header.set([0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7])
  for (const [at, value] of [
    [8, 1],
    [12, 0],
    [16, 1],
    [20, 512],
    [24, 4096],
  ] as const)
    header.writeUInt32BE(value, at)
  writeFileSync(journal, header)
  const { damages } = await verifyFolder(folder, {})
  expect(damages[0]).toMatchObject({
    place: 'the database file',
    problem: expect.stringContaining('log.db-journal'),
  })
  expect(await codeOf(() => openPlatform({ path: folder }))).toBe('log.unreadable')
  expect(readFileSync(join(folder, 'log', 'log.db'))).toEqual(before)
  rmSync(journal)
  expect((await verifyFolder(folder, {})).damages).toEqual([])
  expect(existsSync(journal) || readdirSync(folder).length === 0).toBe(false)
  drop(folder)
})

it('a disk without room for the memory that processes share is full, and not damaged', () => {
  // sqlite.org/rescode.html: SQLITE_IOERR_SHMSIZE is 10 + 19 * 256; a read past the end of a file is 10 + 2 * 256.
  const sqlite = (errcode: number) => Object.assign(new Error('disk I/O error'), { errcode })
  expect(namedFault(sqlite(10 + 19 * 256))?.code).toBe('folder.full')
  expect(namedFault(sqlite(10 + 2 * 256))?.code).toBe('log.unreadable')
})
