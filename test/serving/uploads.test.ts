/** Files on their way in: one that breaks off leaves nothing behind, and one that nobody came back for is gone in time. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { folderAt } from '../../serving/folder.ts'
import { boundedServer } from '../../serving/http/bounded.ts'
import { serveUploads } from '../../serving/http/uploads.ts'
import { namedFault } from '../../serving/named.ts'
import { takeUpload, uploadIn } from '../../serving/uploads.ts'

const path = mkdtempSync(join(tmpdir(), 'asof-uploads-'))
const place = join(path, 'uploads')
const server = boundedServer({ logLevel: 'silent' })
const defects: unknown[] = []
let url: URL

beforeAll(async () => {
  server.addHook(
    'onResponse',
    async ({ url }, { statusCode }) => void (statusCode >= 500 && defects.push(url)),
  )
  serveUploads(server, folderAt(path))
  url = new URL(await server.listen({ host: '127.0.0.1', port: 0 }))
  mkdirSync(place)
})
afterAll(async () => {
  await server.close()
  rmSync(path, { recursive: true, force: true })
})

const held = (): number => readdirSync(place).length

test.each(['Content-Length: 10000000', 'Transfer-Encoding: chunked'])(
  'one that breaks off is no defect, and nothing of it is kept: %s',
  async (size) => {
    const socket = connect(Number(url.port), '127.0.0.1')
    socket.write(
      `POST /api/v1/uploads?name=x.csv HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: application/octet-stream\r\n${size}\r\n\r\n3e8\r\n${'a'.repeat(1000)}\r\n`,
    )
    await expect.poll(held, { timeout: 20_000 }).toBe(1)
    socket.destroy()
    await expect.poll(held, { timeout: 20_000 }).toBe(0)
    expect(defects).toEqual([])
  },
)

test('what nobody came back for is gone a day later, and what is newer stays', async () => {
  const sent = async (): Promise<string> => {
    const headers = { 'content-type': 'application/octet-stream' }
    const reply = await fetch(new URL('/api/v1/uploads?name=x.csv', url), {
      method: 'POST',
      headers,
      body: 'a',
    })
    return ((await reply.json()) as { upload: string }).upload
  }
  const [old, young] = [await sent(), await sent()]
  const before = new Date(Date.now() - 25 * 3_600_000)
  utimesSync(join(place, old), before, before)
  const next = await sent()
  expect(readdirSync(place).sort()).toEqual([young, next].sort())
})

test('an upload is read by the first who asks for it, and by nobody else', async () => {
  const upload = await takeUpload(folderAt(path), 'x.csv', Readable.from(['a']))
  const first = uploadIn(folderAt(path), upload)
  expect(() => uploadIn(folderAt(path), upload)).toThrow(/There is no upload .* it was ingested/)
  expect(readFileSync(first.path, 'utf8')).toBe('a')
  first.drop()
  expect(readdirSync(place).filter((name) => name.startsWith(upload))).toEqual([])
})

const sentAs = (name: string, body: string, type?: string) =>
  fetch(new URL(`/api/v1/uploads?name=${encodeURIComponent(name)}`, url), {
    method: 'POST',
    headers: type === undefined ? {} : { 'content-type': type },
    body,
  })

test('a file is kept as it is, whatever type it is sent with', async () => {
  const text = '{"name":"AA","close":1}'
  for (const type of ['application/json', 'text/plain', 'text/csv', 'application/x-www-form-urlencoded']) {
    const reply = await sentAs('x.ndjson', text, type)
    const { upload } = (await reply.json()) as { upload: string }
    const taken = uploadIn(folderAt(path), upload)
    expect([type, readFileSync(taken.path, 'utf8')]).toEqual([type, text])
    taken.drop()
  }
})

test('a name of more bytes than a file system takes is refused as a name, and nothing is told of the folder', async () => {
  const before = held()
  for (const name of ['\u00e9'.repeat(128), '\u6f22'.repeat(90), '\u{1f44d}'.repeat(64)]) {
    const reply = await sentAs(name, 'a', 'application/octet-stream')
    const { error } = (await reply.json()) as { error: { code: string; message: string } }
    expect([reply.status, error.code]).toEqual([400, 'upload.name'])
    expect(error.message).not.toContain(path)
  }
  const { status } = await sentAs('\u00e9'.repeat(127), 'a', 'application/octet-stream')
  expect([status, held()]).toEqual([200, before + 1])
})

test('where the folder was moved meanwhile, that is said, and it is not begun anew', async () => {
  const folder = folderAt(join(path, 'moved'))
  const refused = await takeUpload(folder, 'x.csv', Readable.from(['a'])).catch(
    (error) => namedFault(error)?.code,
  )
  expect(refused).toBe('folder.gone')
  expect(readdirSync(path)).not.toContain('moved')
})
