/** What the log on KurrentDB does when servers, networks and other machines do what they do. */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openEmbeddedLog } from '../../streams/log/embedded/open.ts'
import { openKurrentLog } from '../../streams/log/kurrentdb/open.ts'
import type { EventLog } from '../../streams/log/port.ts'
import { noteSigner, privateKeyFrom } from '../../streams/log/seal/note.ts'
import {
  append,
  batchOf,
  chunkRef,
  collect,
  note,
  price,
  TestClock,
  until,
  VOCABULARY,
} from '../contract/vocabulary.ts'
import { KurrentServer } from '../support/kurrentdb-server.ts'

const root = mkdtempSync(join(tmpdir(), 'asof-kurrent-'))
const server = new KurrentServer()
let url = ''
beforeAll(async () => {
  url = await server.start()
})
afterAll(() => {
  server.stop()
  rmSync(root, { recursive: true })
})

let made = 0
const freshFolder = () => join(root, String(made++))
const freshStream = () => `asof-${randomUUID()}`
const signerOf = (key: number) => noteSigner('asof.example/log', privateKeyFrom(new Uint8Array(32).fill(key)))

function open(
  stream: string,
  folder = freshFolder(),
  more: { key?: number; clock?: TestClock; patienceMillis?: number } = {},
) {
  const { key, clock = new TestClock(), ...rest } = more
  const seal = async () => {
    const signer = signerOf(key ?? 1)
    return {
      folder: join(folder, 'seal'),
      origin: signer.name,
      signer,
      began: randomUUID(),
      wasSealed: false,
    }
  }
  return openKurrentLog({
    ...{
      folder: join(folder, 'log'),
      registry: VOCABULARY,
      clock,
      server: { url, stream },
      name: randomBytes(8).toString('hex'),
    },
    ...(key !== undefined && { seal }),
    ...rest,
  })
}

const textsOf = async (log: EventLog) =>
  (await collect(log.readAll(1))).flat().map(({ data }) => (data as { text: string }).text)
const code = (wanted: string) => ({ fault: { code: wanted } })

describe('opened again', () => {
  test('command ids are known, from the folder and from the server alone', async () => {
    const [stream, folder] = [freshStream(), freshFolder()]
    const first = await open(stream, folder)
    const batch = batchOf('note-a', 0, [note('kept', 7, [chunkRef('a chunk', 9)]), price(1.5, 3)])
    const answer = await append(first, batch)
    const events = await collect(first.readAll(1))
    await first.close()
    for (const where of [folder, freshFolder()]) {
      const again = await open(stream, where)
      expect(await append(again, batch)).toEqual({ ...answer, repeated: true })
      expect(await collect(again.readAll(1))).toEqual(events)
      expect(await again.positionAt({ knownAt: 5 })).toBe(0)
      await again.close()
    }
    expect(server.stream(stream)).toHaveLength(2)
  })

  test('what a copy lost is filled in from the server, and sealed as it was', async () => {
    const [stream, folder] = [freshStream(), freshFolder()]
    const first = await open(stream, folder, { key: 1 })
    for (let i = 0; i < 20; i++) await append(first, batchOf('note-a', i, [note(`${i}`)]))
    const { root: sealed } = first.seal?.latest ?? {}
    await first.close()
    rmSync(join(folder, 'log', 'log.db'))
    await expect(open(stream, folder, { key: 1 })).rejects.toMatchObject(code('log.unreadable'))
    rmSync(join(folder, 'log'), { recursive: true })
    const again = await open(stream, folder, { key: 1 })
    expect(await textsOf(again)).toHaveLength(20)
    expect(again.seal?.latest.root).toEqual(sealed)
    await again.close()
  })
})

describe('two machines', () => {
  test('append to one log: dense, each event once, each machine sees all', async () => {
    const stream = freshStream()
    const clocks = [new TestClock(), new TestClock()]
    clocks[1].now += 5_000_000
    const logs = await Promise.all(clocks.map((clock) => open(stream, freshFolder(), { clock, key: 1 })))
    const appends = logs.flatMap((log, who) =>
      Array.from({ length: 40 }, (_, i) =>
        append(log, batchOf(`note-${who}`, i, [note(`${who}/${i}`), note('b')], { expected: 2 * i })),
      ),
    )
    const positions = (await Promise.all(appends)).map(({ position }) => position)
    expect(positions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 80 }, (_, i) => 2 * i + 2))
    await until(() => logs.every(({ durableTo }) => durableTo === 160))
    const [one, other] = await Promise.all(logs.map((log) => collect(log.readAll(1))))
    expect(other).toEqual(one)
    const recorded = one.flat().map(({ recordedAt }) => recordedAt)
    expect(recorded).toEqual(recorded.toSorted((a, b) => a - b))
    expect(logs[0].seal?.latest.root).toEqual(logs[1].seal?.latest.root)
    expect(logs[0].seal?.identity).toBe(logs[1].seal?.identity)
    await Promise.all(logs.map((log) => log.close()))
  })

  test('answer one cause under one id: written once, and the second is told so', async () => {
    const stream = freshStream()
    const [one, other] = await Promise.all([open(stream), open(stream)])
    const batch = batchOf('note-a', 0, [note('answer')], { commandId: 'features/1/0' })
    const answers = await Promise.all([append(one, batch), append(other, batch)])
    expect(answers.map(({ repeated }) => repeated).toSorted()).toEqual([false, true])
    expect(server.stream(stream)).toHaveLength(1)
    expect(await other.append(batchOf('note-a', 0, [note('late')], { commandId: 'x' }))).toMatchObject({
      ok: false,
      error: { actual: 1 },
    })
    await Promise.all([one.close(), other.close()])
  })

  test('what one appends reaches those who follow the other', async () => {
    const stream = freshStream()
    const [one, other] = await Promise.all([open(stream), open(stream)])
    const seen: number[] = []
    const following = (async () => {
      for await (const batch of other.subscribe(1)) seen.push(batch.length)
    })()
    await append(one, batchOf('note-a', 0, [note('1'), note('2'), note('3')]))
    await append(one, batchOf('note-a', 3, [note('4')]))
    await until(() => seen.length === 2)
    expect(seen).toEqual([3, 1])
    await Promise.all([one.close(), other.close()])
    await following
  })

  test('a machine with another key is refused, and so is a folder of its own', async () => {
    const [stream, folder] = [freshStream(), freshFolder()]
    const log = await open(stream, folder, { key: 1 })
    await append(log, batchOf('note-a', 0, [note('sealed')]))
    await log.close()
    await expect(open(stream, freshFolder(), { key: 2 })).rejects.toMatchObject(code('log.server-key'))
    await expect(open(freshStream(), folder, { key: 1 })).rejects.toMatchObject(code('log.mirror'))
    const options = { folder: join(folder, 'log'), registry: VOCABULARY, clock: new TestClock() }
    expect(() => openEmbeddedLog(options)).toThrow(`stream ${stream} on KurrentDB`)
    const own = freshFolder()
    const embedded = openEmbeddedLog({ ...options, folder: join(own, 'log') })
    await append(embedded, batchOf('note-a', 0, [note('elsewhere')]))
    await embedded.close()
    await expect(open(stream, own)).rejects.toMatchObject(code('log.not-a-mirror'))
  })
})

describe('a server', () => {
  test('whose answers are lost has kept each append once, and it counts as the own', async () => {
    const stream = freshStream()
    const log = await open(stream)
    server.losesAnswers = 3
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => append(log, batchOf(`note-${i}`, 0, [note(`${i}`)]))),
    )
    for (let i = 0; i < 3; i++) answers.push(await append(log, batchOf('note-a', i, [note('more')])))
    expect(server.losesAnswers).toBe(0)
    expect(answers.every(({ repeated }) => !repeated)).toBe(true)
    expect(server.stream(stream)).toHaveLength(13)
    await log.close()
  })

  test('that is away is waited for; appends, and those who follow, go on when it is back', async () => {
    const stream = freshStream()
    const [log, other] = await Promise.all([open(stream), open(stream)])
    await append(log, batchOf('note-a', 0, [note('before')]))
    server.stop()
    const waiting = append(log, batchOf('note-a', 1, [note('meanwhile')]))
    await new Promise((resolve) => setTimeout(resolve, 300))
    await server.start()
    expect(await waiting).toMatchObject({ position: 2, repeated: false })
    await until(() => other.durableTo === 2)
    await Promise.all([log.close(), other.close()])
  })

  test('that stays away ends the acceptance of anything, and says where it was looked for', async () => {
    const stream = freshStream()
    const log = await open(stream, freshFolder(), { patienceMillis: 50 })
    server.stop()
    const away = log.append(batchOf('note-a', 0, [note('lost?')]))
    await expect(away).rejects.toMatchObject(code('log.server-away'))
    await expect(away).rejects.toThrow(`127.0.0.1:${server.port}`)
    await expect(log.append(batchOf('note-a', 0, [note('more')]))).rejects.toMatchObject(
      code('log.server-away'),
    )
    expect(await textsOf(log)).toEqual([])
    await log.close()
    await server.start()
  })

  test('that takes no more than so many bytes refuses that append alone, by its command', async () => {
    const stream = freshStream()
    const log = await open(stream)
    server.maxAppendBytes = 20_000
    const large = log.append(batchOf('note-b', 0, [note('x'.repeat(30_000))]))
    const small = log.append(batchOf('note-a', 0, [note('small')]))
    await expect(large).rejects.toMatchObject({
      fault: { code: 'log.batch-too-large', detail: { commandId: 'note-b/0', most: 20_000 } },
    })
    expect(await small).toMatchObject({ ok: true, value: { position: 1 } })
    server.maxAppendBytes = 1 << 20
    await append(log, batchOf('note-a', 1, [note('after')]))
    await log.close()
  })

  test('that lost acknowledged events, or has others, is not gone on with', async () => {
    const [stream, folder] = [freshStream(), freshFolder()]
    const log = await open(stream, folder)
    for (let i = 0; i < 5; i++) await append(log, batchOf('note-a', i, [note(`${i}`)]))
    await log.close()
    const kept = server.stream(stream)
    const last = kept.splice(4)
    await expect(open(stream, folder)).rejects.toThrow('the server has 4 events, the folder 5')
    const elsewhere = await open(stream)
    await append(elsewhere, batchOf('note-a', 4, [note('another')]))
    await elsewhere.close()
    await expect(open(stream, folder)).rejects.toMatchObject(code('log.server-diverged'))
    kept.splice(4, 1, ...last)
    await (await open(stream, folder)).close()
  })

  test('whose events somebody changed, dropped or added to is read up to there and no further', async () => {
    const stream = freshStream()
    const log = await open(stream)
    await append(log, batchOf('note-a', 0, [note('one'), note('two')]))
    await append(log, batchOf('note-a', 2, [note('three')]))
    await log.close()
    const kept = server.stream(stream)
    const whole = kept.slice()
    const changed = (at: number, edit: (text: string) => string) => {
      const custom = Buffer.from(edit(Buffer.from(whole[at].custom).toString('utf8')))
      kept.splice(0, kept.length, ...whole.with(at, { ...whole[at], custom }))
    }
    const refused = async (words: string) => {
      const opened = open(stream)
      await expect(opened).rejects.toMatchObject(code('log.damaged'))
      await expect(opened).rejects.toThrow(words)
    }
    changed(0, (text) => text.replace('"ann"', '"eve"'))
    await refused('not what its id says')
    changed(2, (text) => text.replace('"note-a/2"', '"note-a/9"'))
    await refused('Event 3 of the log')
    changed(1, () => 'no metadata')
    await refused("none of Asof's")
    changed(1, (text) => text.replace('"index":1', '"index":0'))
    await refused('none of the append')
    kept.splice(0, kept.length, ...whole.slice(0, 1), ...whole.slice(2))
    await refused('no event between')
    kept.splice(
      0,
      kept.length,
      ...whole.with(0, { ...whole[0], data: Buffer.concat([whole[0].data, Buffer.of(0)]) }),
    )
    await refused('not what its id says')
    kept.splice(0, kept.length, ...whole)
    const read = await open(stream)
    expect(await textsOf(read)).toEqual(['one', 'two', 'three'])
    await read.close()
  })
})

test('what the server has of an event can be read without Asof', async () => {
  const stream = freshStream()
  const log = await open(stream)
  await append(log, batchOf('note-a', 0, [note('plain', 7)], { commandId: 'ask:1', actor: 'ann' }))
  await log.close()
  const [event] = server.stream(stream)
  expect(Object.fromEntries(event.meta)).toMatchObject({
    type: 'note.Written',
    'content-type': 'application/octet-stream',
  })
  expect(JSON.parse(Buffer.from(event.custom).toString('utf8'))).toEqual({
    ...{ stream: 'note-a', revision: 1, version: 1, eventTime: 0, knownAt: 7, recordedAt: 1_000_000 },
    ...{ commandId: 'ask:1', actor: 'ann', $correlationId: 'c-1', index: 0, of: 1 },
    writer: expect.stringMatching(/^[0-9a-f]{16}$/),
  })
  expect(readFileSync(join(root, String(made - 1), 'log', 'mirror'), 'utf8')).toBe(`${stream}\n`)
})
