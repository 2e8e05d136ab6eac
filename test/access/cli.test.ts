/** Tokens and the access policy from the command line, as a person gives and takes them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DEFAULT_ACCESS } from '../../serving/access/authorize.ts'
import { setPolicy } from '../../serving/actions.ts'
import { openPlatform } from '../../serving/platform.ts'
import { identityIn } from '../../serving/sealing.ts'
import { served } from '../support/admitted.ts'
import { asof } from '../support/cli.ts'
import { keyOfName, signedPolicy } from '../support/keys.ts'
import { SMALL_POLICY } from '../support/small-platform.ts'

const folder = mkdtempSync(join(tmpdir(), 'asof-token-'))
const data = join(folder, 'platform')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const write = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** Serves the folder for as long as something is asked of it. */
async function whileServed<T>(
  work: (get: (token: string, path: string) => Promise<number>) => Promise<T>,
): Promise<T> {
  const platform = await openPlatform({ path: data })
  const server = await served(platform)
  const get = async (token: string, path: string) =>
    (await fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${token}` } })).status
  try {
    return await work(get)
  } finally {
    await server.close()
    await platform.close()
  }
}

type Told = { token: string; id: string; expires: string }

describe.sequential('asof', () => {
  beforeAll(async () => {
    const platform = await openPlatform({ path: data })
    const set = signedPolicy(SMALL_POLICY, null, ['bob', 'cat'], identityIn(platform.folder))
    const { log: _, ...policy } = set
    await setPolicy(platform, policy, { actor: 'test', commandId: 'policy' })
    await platform.close()
  })

  let monitor: Told

  test('token create prints a token once, which the server takes; the actor is the owner of the folder', async () => {
    const args = ['--role', 'monitor', '--subject', 'night desk', '--expires', '90d', '--json']
    const { code, out, err } = await asof(data, 'token', 'create', ...args)
    expect([code, err]).toEqual([0, expect.stringContaining('it is not shown again')])
    monitor = JSON.parse(out) as Told
    expect(monitor).toMatchObject({ subject: 'night desk', roles: ['monitor'] })
    const [views, tiles] = await whileServed(async (get) => [
      await get(monitor.token, '/api/v1/views'),
      await get(monitor.token, '/api/v1/tile/0/000'),
    ])
    expect([views, tiles]).toEqual([200, 403])
    const { out: log } = await asof(data, 'log', '--type', 'access.TokenIssued', '--json')
    expect(JSON.parse(log)).toMatchObject([{ actor: userInfo().username, data: { subject: 'night desk' } }])
    expect(log).not.toContain(monitor.token.slice(-43))
  }, 60_000)

  test('token list shows what there is, and no secret', async () => {
    const { out } = await asof(data, 'token', 'list')
    for (const word of [monitor.id, 'night desk', 'monitor', 'live']) expect(out).toContain(word)
    expect((await asof(data, 'token', 'list', '--json')).out).not.toMatch(/hash|asof_/)
  })

  test('what is wrong with a token is a wrong argument', async () => {
    for (const args of [
      ['--subject', 'x', '--expires', '90d'],
      ['--role', 'boss', '--subject', 'x', '--expires', '90d'],
      ['--role', 'monitor', '--expires', '90d'],
      ['--role', 'monitor', '--subject', 'x'],
      ['--role', 'monitor', '--subject', 'x', '--expires', '0d'],
      ['--role', 'monitor', '--subject', 'x', '--expires', '367d'],
      ['--role', 'monitor', '--subject', 'x', '--expires', 'never'],
    ])
      expect((await asof(data, 'token', 'create', ...args)).code, args.join(' ')).toBe(2)
    const unseen = ['--role', 'monitor', '--subject', 'x\u200b', '--expires', '1d']
    expect((await asof(data, 'token', 'create', ...unseen)).code).toBe(1)
  }, 60_000)

  test('token revoke ends it', async () => {
    expect((await asof(data, 'token', 'revoke', monitor.id, '--reason', 'left')).code).toBe(0)
    expect((await asof(data, 'token', 'revoke', monitor.id, '--reason', 'again')).code).toBe(0)
    expect(await asof(data, 'token', 'revoke', 'ffffffffffffffff')).toMatchObject({ code: 1 })
    expect((await asof(data, 'token', 'list')).out).toContain('revoked')
    expect(await whileServed((get) => get(monitor.token, '/api/v1/views'))).toBe(401)
  }, 60_000)

  test('an access policy that the committee signs says who may do what, from the next request on', async () => {
    const args = ['--role', 'monitor', '--subject', 'day desk', '--expires', '1d', '--json']
    const { token } = JSON.parse((await asof(data, 'token', 'create', ...args)).out) as Told
    write(
      'access.cedar',
      `${DEFAULT_ACCESS}\nforbid (principal == Asof::Subject::"day desk", action, resource);\n`,
    )
    const policy = 'version: 1\nnote: Not the day desk.\ncedar: access.cedar\n'
    const path = write('access.yaml', policy)
    expect(await asof(data, 'access-policy', path)).toMatchObject({
      code: 1,
      err: expect.stringContaining('has 0 of 2 signatures'),
    })
    const lines: string[] = []
    for (const member of ['bob', 'cat']) {
      const key = write(`${member}.pem`, keyOfName(member))
      const signed = await asof(data, 'sign-access-policy', path, '--member', member, '--key', key)
      expect(signed.code).toBe(0)
      lines.push(`  ${signed.out.trim()}`)
    }
    write('access.yaml', `${policy}signatures:\n${lines.join('\n')}\n`)
    expect(await whileServed((get) => get(token, '/api/v1/views'))).toBe(200)
    expect(await asof(data, 'access-policy', path)).toMatchObject({ code: 0 })
    expect(await whileServed((get) => get(token, '/api/v1/views'))).toBe(403)
    // A rule that was changed after it was signed.
    write('access.cedar', DEFAULT_ACCESS)
    write('access.yaml', `${policy.replace('1', '2')}signatures:\n${lines.join('\n')}\n`)
    expect((await asof(data, 'access-policy', path)).err).toContain('has 0 of 2 signatures')
  }, 90_000)
})
