/** An Iceberg REST catalog says which metadata are in force: what it tells is read, and nothing else of it; whatever it does, it is ended. */
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Catalog, metadataFrom } from '../../streams/sources/lake/catalog.ts'
import { withLake } from '../../streams/sources/lake/open.ts'
import { folderPlace } from '../../streams/sources/lake/place.ts'
import { refusalIn } from '../support/refusals.ts'
import { readVector } from '../support/vectors.ts'

type Vector = Readonly<{
  files: Readonly<Record<string, string>>
  versions: readonly Readonly<{ version: string }>[]
}>
const { iceberg: vector } = JSON.parse(readVector('lakehouse.json')) as Readonly<{ iceberg: Vector }>
const metadata = Object.entries(vector.files)
  .filter(([path]) => path.endsWith('.metadata.json'))
  .sort(([one], [other]) => (one < other ? -1 : 1))
  .map(([, bytes]) => Buffer.from(bytes, 'base64').toString('utf8'))
/** As it was before the last commit. */
const EARLIER = metadata.at(-2) ?? ''
const TABLE = '/v1/ware/house/namespaces/made%1Fof%20it/tables/prices'

const root = mkdtempSync(join(tmpdir(), 'asof-catalog-'))
const folder = join(root, 'prices')
const asked: string[] = []
let answer: (request: IncomingMessage, reply: ServerResponse) => void
const server = createServer((request, reply) => {
  asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`)
  answer(request, reply)
})
let catalog: Catalog

const json = (reply: ServerResponse, text: string, status = 200): void => {
  reply.writeHead(status, { 'content-type': 'application/json' }).end(text)
}
const telling =
  (text: string, status = 200): typeof answer =>
  ({ url }, reply) => {
    if (url?.startsWith('/v1/config'))
      json(reply, '{"defaults":{"prefix":"none"},"overrides":{"prefix":"ware/house"}}')
    else if (url === TABLE) json(reply, text, status)
    else json(reply, '{"error":{"message":"no such table","type":"NoSuchTableException","code":404}}', 404)
  }

beforeAll(async () => {
  for (const [path, bytes] of Object.entries(vector.files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), Buffer.from(bytes, 'base64'))
  }
  // A connection that is closed between two questions, on a busy machine, is another test's.
  server.keepAliveTimeout = 300_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  catalog = {
    ...{ url: `http://127.0.0.1:${port}/`, table: 'made.of it.prices', warehouse: 'own & other' },
    limitMillis: 300_000,
  }
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
  rmSync(root, { recursive: true, force: true })
})

const versions = (of?: Catalog) =>
  withLake(
    folderPlace(folder),
    async (table) => {
      const found: string[] = []
      for await (const { version } of table?.versions(null) ?? (async function* () {})()) found.push(version)
      return found
    },
    { catalog: of },
  )

describe('a catalog', () => {
  test('says which snapshot is in force, where the folder has one more that was never committed', async () => {
    answer = telling(
      `{"metadata-location":"s3://elsewhere/1.metadata.json","metadata":${EARLIER},"config":{}}`,
    )
    const all = vector.versions.map(({ version }) => version)
    expect(await versions()).toEqual(all)
    asked.length = 0
    expect(await versions({ ...catalog, token: 'secret' })).toEqual(all.slice(0, -1))
    expect(asked).toEqual([
      'GET /v1/config?warehouse=own%20%26%20other Bearer secret',
      `GET ${TABLE} Bearer secret`,
    ])
  }, 300_000)

  test('that answers with an error, with something else or from elsewhere is refused with what it says', async () => {
    const told = (what: typeof answer, of: Partial<Catalog> = {}) => {
      answer = what
      return metadataFrom({ ...catalog, ...of }, () => {})
    }
    await expect(told(telling('{}'), { table: 'made.gone' })).rejects.toThrow('it answers 404: no such table')
    await expect(told(telling('<html>', 502))).rejects.toThrow('it answers 502')
    await expect(told(telling('{"metadata":{"format-version":2}}'))).rejects.toThrow('table-uuid')
    await expect(told(telling('{"metadata":'))).rejects.toThrow('JSON')
    const elsewhere = (_: IncomingMessage, reply: ServerResponse) =>
      reply.writeHead(302, { location: '/other' }).end()
    await expect(told(elsewhere)).rejects.toThrow('redirect')
    await expect(told(({ socket }) => socket.destroy())).rejects.toThrow(/prices/)
  })

  test('that is silent or never ends is left: after its time, or after as many bytes as are read', async () => {
    answer = () => {}
    await expect(metadataFrom({ ...catalog, limitMillis: 200 }, () => {})).rejects.toThrow(
      'did not answer in time',
    )
    answer = (_, reply) => {
      const part = Buffer.alloc(2 ** 16, ' ')
      const more = (): void => {
        while (!reply.destroyed && reply.write(part));
      }
      reply.on('drain', more)
      more()
    }
    let parts = 0
    const heard = () => {
      parts++
    }
    const short = { ...catalog, limitMillis: 300_000, limitBytes: 2 ** 20 }
    await expect(metadataFrom(short, heard)).rejects.toThrow('longer than is read')
    expect(parts).toBeGreaterThan(1)
  })

  test('is asked for nothing with a token in the open, in no address but its own, and for no table without a namespace', async () => {
    asked.length = 0
    const refused = (of: Partial<Catalog>) => refusalIn(metadataFrom({ ...catalog, ...of }, () => {}))
    expect(await refused({ url: 'http://catalog.example/', token: 'secret' })).toBe('lake.catalog')
    for (const url of [
      'file:///etc/passwd',
      'http://user:word@127.0.0.1/',
      'no address',
      'http://127.0.0.1/?a=b',
    ])
      expect(await refused({ url }), url).toBe('lake.catalog')
    for (const table of ['prices', '.prices', 'made..prices', 'made.'])
      expect(await refused({ table }), table).toBe('lake.catalog')
    expect(asked).toEqual([])
  })

  test('bears on the folder of an Iceberg table alone', async () => {
    const none = join(root, 'none')
    mkdirSync(none)
    expect(await refusalIn(withLake(folderPlace(none), async (table) => table, { catalog }))).toBe(
      'lake.unreadable',
    )
    cpSync(none, join(root, 'delta', '_delta_log'), { recursive: true })
    expect(
      await refusalIn(withLake(folderPlace(join(root, 'delta')), async (table) => table, { catalog })),
    ).toBe('lake.unreadable')
  })
})
