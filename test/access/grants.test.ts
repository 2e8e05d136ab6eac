/** What is guarded goes out under a grant, and is recorded before its first byte: over HTTP, as people and clients ask. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isEvent } from '../../schemas/event.ts'
import { AccessReleased, Withheld } from '../../schemas/events/grant.ts'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import type { Role } from '../../schemas/role.ts'
import { sawOf } from '../../serving/access/saw.ts'
import { besieged } from '../attack/doors.ts'
import { served, tokenFor } from '../support/admitted.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { type Desk, deskOf } from '../support/mlflow.ts'

let place: Awaited<ReturnType<typeof besieged>>
let desk: Desk
const tokens = new Map<string, string>()
const canaries: string[] = []

const FILES = '/api/2.0/mlflow-artifacts/artifacts'
const WHY = 'To explain the model to the committee.'

beforeAll(async () => {
  place = await besieged('grants')
  desk = await deskOf(place.platform, { canaries })
  const people: readonly [string, Role][] = [
    ['ann', 'researcher'],
    ['bob', 'researcher'],
    ['cat', 'member'],
    ['dan', 'engineer'],
    ['eve', 'monitor'],
    ['fay', 'compliance'],
  ]
  for (const [name, role] of people)
    tokens.set(name, (await tokenFor(place.platform, [role], name)).authorization)
})
afterAll(async () => {
  await desk.server.close()
  await place.remove()
})

const as = (name: string) => ({ authorization: tokens.get(name) ?? '' })
const get = (name: string, path: string, method = 'GET') =>
  desk.server.get(path, { method, headers: as(name) })
async function command(name: string, what: string, json: object) {
  const reply = await desk.server.get(`/api/v1/commands/${what}`, {
    ...{ method: 'POST', body: JSON.stringify(json) },
    headers: { ...as(name), 'content-type': 'application/json' },
  })
  const body = (await reply.json()) as {
    answer?: { grant: string; outside: string[] }
    error?: { code: string }
  }
  return { status: reply.status, ...body }
}
const asking = (items: string[], more: object = {}) => ({
  ...{ items, justification: WHY, ticket: 'RES-7', minutes: 60, artifacts: 2, bytes: 1_000, ...more },
})

/** A run of ann's with two files. */
async function runWith(...files: readonly string[]): Promise<string> {
  const { body } = await desk.post('runs/create', { experiment_id: '0' }, as('ann'))
  const { run_id } = (body.run as { info: { run_id: string } }).info
  for (const file of files)
    await desk.server.get(`${FILES}/0/${run_id}/artifacts/${file}`, {
      ...{ method: 'PUT', body: file, headers: as('ann') },
    })
  return run_id
}
const fileOf = (run: string, file: string) => `${FILES}/0/${run}/artifacts/${file}`
const recorded = async () => eventsOf(place.platform.log)
const codeOf = async (reply: Response) => ((await reply.json()) as { error: { code: string } }).error.code

describe('files of a run', () => {
  test('nobody takes them without a grant, not even whoever wrote them; each attempt is recorded', async () => {
    const run = await runWith('model/m.bin')
    for (const name of ['ann', 'bob', 'cat', 'dan', 'eve']) {
      for (const path of [
        fileOf(run, 'model/m.bin'),
        fileOf(run, 'model/not-there.bin'),
        `${FILES}?path=0/${run}/artifacts`,
        `/api/2.0/mlflow/artifacts/list?run_id=${run}`,
      ]) {
        const reply = await get(name, path)
        expect([name, path, reply.status, await codeOf(reply)]).toEqual([name, path, 403, 'grant.none'])
      }
      expect((await get(name, fileOf(run, 'model/m.bin'), 'HEAD')).status).toBe(403)
    }
    const events = (await recorded()).filter((event) => isEvent(Withheld, event))
    const item = `run:${run}`
    expect(events.filter(({ data, actor }) => data.item === item && actor === data.subject)).toHaveLength(25)
    expect(events.filter(({ data }) => data.item === item && data.isListing)).toHaveLength(15)
  })

  test('are asked for, approved by another, taken, and the event is there before the first byte', async () => {
    const run = await runWith('model/m.bin', 'model/conda.yaml', 'plots/a.png', 'third.txt')
    const asked = await command('bob', 'access.request', asking([`run:${run}`]))
    const { grant = '', outside } = asked.answer ?? {}
    expect([asked.status, outside]).toEqual([200, [`run:${run}`]])
    expect((await get('bob', fileOf(run, 'model/m.bin'))).status).toBe(403)
    const mine = await command('bob', 'access.approve', { subject: 'bob', grant })
    expect([mine.status, mine.error?.code]).toEqual([403, 'access.denied'])
    expect((await command('cat', 'access.approve', { subject: 'bob', grant })).status).toBe(200)
    const reply = await get('bob', fileOf(run, 'model/m.bin'))
    const { position: head } = await place.platform.log.head()
    expect(reply.status).toBe(200)
    const last = (await recorded()).filter((event) => isEvent(AccessReleased, event)).at(-1)
    expect(last?.data).toMatchObject({
      ...{ subject: 'bob', item: `run:${run}`, artifact: `run:${run}/model`, grant, justification: WHY },
      ...{ hash: sha256('model/m.bin'), bytes: 11, ticket: 'RES-7', roles: ['researcher'] },
    })
    expect([last?.actor, (last?.position ?? head) <= place.platform.log.durableTo]).toEqual(['bob', true])
    expect(await reply.text()).toBe('model/m.bin')
    expect((await get('bob', `/api/2.0/mlflow/artifacts/list?run_id=${run}`)).status).toBe(200)
    // A folder is one artifact, of which two were granted.
    for (const [file, status] of [
      ['model/conda.yaml', 200],
      ['plots/a.png', 200],
      ['third.txt', 403],
      ['model/m.bin', 200],
    ] as const)
      expect([file, (await get('bob', fileOf(run, file))).status]).toEqual([file, status])
    expect(await codeOf(await get('cat', fileOf(run, 'model/m.bin')))).toBe('grant.none')
    await command('cat', 'access.revoke', { subject: 'bob', grant, reason: 'Done.' })
    expect(await codeOf(await get('bob', fileOf(run, 'model/m.bin')))).toBe('grant.none')
  })

  test('that cannot be read after all were recorded first', async () => {
    const run = await runWith('lost.bin')
    const hash = sha256('lost.bin')
    rmSync(join(place.path, 'artifacts', hash.slice(0, 2), hash.slice(2)))
    await command('ann', 'access.request', asking([`run:${run}`]))
    await get('ann', fileOf(run, 'lost.bin')).then(
      (reply) => reply.text().catch(() => undefined),
      () => undefined,
    )
    const last = (await recorded()).filter((event) => isEvent(AccessReleased, event)).at(-1)
    expect(last?.data).toMatchObject({ hash, subject: 'ann' })
  })

  test('are the owner’s as they were where nothing is configured, and recorded where anything is', async () => {
    const run = await runWith('a.txt')
    const before = (await place.platform.log.head()).position
    expect((await desk.server.get(fileOf(run, 'a.txt'))).status).toBe(200)
    expect((await place.platform.log.head()).position).toBe(before)
    const configured = await served(place.platform, { config: { tokens: true } })
    expect((await configured.get(fileOf(run, 'a.txt'))).status).toBe(200)
    await configured.close()
    const last = (await recorded()).at(-1)
    expect(last?.data).toMatchObject({ hash: sha256('a.txt'), grant: null, roles: ['owner'] })
  })

  test('of one’s own work come at once, and nothing beside them', async () => {
    const [own, other] = [await runWith('a.txt'), await desk.run()]
    const both = await command('ann', 'access.request', asking([`run:${own}`, `run:${other}`]))
    expect(both.answer?.outside).toEqual([`run:${other}`])
    expect((await get('ann', fileOf(own, 'a.txt'))).status).toBe(403)
    const asked = await command('ann', 'access.request', asking([`run:${own}`]))
    expect(asked.answer).toMatchObject({ outside: [], approved: 'policy' })
    expect((await get('ann', fileOf(own, 'a.txt'))).status).toBe(200)
  })

  test('in an emergency come at once, to be looked at by somebody else', async () => {
    const run = await runWith('a.txt')
    const broken = await command('dan', 'access.break-glass', asking([`run:${run}`]))
    expect((await get('dan', fileOf(run, 'a.txt'))).status).toBe(200)
    const { grant } = broken.answer ?? {}
    const finding = { subject: 'dan', grant, finding: 'The book was down.' }
    expect((await command('dan', 'access.review', finding)).error?.code).toBe('access.denied')
    expect((await command('cat', 'access.review', finding)).status).toBe(200)
    expect((await command('bob', 'access.break-glass', asking([`run:${run}`]))).error?.code).toBe(
      'access.denied',
    )
  })

  test('that are a decoy suspend whoever touches one, until two others lift it', async () => {
    const [decoy, run] = [await runWith('a.txt'), await runWith('b.txt')]
    canaries.push(`run:${decoy}`)
    await command('ann', 'access.request', asking([`run:${run}`]))
    expect((await get('ann', fileOf(run, 'b.txt'))).status).toBe(200)
    const touch = `/api/2.0/mlflow/artifacts/list?run_id=${decoy}`
    expect(await codeOf(await get('ann', touch))).toBe('grant.suspended')
    expect(await codeOf(await get('ann', fileOf(run, 'b.txt')))).toBe('grant.suspended')
    const lift = { subject: 'ann', reason: 'A slip of the hand.' }
    expect((await command('ann', 'access.lift', lift)).error?.code).toBe('access.denied')
    await command('cat', 'access.lift', lift)
    await command('cat', 'access.lift', { ...lift, reason: 'Again.' })
    expect(await codeOf(await get('ann', fileOf(run, 'b.txt')))).toBe('grant.suspended')
    await command('fay', 'access.lift', lift)
    expect((await get('ann', fileOf(run, 'b.txt'))).status).toBe(200)
    const { alarms, taken, refused } = await sawOf(place.platform.log, 'ann')
    expect(alarms).toMatchObject([{ rung: 'canary', item: `run:${decoy}` }])
    expect([taken.at(-1)?.item, refused > 3]).toEqual([`run:${run}`, true])
  })

  test.each([
    ['no words', { justification: 'because' }],
    ['no ticket', { ticket: '' }],
    ['nine hours', { minutes: 540 }],
    ['a pattern', { items: ['*'] }],
    ['a kind that is none', { items: ['everything:x'] }],
    ['51 artifacts', { artifacts: 51 }],
  ])('a request with %s is refused', async (_, wrong) => {
    const { status, error } = await command('bob', 'access.request', { ...asking(['run:x']), ...wrong })
    expect([status, error?.code]).toEqual([400, 'command.malformed'])
  })
})
