/** Ways round the grants and the download log, each of which fails: other names of a thing, other methods, other people, and races. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isEvent } from '../../schemas/event.ts'
import { AccessReleased } from '../../schemas/events/grant.ts'
import type { Role } from '../../schemas/role.ts'
import { tokenFor } from '../support/admitted.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { type Desk, deskOf } from '../support/mlflow.ts'
import { besieged, requestOf, sent } from './doors.ts'

let place: Awaited<ReturnType<typeof besieged>>
let desk: Desk
let jewel: string
const tokens = new Map<string, string>()
const FILES = '/api/2.0/mlflow-artifacts/artifacts'
const BYTES = 'the crown jewels, '.repeat(20)

beforeAll(async () => {
  place = await besieged('jewels')
  desk = await deskOf(place.platform)
  const people: readonly [string, Role][] = [
    ['ann', 'researcher'],
    ['mal', 'researcher'],
    ['cat', 'member'],
    ['sid', 'oms'],
  ]
  for (const [name, role] of people)
    tokens.set(name, (await tokenFor(place.platform, [role], name)).authorization)
  jewel = await runOf('ann')
  for (const file of ['a.bin', 'b.bin', 'c.bin'])
    await call('ann', `${FILES}/0/${jewel}/artifacts/${file}`, { method: 'PUT', body: BYTES + file })
})
afterAll(async () => {
  await desk.server.close()
  await place.remove()
})

const call = (name: string, path: string, init: RequestInit = {}) =>
  desk.server.get(path, { ...init, headers: { authorization: tokens.get(name) ?? '', ...init.headers } })
async function runOf(name: string): Promise<string> {
  const headers = { authorization: tokens.get(name) ?? '' }
  const { body } = await desk.post('runs/create', { experiment_id: '0' }, headers)
  return (body.run as { info: { run_id: string } }).info.run_id
}
const command = async (name: string, what: string, json: object) => {
  const reply = await call(name, `/api/v1/commands/${what}`, {
    ...{ method: 'POST', body: JSON.stringify(json), headers: { 'content-type': 'application/json' } },
  })
  return (await reply.json()) as { answer?: { grant: string }; error?: { code: string } }
}
const request = (name: string, items: string[], more: object = {}) =>
  command(name, 'access.request', {
    ...{
      items,
      justification: 'To see what is in it.',
      ticket: 'X-1',
      minutes: 5,
      artifacts: 1,
      bytes: 400,
      ...more,
    },
  })
const releases = async () =>
  (await eventsOf(place.platform.log)).filter(
    (event) => isEvent(AccessReleased, event) && event.actor !== 'cat',
  )

test('no other way of writing a path, no method and no header gets a file out', async () => {
  const at = `${FILES}/0/${jewel}/artifacts/a.bin`
  const ways = [
    at,
    `${at}/`,
    `${at}?run_id=${jewel}`,
    at.replace('artifacts/a', 'artifacts/%61'),
    at.replace('/0/', '//0/'),
    at.replace('/0/', '/0/./'),
    at.replace(jewel, jewel.toUpperCase()),
    at.replace('/api/2.0', '/API/2.0'),
    at.replace('/api/2.0', '/api/3.0'),
    `${FILES}/0/x/../${jewel}/artifacts/a.bin`,
    `${FILES}/0/${jewel}%2fartifacts%2fa.bin`,
    `/api/2.0/mlflow/get-artifact?run_id=${jewel}&path=a.bin`,
    `/get-artifact?run_uuid=${jewel}&path=a.bin`,
    `/model-versions/get-artifact?path=a.bin&name=x&version=1`,
    `/api/v1/reports/${'a'.repeat(64)}`,
  ]
  for (const path of ways)
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST']) {
      const lines = [
        `Authorization: ${tokens.get('mal')}`,
        'X-HTTP-Method-Override: GET',
        'Range: bytes=0-10',
      ]
      const answer = await sent(desk.server.url, requestOf(desk.server.url, `${method} ${path}`, ...lines))
      expect([method, path, answer.includes('crown'), / 20\d /.test(answer.slice(0, 15))]).toEqual([
        ...[method, path, false, false],
      ])
    }
  expect(await releases()).toEqual([])
})

test('nobody else can ask, approve or lift for himself, whatever he is', async () => {
  const { answer } = await request('mal', [`run:${jewel}`])
  const its = { subject: 'mal', grant: answer?.grant ?? '' }
  for (const [name, what, json] of [
    ['mal', 'access.approve', its],
    ['ann', 'access.approve', its],
    ['sid', 'access.approve', its],
    ['sid', 'access.request', { items: ['run:x'] }],
    ['mal', 'access.break-glass', {}],
    ['mal', 'access.lift', { subject: 'mal', reason: 'x' }],
    ['mal', 'access.issue-token', {}],
    ['mal', 'access.set-policy', {}],
  ] as const)
    expect([name, what, (await command(name, what, json)).error?.code]).toEqual([name, what, 'access.denied'])
  // Somebody else's grant is nobody's: it stands in another stream.
  const stolen = await command('cat', 'access.approve', { ...its, subject: 'ann' })
  expect(stolen.error?.code).toBe('grant.unknown')
  expect((await call('mal', `${FILES}/0/${jewel}/artifacts/a.bin`)).status).toBe(403)
})

test('no run of one’s own leads to another’s files', async () => {
  const own = await runOf('mal')
  const headers = { authorization: tokens.get('mal') ?? '' }
  await desk.post('runs/set-tag', { run_id: own, key: 'mlflow.parentRunId', value: jewel }, headers)
  await desk.post('runs/log-inputs', { run_id: own, models: [{ model_id: jewel }] }, headers)
  const asked = await request('mal', [`run:${own}`, `run:${jewel}`])
  expect(asked.answer).toMatchObject({ outside: [`run:${jewel}`] })
  await request('mal', [`run:${own}`])
  for (const path of [
    `${FILES}/0/${own}/artifacts/../../${jewel}/artifacts/a.bin`,
    `${FILES}/0/${own}/artifacts/..%2f..%2f${jewel}/artifacts/a.bin`,
    `${FILES}/0/${jewel}/artifacts/a.bin`,
  ])
    expect([path, (await call('mal', path)).status >= 400]).toEqual([path, true])
})

test('twenty downloads at once spend a budget once', async () => {
  const { answer } = await request('mal', [`run:${jewel}`], { artifacts: 1, bytes: 800 })
  await command('cat', 'access.approve', { subject: 'mal', grant: answer?.grant })
  const files = Array.from({ length: 20 }, (_, i) => ['a.bin', 'b.bin', 'c.bin'][i % 3])
  const replies = await Promise.all(files.map((file) => call('mal', `${FILES}/0/${jewel}/artifacts/${file}`)))
  const bodies = await Promise.all(replies.map((reply) => reply.text()))
  const got = bodies.filter((body) => body.includes('crown'))
  // 365 bytes each: two of one file, and none of another.
  expect([got.length, new Set(got).size]).toEqual([2, 1])
  expect(await releases()).toHaveLength(2)
  const { grant } = answer ?? {}
  await command('cat', 'access.revoke', { subject: 'mal', grant, reason: 'Enough.' })
  expect((await call('mal', `${FILES}/0/${jewel}/artifacts/a.bin`)).status).toBe(403)
})
