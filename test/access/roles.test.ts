/** What each role may do: the table of serving/README.md, walked cell by cell, by the policy that ships and over HTTP. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { may } from '../../commands/access/cedar.ts'
import { PERMISSIONS, type Permission } from '../../schemas/permission.ts'
import { ROLES, type Role } from '../../schemas/role.ts'
import { type Access, openAccess } from '../../serving/access/access.ts'
import { DEFAULT_ACCESS } from '../../serving/access/authorize.ts'
import { NO_CONFIG } from '../../serving/config.ts'
import { boundedServer } from '../../serving/http/bounded.ts'
import { door } from '../../serving/http/door.ts'
import { openPlatform, type Platform } from '../../serving/platform.ts'
import { tokenFor } from '../support/admitted.ts'

const README = readFileSync(fileURLToPath(new URL('../../serving/README.md', import.meta.url)), 'utf8')

/** The table: permissions down, roles across. */
const rows = README.split('\n')
  .filter((line) => /^\| (?:permission|`[a-z.]+`) \|/.test(line))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  )
const [heads = [], ...body] = rows
const isAllowed = (role: Role, permission: Permission): boolean =>
  body.find(([name]) => name === permission)?.[heads.indexOf(role)] === 'yes'

test('the table has every role and every permission, once', () => {
  expect(heads.slice(1)).toEqual([...ROLES])
  expect(body.map(([name]) => name)).toEqual([...PERMISSIONS])
  expect(new Set(body.flatMap((row) => row.slice(1)))).toEqual(new Set(['yes', '']))
})

const cells = ROLES.flatMap((role) => PERMISSIONS.map((permission) => [role, permission] as const))

test.each(cells)('by the policy: %s, %s', (role, permission) => {
  expect(may(DEFAULT_ACCESS, { name: 'somebody', roles: [role] }, permission)).toBe(
    isAllowed(role, permission),
  )
})

test('two roles may what either may, and none nothing', () => {
  for (const permission of PERMISSIONS) {
    const both = may(DEFAULT_ACCESS, { name: 'x', roles: ['researcher', 'engineer'] }, permission)
    expect(both).toBe(isAllowed('researcher', permission) || isAllowed('engineer', permission))
    expect(may(DEFAULT_ACCESS, { name: 'x', roles: [] }, permission)).toBe(false)
  }
})

describe('over HTTP', () => {
  const path = mkdtempSync(join(tmpdir(), 'asof-roles-'))
  const server = boundedServer({ logLevel: 'silent' })
  let platform: Platform
  let access: Access
  let url: string

  beforeAll(async () => {
    platform = await openPlatform({ path })
    const { folder, log } = platform
    access = await openAccess({ folder, log, config: NO_CONFIG })
    door(server, access)
    for (const permission of PERMISSIONS)
      for (const method of ['GET', 'POST'])
        server.route({
          ...{ method, url: `/${permission}`, config: { notes: { permission, about: 'A door.' } } },
          handler: async ({ subject }) => subject,
        })
    url = await server.listen({ host: '127.0.0.1', port: 0 })
  })

  afterAll(async () => {
    await server.close()
    await platform.close()
    rmSync(path, { recursive: true, force: true })
  })

  test.each(ROLES)('%s', async (role) => {
    const { authorization } = await tokenFor(platform, [role], `some ${role}`)
    for (const permission of PERMISSIONS)
      for (const method of ['GET', 'POST', 'HEAD']) {
        const reply = await fetch(`${url}/${permission}`, { method, headers: { authorization } })
        expect([permission, method, reply.status]).toEqual([
          permission,
          method,
          isAllowed(role, permission) ? 200 : 403,
        ])
        if (reply.status === 200 && method !== 'HEAD')
          expect(await reply.json()).toEqual({ name: `some ${role}`, roles: [role] })
      }
  })
})
