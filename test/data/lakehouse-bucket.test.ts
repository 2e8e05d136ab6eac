/** Delta Lake and Iceberg tables in a bucket: the same versions and changes as in a folder, of files that come to hand within a limit. */
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { withPlace } from '../../serving/lake-place.ts'
import { bucketObjects, type Objects } from '../../streams/log/chunks/s3/objects.ts'
import { bucketFiles } from '../../streams/sources/lake/bucket-files.ts'
import { writeChange } from '../../streams/sources/lake/change.ts'
import type { Change } from '../../streams/sources/lake/change-terms.ts'
import { deltaTable } from '../../streams/sources/lake/delta.ts'
import { folderFiles } from '../../streams/sources/lake/folder-files.ts'
import { icebergTable } from '../../streams/sources/lake/iceberg.ts'
import { metadataIn } from '../../streams/sources/lake/iceberg-metadata.ts'
import { changeOf, withLake } from '../../streams/sources/lake/open.ts'
import { fileIn, folderPlace, type LakeFiles, type LakePlace } from '../../streams/sources/lake/place.ts'
import {
  fromFirstWhole,
  type LakeTable,
  type LakeVersion,
  lakeKindOf,
} from '../../streams/sources/lake/table.ts'
import { refusalIn, refusalOf } from '../support/refusals.ts'
import { type S3Server, s3Server } from '../support/s3-server.ts'
import { readVector } from '../support/vectors.ts'

const KINDS = ['delta', 'iceberg'] as const
type Kind = (typeof KINDS)[number]
const vectors = JSON.parse(readVector('lakehouse.json')) as Readonly<
  Record<Kind, Readonly<{ files: Readonly<Record<string, string>> }>>
>
const CLOSE = { delta: 'close', iceberg: 'last' } as const

const root = mkdtempSync(join(tmpdir(), 'asof-lake-bucket-'))
const still = (): void => {}
let brought: string
const folderOf = (kind: Kind): string => join(root, 'folder', kind)
const inFolder = new Map<Kind, ReturnType<typeof changesOf>>()
/** The same of the table in a folder. */
function changesIn(kind: Kind): ReturnType<typeof changesOf> {
  const known = inFolder.get(kind) ?? changesOf(kind, folderFiles(folderPlace(folderOf(kind))))
  inFolder.set(kind, known)
  return known
}

beforeAll(() => {
  for (const kind of KINDS)
    for (const [path, bytes] of Object.entries(vectors[kind].files)) {
      mkdirSync(dirname(join(folderOf(kind), path)), { recursive: true })
      writeFileSync(join(folderOf(kind), path), Buffer.from(bytes, 'base64'))
    }
})
beforeEach(() => {
  brought = mkdtempSync(join(root, 'brought-'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** What a bucket has, in memory: some keys to a page. */
function objectsOf(kept: Map<string, Buffer>): Objects & { saved: string[] } {
  const saved: string[] = []
  return {
    saved,
    async *keys(prefix, deep) {
      const under = [...kept.keys()].filter(
        (key) => key.startsWith(prefix) && (deep || !key.slice(prefix.length).includes('/')),
      )
      for (let at = 0; at < under.length; at += 3) yield under.slice(at, at + 3)
    },
    async read(key, take) {
      const bytes = kept.get(key) ?? null
      take(bytes?.length ?? 0)
      return bytes
    },
    async save(key, path, take) {
      const bytes = kept.get(key)
      if (bytes === undefined) return false
      take(bytes.length)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, bytes)
      saved.push(key)
      return true
    },
  }
}

const keptOf = (kind: Kind): Map<string, Buffer> =>
  new Map(
    Object.entries(vectors[kind].files).map(([path, bytes]) => [
      `desk/prices/${path}`,
      Buffer.from(bytes, 'base64'),
    ]),
  )

function filesOf(objects: Objects, mostBytes = 2 ** 20): LakeFiles {
  const bucket = { bucket: 'lake', region: 'us-east-1', pathStyle: true, prefix: 'desk/prices/', mostBytes }
  const place: LakePlace = { name: 's3://lake/desk/prices', folder: brought, bucket }
  return bucketFiles(place, bucket, objects)
}

async function tableIn(files: LakeFiles): Promise<LakeTable> {
  const kind = await lakeKindOf(files)
  return kind === 'delta' ? deltaTable(files, still) : icebergTable(files, await metadataIn(files), still)
}

async function listOf(each: AsyncIterable<LakeVersion>): Promise<readonly LakeVersion[]> {
  const all: LakeVersion[] = []
  for await (const one of each) all.push(one)
  return all
}

/** What each version changed, and the versions with their files as they are named within the table. */
async function changesOf(kind: Kind, files: LakeFiles) {
  const table = await tableIn(files)
  const all = await listOf(fromFirstWhole(table))
  const changes: Change[] = []
  for (const [at, after] of all.entries()) {
    const asked = {
      ...{ place: table.place, before: all[at - 1] ?? null, after, schema: table.columns },
      ...{ columns: ['instrument', 'time', CLOSE[kind]], keys: ['instrument', 'time'] },
      out: join(mkdtempSync(join(root, 'out-')), 'change.parquet'),
    }
    changes.push(await writeChange(asked, files, still))
  }
  const versions = all.map((one) => ({
    ...one,
    files: one.files.map((file) => ({ ...file, path: file.path.slice(files.folder.length) })),
  }))
  return { id: table.id, changes, versions }
}

describe.each(KINDS)('a table of %s in a bucket', (kind) => {
  test('has the versions and the changes of the same table in a folder', async () => {
    const there = await changesOf(kind, filesOf(objectsOf(keptOf(kind))))
    expect(there).toEqual(await changesIn(kind))
    expect(there.changes.filter(({ added }) => added > 0).length).toBeGreaterThan(2)
  })

  test('takes no more of this machine than it may: what is not needed any more makes room, and what never fits is refused', async () => {
    const kept = keptOf(kind)
    const sizes = [...kept].flatMap(([key, bytes]) => (key.endsWith('.parquet') ? bytes.length : []))
    const most = sizes.reduce((sum, bytes) => sum + bytes, 0) * 0.75
    const objects = objectsOf(kept)
    const { changes } = await changesOf(kind, filesOf(objects, most))
    expect(changes).toEqual((await changesIn(kind)).changes)
    const lying = readdirSync(brought, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
    const held = lying.map(({ parentPath, name }) => statSync(join(parentPath, name)).size)
    expect(held.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(most)
    expect(lying.length).toBeLessThan(objects.saved.length)
    expect(await refusalIn(changesOf(kind, filesOf(objectsOf(kept), 1_000)))).toBe('lake.too-large')
  })

  test('begins at the first version that has all of its objects, and names the one that goes missing', async () => {
    const kept = keptOf(kind)
    const objects = objectsOf(kept)
    const table = await tableIn(filesOf(objects))
    const all = await listOf(table.versions(null))
    const [first] = all
    const [gone] = first.files
    kept.delete(`desk/prices/${gone.path.slice(brought.length + 1)}`)
    const passedOver: string[] = []
    const again = await tableIn(filesOf(objects))
    const whole = await listOf(fromFirstWhole(again, (version) => passedOver.push(version)))
    const needs = ({ files }: LakeVersion) => files.some(({ path }) => path === gone.path)
    expect(passedOver).toEqual(all.filter(needs).map(({ version }) => version))
    expect(whole).toEqual(all.filter((one) => !needs(one)))
    expect(whole.length).toBeGreaterThan(0)
    const asked = {
      ...{ place: table.place, before: null, after: first, schema: table.columns },
      ...{ columns: ['instrument'], keys: ['instrument'], out: join(root, 'gone.parquet') },
    }
    await expect(writeChange(asked, filesOf(objects), still)).rejects.toThrow(gone.path)
  })
})

test('what a log names lies in the part of the bucket that is named, however it is written', () => {
  const place = filesOf(objectsOf(new Map()))
  const own = join(brought, 'data', 'a.parquet')
  for (const told of [
    'data/a.parquet',
    's3://lake/desk/prices/data/a.parquet',
    's3a://lake/desk/prices/data/a.parquet',
  ])
    expect(fileIn(place, told)).toBe(own)
  for (const told of [
    's3://other/desk/prices/data/a.parquet',
    's3://lake/desk/pricess/a.parquet',
    's3://lake/desk/prices/../secret/a.parquet',
    '../secret/a.parquet',
    '/etc/passwd',
    'file:///etc/passwd',
    'https://elsewhere/a.parquet',
    's3://lake/desk/prices/',
  ])
    expect(
      refusalOf(() => fileIn(place, told)),
      told,
    ).toBe('lake.unreadable')
})

test('a bucket that lists without end, or a log without end, is left', async () => {
  const endless: Objects = {
    ...objectsOf(new Map()),
    async *keys(prefix) {
      for (let page = 0; ; page++) yield Array.from({ length: 10_000 }, (_, at) => `${prefix}${page}-${at}`)
    },
    async read(_, take) {
      for (;;) take(2 ** 24)
    },
  }
  expect(await refusalIn(lakeKindOf(filesOf(endless)))).toBe('lake.unsupported')
  const metadata = { ...endless, keys: objectsOf(keptOf('iceberg')).keys }
  expect(await refusalIn(tableIn(filesOf(metadata)))).toBe('lake.unreadable')
})

describe('over the protocol', () => {
  let server: S3Server
  const put = (kind: Kind) => {
    for (const [key, bytes] of keptOf(kind)) server.objects.set(key, [{ id: '1', bytes }])
  }
  const objects = (waitMillis = 0, endpoint = server.endpoint) =>
    bucketObjects(
      {
        ...{ bucket: 'lake', region: 'us-east-1', endpoint, pathStyle: true },
        credentials: { accessKeyId: 'k', secretAccessKey: 's' },
      },
      { waitMillis, onWaiting: still },
      still,
    )
  beforeEach(async () => {
    server = await s3Server('lake')
  })
  afterEach(() => server.close())

  test('each version is the same', async () => {
    put('delta')
    const there = await changesOf('delta', filesOf(objects()))
    expect(there).toEqual(await changesIn('delta'))
  })

  test('an object is kept whole or not at all: one that breaks off or never ends leaves nothing', async () => {
    const path = join(brought, 'deep', 'a')
    let held = 0
    const take = (bytes: number): void => {
      if (held + bytes > 400_000) throw new Error('too much')
      held += bytes
    }
    const part = Buffer.alloc(100_000, 7)
    const answers = {
      // Said to be longer than it is.
      short: (reply: ServerResponse) => {
        reply.writeHead(200, { 'content-length': 300_000 }).write(part, () => reply.destroy())
      },
      endless: (reply: ServerResponse) => {
        const more = (): void => {
          while (!reply.destroyed && reply.write(part));
        }
        reply.on('drain', more)
        more()
      },
      // Refused before a byte of it is read.
      long: (reply: ServerResponse) => {
        reply.writeHead(200, { 'content-length': 500_000 }).write(part)
      },
    }
    for (const [name, answer] of Object.entries(answers)) {
      const raw = createServer((_, reply) => answer(reply)).listen(0, '127.0.0.1')
      await once(raw, 'listening')
      const { port } = raw.address() as AddressInfo
      const save = objects(0, `http://127.0.0.1:${port}`).save('a', path, take)
      await expect(save, name).rejects.toThrow(name === 'short' ? 'read a' : 'too much')
      expect([held, readdirSync(brought, { recursive: true })], name).toEqual([0, ['deep']])
      raw.closeAllConnections()
      raw.close()
    }
  })

  test('a bucket that is away is waited for', async () => {
    server.objects.set('a', [{ id: '1', bytes: Buffer.alloc(300_000, 7) }])
    const path = join(brought, 'a')
    let refused = 0
    server.answers = () => (refused++ < 4 ? 503 : null)
    expect(await objects(30_000).save('a', path, still)).toBe(true)
    expect(statSync(path).size).toBe(300_000)
    expect(await objects().read('none', still)).toBe(null)
  })

  test('one that refuses is told of in the words of the table', async () => {
    server.answers = () => 403
    const asked = tableIn(filesOf(objects()))
    await expect(asked).rejects.toThrow(/s3:\/\/lake\/desk\/prices was not read further: .* would not list/)
    expect(await refusalIn(tableIn(filesOf(objects())))).toBe('lake.bucket')
  })

  test('a table is named by its address alone: the server, and who asks, are what asof.yaml says', async () => {
    put('delta')
    const home = join(root, 'home')
    mkdirSync(home)
    writeFileSync(join(home, 'secret'), 's\n')
    writeFileSync(
      join(home, 'asof.yaml'),
      `lake: { endpoint: "${server.endpoint}", accessKey: k, secretKeyFile: secret, megabytes: 7 }\n`,
    )
    let lay = ''
    const read = (named: string) =>
      withPlace(home, named, (place) => {
        lay = place.folder
        expect(place.bucket).toMatchObject({
          prefix: 'desk/prices/',
          mostBytes: 7 * 2 ** 20,
          pathStyle: true,
        })
        return withLake(place, async (table) => {
          if (table === null) throw new Error('it is no table')
          const all = await listOf(fromFirstWhole(table))
          const [before = null, after] = all
          const asked = {
            place: table.place,
            schema: table.columns,
            columns: ['instrument', 'time', 'close'],
            keys: ['instrument', 'time'],
          }
          const change = await changeOf({ ...asked, before, after, out: join(root, 'named.parquet') })
          return { name: place.name, change, versions: all.map(({ version }) => version) }
        })
      })
    const told = await read('s3://lake/desk/prices/')
    expect(told.name).toBe('s3://lake/desk/prices')
    expect(told.versions).toEqual(['0', '1', '2', '3', '4', '5'])
    expect(told.change.added).toBe(2)
    expect(existsSync(lay)).toBe(false)
    for (const named of ['s3://', 's3://UPPER/a', 's3://lake/a//b', 's3://lake/../b'])
      expect(await refusalIn(read(named)), named).toBe('lake.unreadable')
  }, 120_000)
})
