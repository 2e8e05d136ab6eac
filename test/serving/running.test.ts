/** The command line finds the server that runs, and acts by itself where none does, whatever file was left behind. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runningServer } from '../../serving/running.ts'
import { asof } from '../support/cli.ts'
import { writeStory } from '../support/committee-story.ts'
import { ask, upOver } from '../support/doors.ts'

const root = mkdtempSync(join(tmpdir(), 'asof-running-'))
const story = writeStory(join(root, 'files'))
const folder = join(root, 'platform')
const address = join(folder, 'server.json')
afterAll(() => rmSync(root, { recursive: true, force: true }))

beforeAll(async () => {
  expect((await asof(folder, 'ingest', story.history, '--dataset', story.declaration)).code).toBe(0)
}, 60_000)

test('the file is its owner’s alone, says where the server is, and is gone with it', async () => {
  const server = await upOver(folder)
  expect(JSON.parse(readFileSync(address, 'utf8'))).toEqual({
    url: server.url,
    pid: expect.any(Number),
    server: expect.any(String),
    serves: expect.any(String),
  })
  if (process.platform !== 'win32') expect(statSync(address).mode & 0o777).toBe(0o600)
  await server.stop()
  expect(existsSync(address)).toBe(false)
}, 60_000)

describe('a file that was left behind is passed over', () => {
  const left = (told: object) => {
    const { dev, ino } = statSync(folder, { bigint: true })
    writeFileSync(address, JSON.stringify({ serves: `${dev}:${ino}`, ...told }))
  }
  let other: Server
  let url: string

  beforeAll(async () => {
    // What listens there now is another program, or another platform.
    other = createServer((_, reply) => reply.end(JSON.stringify({ status: 'ok', server: 'another' })))
    await once(other.listen(0, '127.0.0.1'), 'listening')
    url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
  })
  afterAll(() => other.close())

  test('its process is gone', async () => {
    const gone = spawn(process.execPath, ['-e', ''])
    await once(gone, 'exit')
    left({ url, pid: gone.pid, server: 'another' })
    expect(await runningServer(folder)).toBeNull()
  })

  test('nothing listens there', async () => {
    left({ url: 'http://127.0.0.1:1', pid: process.pid, server: 'it' })
    expect(await runningServer(folder)).toBeNull()
  })

  test('something else listens there', async () => {
    left({ url, pid: process.pid, server: 'it' })
    expect(await runningServer(folder)).toBeNull()
    left({ url, pid: process.pid, server: 'another' })
    expect(await runningServer(folder), 'the control').toMatchObject({ url })
  })

  test('it is no such file', async () => {
    for (const text of ['', '{', '[]', '{"pid":-1}']) {
      writeFileSync(address, text)
      expect(await runningServer(folder)).toBeNull()
    }
    left({ url: 'file:///etc/passwd', pid: process.pid, server: 'x' })
    expect(await runningServer(folder)).toBeNull()
  })

  test('it came along with a copy of the folder, whose server still runs', async () => {
    const server = await upOver(folder)
    const copy = join(root, 'copy')
    cpSync(folder, copy, { recursive: true })
    expect(await runningServer(copy)).toBeNull()
    // The copy is a platform of its own: what is written to it does not reach the one that it was made of.
    const head = async () => (await ask(server.url, '/health')).body.log
    const before = await head()
    expect((await asof(copy, 'ingest', story.later, '--dataset', story.declaration)).code).toBe(0)
    expect(await head()).toEqual(before)
    expect(await runningServer(folder), 'the control').toMatchObject({ url: server.url })
    await server.stop()
  }, 60_000)

  test('a server that was killed: the command acts by itself', async () => {
    const server = await upOver(folder)
    await server.stop('SIGKILL')
    expect(existsSync(address)).toBe(true)
    const { code, err } = await asof(folder, 'features', story.features)
    expect([code, err]).toEqual([0, ''])
  }, 60_000)
})

test('a server that ends before it answers is told as such, and what to do', async () => {
  const ends = createServer((request, reply) => {
    if (request.url === '/health') reply.end(JSON.stringify({ server: 'it' }))
    else request.socket.destroy()
  })
  await once(ends.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(ends.address() as AddressInfo).port}`
  const { dev, ino } = statSync(folder, { bigint: true })
  writeFileSync(address, JSON.stringify({ url, pid: process.pid, server: 'it', serves: `${dev}:${ino}` }))
  for (const args of [
    ['features', story.features],
    ['ingest', story.later, '--dataset', story.declaration],
  ]) {
    const { code, err } = await asof(folder, ...args)
    expect([code, err]).toEqual([1, expect.stringContaining('ended before it answered')])
  }
  ends.close()
  rmSync(address)
}, 60_000)

test('what the command cannot send, it refuses with the words that it has by itself', async () => {
  const server = await upOver(folder)
  const broken = join(root, 'files', 'broken.parquet')
  writeFileSync(broken, 'PAR1 is all')
  const wrong = [
    ['ingest', join(root, 'files', 'nowhere.csv'), '--dataset', story.declaration],
    ['ingest', join(root, 'files'), '--dataset', story.declaration],
    ['ingest', story.sweep, '--dataset', story.declaration],
    ['ingest', broken, '--dataset', story.declaration],
    ['validate', 'nobody', '--model', 'small'],
    ['promote', 'nobody'],
    ['train', story.features],
    ['approve', 'nobody', '--member', 'bob', '--key', story.key('bob')],
  ]
  try {
    const beside = []
    for (const args of wrong) beside.push(await asof(folder, ...args))
    await server.stop()
    for (const [i, args] of wrong.entries()) {
      const alone = await asof(folder, ...args)
      expect([args, beside[i]]).toEqual([args, alone])
      expect(alone.code).toBe(1)
    }
  } finally {
    await server.stop()
  }
}, 120_000)

test('a command that fails midway is sealed as far as it came, by itself and beside a server', async () => {
  expect((await asof(folder, 'features', story.features)).code).toBe(0)
  // The second run of the sweep names a column that there is none of: the first one stands.
  for (const isBeside of [false, true]) {
    const family = isBeside ? 'beside' : 'alone'
    const text = readFileSync(story.sweep, 'utf8')
      .replace('family: small', `family: ${family}`)
      .replace('- vol_10', '- no_such_column')
    const sweep = join(root, 'files', `${family}.yaml`)
    writeFileSync(sweep, text)
    const server = isBeside ? await upOver(folder) : null
    const { code, err } = await asof(folder, 'train', sweep)
    await server?.stop()
    expect([code, err]).toEqual([1, expect.stringContaining('has no column no_such_column')])
    const trials = await asof(folder, 'trials', family, '--json')
    expect(JSON.parse(trials.out)).toMatchObject([{ run: `${family}-h3-momentum-a1` }])
    const verified = await asof(folder, 'verify', '--json')
    expect([verified.code, JSON.parse(verified.out)]).toMatchObject([0, { damages: [], eventsNotSealed: 0 }])
    // And published: whoever keeps the checkpoint has the events of the failed command in it.
    const [, size] = readFileSync(join(folder, 'seal', 'checkpoint'), 'utf8').split('\n')
    expect(Number(size)).toBe(JSON.parse(verified.out).events)
  }
}, 120_000)
