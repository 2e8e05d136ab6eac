/** Who acts on the command line while a server runs: whoever's token is sent, with the roles that the log gives it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { may } from '../../commands/access/cedar.ts'
import { ROLES, type Role } from '../../schemas/role.ts'
import { DEFAULT_ACCESS } from '../../serving/access/authorize.ts'
import { openArchive } from '../../serving/archive.ts'
import { COMMANDS } from '../../serving/commands/table.ts'
import { asof } from '../support/cli.ts'
import { upOver } from '../support/doors.ts'
import { eventsOf } from '../support/memory-platform.ts'

const folder = mkdtempSync(join(tmpdir(), 'asof-beside-'))
const data = join(folder, 'platform')
let server: Awaited<ReturnType<typeof upOver>>
const files = new Map<Role, string>()
const nothing = join(folder, 'nothing.json')

beforeAll(async () => {
  server = await upOver(data)
  writeFileSync(nothing, '{}')
  for (const role of ROLES.filter((one) => one !== 'owner')) {
    const args = ['--role', role, '--subject', `the ${role}`, '--expires', '1d', '--json']
    const { code, out, err } = await asof(data, 'token', 'create', ...args)
    expect([code, err]).toEqual([0, expect.stringContaining('not shown again')])
    const file = join(folder, `${role}.token`)
    writeFileSync(file, (JSON.parse(out) as { token: string }).token, { mode: 0o600 })
    files.set(role, file)
  }
}, 60_000)

afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** What a command comes to over HTTP for a role: 403 where it may not give it; with nothing in it, it is malformed otherwise. */
async function statusFor(role: Role, name: string): Promise<string> {
  const token = readFileSync(files.get(role) ?? '', 'utf8').trim()
  const reply = await fetch(`${server.url}/api/v1/commands/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: '{"commandId":"x","not":"there"}',
  })
  return ((await reply.json()) as { error: { code: string } }).error.code
}

test('each role can give the commands of its row, over HTTP, and no other', async () => {
  for (const role of files.keys())
    for (const { name, permission } of COMMANDS.values()) {
      const subject = { name: 'whoever', roles: [role] }
      const wanted = may(DEFAULT_ACCESS, subject, permission) ? 'command.malformed' : 'access.denied'
      expect([role, name, await statusFor(role, name)]).toEqual([role, name, wanted])
    }
})

test('the same on the command line, with the token that it is told to send', async () => {
  const give = async (role: Role, name: string) => {
    process.env.ASOF_TOKEN_FILE = files.get(role)
    try {
      return await asof(data, 'do', name, '--input', nothing)
    } finally {
      delete process.env.ASOF_TOKEN_FILE
    }
  }
  const cases = [
    ['researcher', 'feature.define'],
    ['researcher', 'access.rotate-key'],
    ['engineer', 'data.declare'],
    ['engineer', 'policy.set'],
    ['member', 'approval.sign'],
    ['monitor', 'data.declare'],
    ['oms', 'views.rebuild'],
    ['compliance', 'model.promote'],
  ] as const
  for (const [role, name] of cases) {
    const { code, err } = await give(role, name)
    const denied = !may(
      DEFAULT_ACCESS,
      { name: 'x', roles: [role] },
      COMMANDS.get(name)?.permission ?? 'read',
    )
    expect([role, name, code], err).toEqual([role, name, 1])
    expect([role, name, /none of them may/.test(err)], err).toEqual([role, name, denied])
  }
})

test('the actor of an event is the subject of the token, and a token revoked beside the server gives nothing', async () => {
  process.env.ASOF_TOKEN_FILE = files.get('engineer')
  const rotated = await asof(data, 'rotate-key', '--reason', 'yearly')
  delete process.env.ASOF_TOKEN_FILE
  expect(rotated.code, rotated.err).toBe(0)
  const archive = openArchive(data)
  const events = await eventsOf(archive.log as never)
  await archive.close()
  expect(events.find(({ type }) => type === 'access.SealKeyRotated')?.actor).toBe('the engineer')
  const issued = events.map(({ data: said }) => said as { subject?: string; id?: string })
  const id = issued.find(({ subject }) => subject === 'the oms')?.id ?? ''
  expect((await asof(data, 'token', 'revoke', id)).code).toBe(0)
  expect(await statusFor('oms', 'prediction.make')).toBe('access.unauthenticated')
})
