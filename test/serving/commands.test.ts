/** Commands over HTTP: each is done once under its id, what is wrong is refused by name, and long work can be asked about. */

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FAULTS, type FaultCode } from '../../schemas/kernel/fault.ts'
import { perform } from '../../serving/commands/perform.ts'
import { COMMANDS } from '../../serving/commands/table.ts'
import type { Platform } from '../../serving/platform.ts'
import { type Served, served } from '../support/admitted.ts'
import { ask, type Replied, uploaded } from '../support/doors.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { refusalIn } from '../support/refusals.ts'
import { smallFolder } from '../support/small-folder.ts'
import { MODEL, SMALL_DATASET, SMALL_SET, trainingSetOf } from '../support/small-platform.ts'

const path = mkdtempSync(join(tmpdir(), 'asof-commands-'))
let platform: Platform
let server: Served

beforeAll(async () => {
  platform = await smallFolder(path, 0)
  server = await served(platform)
}, 60_000)

afterAll(async () => {
  await server.close()
  await platform.close()
  rmSync(path, { recursive: true, force: true })
})

const command = (name: string, json: unknown, headers: Record<string, string> = {}): Promise<Replied> =>
  ask(server.url, `/api/v1/commands/${name}`, { json, headers })

const head = async () => (await platform.log.head()).position
const declaration = (dataset: string) => ({ spec: { ...SMALL_DATASET, dataset } })

describe('a command under its id', () => {
  test('is done once, by header or by field, and answers with its position', async () => {
    const first = await command('data.declare', declaration('once'), { 'idempotency-key': 'k-1' })
    expect(first).toMatchObject({ status: 200, body: { outcome: 'done', position: await head() } })
    const { position } = first.body
    for (const [json, headers] of [
      [declaration('once'), { 'idempotency-key': 'k-1' }],
      [{ ...declaration('once'), commandId: 'k-1' }, {}],
      // Another id, or none, for what is so already.
      [declaration('once'), { 'idempotency-key': 'k-2' }],
      [declaration('once'), {}],
    ] as const)
      expect(await command('data.declare', json, headers)).toMatchObject({
        status: 200,
        body: { outcome: 'already so', position },
      })
    const events = (await eventsOf(platform.log)).filter(({ stream }) => stream === 'data-once')
    expect(events.map(({ commandId }) => commandId)).toEqual(['data.declare:k-1'])
  })

  test('is the same command also after the server was started again', async () => {
    const { body } = await command('data.declare', declaration('later'), { 'idempotency-key': 'k-3' })
    const again = await served(platform)
    const json = declaration('later')
    const sent = { json, headers: { 'idempotency-key': 'k-3' } }
    const other = { ...json, spec: { ...json.spec, caveat: 'another one' } }
    expect(await ask(again.url, '/api/v1/commands/data.declare', { ...sent, json: other })).toMatchObject({
      status: 409,
      body: { error: { code: 'command.without-effect' } },
    })
    expect(await ask(again.url, '/api/v1/commands/data.declare', sent)).toMatchObject({
      body: { outcome: 'already so', position: body.position },
    })
    await again.close()
  })

  test('is done once also where the file that came with it is gone by then', async () => {
    const file = join(path, 'once.csv')
    writeFileSync(file, 'name,time,close\nANT,2001-01-02T20:00Z,5\n')
    const json = { ...declaration('arrived-once'), upload: await uploaded(server.url, file) }
    const { body } = await command('data.ingest', json, { 'idempotency-key': 'k-file' })
    expect(body).toMatchObject({ outcome: 'done', position: await head() })
    // Whose answer was lost asks the server that was started since.
    const again = await served(platform)
    const send = (key: string) =>
      ask(again.url, '/api/v1/commands/data.ingest', { json, headers: { 'idempotency-key': key } })
    expect(await send('k-file')).toMatchObject({
      status: 200,
      body: { outcome: 'already so', position: body.position, answer: { earlier: 'once.csv' } },
    })
    expect(await send('k-another')).toMatchObject({
      status: 404,
      body: { error: { code: 'upload.unknown' } },
    })
    await again.close()
  })

  test('is not another command: the id with another input is refused', async () => {
    const before = await head()
    expect(await command('data.declare', declaration('other'), { 'idempotency-key': 'k-1' })).toMatchObject({
      status: 409,
      body: { error: { code: 'command.id-reused' } },
    })
    expect(await head()).toBe(before)
  })

  test('sent ten times at once, is one event', async () => {
    const replies = await Promise.all(
      Array.from({ length: 10 }, () =>
        command('data.declare', declaration('at-once'), { 'idempotency-key': 'k-4' }),
      ),
    )
    const outcomes = replies.map(({ body }) => body.outcome)
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1)
    expect(new Set(replies.map(({ body }) => body.position)).size).toBe(1)
  })

  test('that was refused can be given again', async () => {
    const defined = { set: { ...SMALL_SET, hash: undefined, set: 'second', dataset: 'retried' } }
    const headers = { 'idempotency-key': 'k-5' }
    expect(await command('feature.define', defined, headers)).toMatchObject({
      status: 404,
      body: { error: { code: 'data.unknown-dataset' } },
    })
    await command('data.declare', declaration('retried'))
    expect(await command('feature.define', defined, headers)).toMatchObject({
      status: 200,
      body: { outcome: 'done' },
    })
  })

  test('cannot take the id of an answer: those have a slash', async () => {
    for (const id of ['gate/12/0', 'a b', '', 'x'.repeat(129)])
      expect(await command('data.declare', { ...declaration('x'), commandId: id })).toMatchObject({
        status: 400,
        body: { error: { code: 'command.malformed' } },
      })
  })
})

describe('what is wrong is refused, and nothing is recorded', () => {
  test.each<[string, unknown, FaultCode]>([
    ['feature.define', {}, 'command.malformed'],
    ['feature.define', { set: { ...SMALL_SET, extra: 1 } }, 'command.malformed'],
    ['feature.define', [], 'command.malformed'],
    ['model.validate', { model: 'small', run: 'small', depth: 'deep' }, 'command.malformed'],
    ['model.validate', { model: '__proto__', run: 'small' }, 'command.malformed'],
    ['model.validate', { model: 'small', run: 'nobody' }, 'experiment.unknown-run'],
    ['model.promote', { model: 'nobody' }, 'model.no-report'],
    ['experiment.freeze', { spec: { ...trainingSetOf(1), from: 'now' } }, 'command.malformed'],
    ['data.ingest', { spec: SMALL_DATASET, upload: '../../keys/log.pem' }, 'command.malformed'],
    ['data.ingest', { spec: SMALL_DATASET, upload: crypto.randomUUID() }, 'upload.unknown'],
    ['data.close-session', { dataset: 'small', session: '2001-02-30' }, 'command.malformed'],
    ['processor.retry', { processor: 'gate', cause: 1, reason: 'fixed' }, 'quarantine.nothing-waits'],
    ['processor.waive', { processor: 'gate', cause: 1, reason: 'fixed' }, 'command.malformed'],
    ['no.such', {}, 'command.unknown'],
    ['__proto__', {}, 'command.unknown'],
  ])('%s %j', async (name, json, code) => {
    const before = await head()
    const { status, body } = await command(name, json)
    expect(body).toMatchObject({ error: { code, message: expect.not.stringMatching(/\{\w+\}|\n/) } })
    expect(status).toBe(FAULTS[code].http)
    expect(JSON.stringify(body)).not.toMatch(/\.ts:|node_modules|stack/)
    expect(await head()).toBe(before)
  })

  test('a body that is no JSON, is none, is of another kind, or is too large', async () => {
    const send = (body: string, type = 'application/json') =>
      server
        .get('/api/v1/commands/data.declare', {
          method: 'POST',
          headers: { 'content-type': type },
          body,
        })
        .then(async (reply) => [reply.status, ((await reply.json()) as Replied['body']).error] as const)
    expect(await send('{"spec":')).toMatchObject([400, { code: 'request.malformed' }])
    expect(await send('')).toMatchObject([400, { code: 'request.malformed' }])
    expect(await send('{"__proto__":{}}')).toMatchObject([400, { code: 'request.malformed' }])
    expect(await send('a=1', 'application/x-www-form-urlencoded')).toMatchObject([
      400,
      { code: 'request.malformed' },
    ])
    const large = JSON.stringify({ note: 'x'.repeat(5 << 20) })
    expect(await send(large)).toMatchObject([413, { code: 'request.too-large' }])
  })

  test('half of a character, and bytes that are no text: they would be recorded as something else', async () => {
    const before = await head()
    for (const [name, body] of [
      ['approval.sign', '{"reason":"\\ud800"}'],
      ['claim.withdraw', '{"claim":"c","reason":"\\udc00x"}'],
      ['access.set-policy', '{"policy":{"note":["\\ud83d"]}}'],
      ['experiment.sweep', '{"sweep":{"features":{"\\ud800":["a"]}}}'],
      ['processor.waive', Buffer.from('{"reason":"caf\xe9"}', 'latin1')],
    ] as const) {
      const headers = { 'content-type': 'application/json' }
      const reply = await server.get(`/api/v1/commands/${name}`, { method: 'POST', headers, body })
      expect([name, reply.status, await reply.json()]).toMatchObject([
        ...[name, 400],
        { error: { code: 'request.malformed' } },
      ])
    }
    // A whole one is a character like any other.
    expect(await command('claim.withdraw', { claim: 'none', reason: '\u{1f44d} caf\u00e9' })).toMatchObject({
      status: 404,
    })
    // The command line reads YAML and JSON by itself.
    const asked = { actor: 'ann', roles: [] }
    const waive = COMMANDS.get('processor.waive')
    if (waive === undefined) throw new Error('there is no such command')
    const act = perform(platform, waive, { input: { reason: 'a\ud800' }, asked })
    expect(await refusalIn(act)).toBe('command.malformed')
    expect(await head()).toBe(before)
  })

  test('a header and a field that name two commands', async () => {
    const json = { ...declaration('two'), commandId: 'a' }
    expect(await command('data.declare', json, { 'idempotency-key': 'b' })).toMatchObject({
      status: 400,
      body: { error: { code: 'command.malformed' } },
    })
  })
})

describe('uploads', () => {
  test('a name that is no name of a file is refused, and nothing is kept', async () => {
    for (const name of ['..', '../up.csv', 'a/b.csv', '.hidden.csv', 'a\\b.csv', 'a\nb.csv', ''])
      expect(
        await ask(server.url, `/api/v1/uploads?name=${encodeURIComponent(name)}`, {
          method: 'POST',
          headers: { 'content-type': 'application/octet-stream' },
        }),
        name,
      ).toMatchObject({ status: 400, body: { error: { code: 'upload.name' } } })
    expect(readdirSync(path)).not.toContain('up.csv')
  })

  test('a file that cannot be read is refused by its own name, and is gone afterwards', async () => {
    const upload = await uploaded(server.url, new URL('commands.test.ts', import.meta.url).pathname)
    const { body, status } = await command('data.ingest', { spec: SMALL_DATASET, upload })
    expect([status, body]).toMatchObject([
      400,
      { error: { code: 'source.unknown-format', detail: { file: 'commands.test.ts' } } },
    ])
    expect(JSON.stringify(body)).not.toContain(path)
    expect(readdirSync(join(path, 'uploads'))).toEqual([])
    expect(await command('data.ingest', { spec: SMALL_DATASET, upload })).toMatchObject({ status: 404 })
  })
})

describe('what is to be signed', () => {
  test('is handed out as the exact bytes, with what they say, and without any key', async () => {
    const json = { model: MODEL, member: 'bob', decision: 'refuse', reason: 'two\nlines' }
    const { artifact } = platform.folds.registry.state().models[MODEL].live ?? {}
    const { status, body } = await ask(server.url, '/api/v1/prepare/approval.sign', {
      json: { ...json, artifact },
    })
    expect(status).toBe(200)
    const { statement } = body as { statement: { type: string; body: string; words: string } }
    expect(JSON.parse(statement.body)).toMatchObject({ ...json, artifact, log: expect.any(String) })
    expect(statement.words).toContain('  decision: refuse\n')
    expect(statement.words).toContain('  reason: two\\nlines\n')
  })

  test('is not handed out about what is not there: nobody signs ahead of it', async () => {
    const said = { member: 'bob', reason: 'in case' }
    for (const [name, about, code] of [
      ['processor.waive', { processor: 'gate', cause: 1 }, 'quarantine.nothing-waits'],
      ['capital.review', { model: MODEL, fraction: 1 }, 'capital.nothing-to-review'],
      ['capital.review', { model: 'nobody', fraction: 1 }, 'capital.nothing-to-review'],
    ] as const) {
      const reply = await ask(server.url, `/api/v1/prepare/${name}`, { json: { ...said, ...about } })
      expect([name, reply.body]).toMatchObject([name, { error: { code } }])
    }
  })

  test('no command takes a private key', () => {
    const taken = [...COMMANDS.values()].flatMap(({ input, prepare }) => [input, prepare?.input])
    expect(JSON.stringify(taken.map((schema) => Object.keys(Object(schema)?.shape ?? {})))).not.toMatch(
      /key/i,
    )
  })

  test('one that would count for longer than it is handed out for is refused', async () => {
    const { artifact, report } = Object.values(platform.folds.registry.state().models[MODEL].reports)[0]
    const said = { model: MODEL, artifact, report, member: 'bob', decision: 'approve', reason: '' }
    expect(await command('approval.sign', { ...said, expires: 8e15, signature: 'c2ln' })).toMatchObject({
      status: 400,
      body: { error: { code: 'approval.too-long' } },
    })
  })
})
