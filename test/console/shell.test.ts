/** The console's page and files: nothing of the platform is in them, nothing comes from elsewhere, and a browser gets in by a token. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { revokeToken } from '../../serving/access/acts.ts'
import { openPlatform, type Platform } from '../../serving/platform.ts'
import { type Served, served, tokenFor } from '../support/admitted.ts'
import { codeOf } from '../support/source.ts'

const folder = mkdtempSync(join(tmpdir(), 'asof-console-'))
const WEB = fileURLToPath(new URL('../../serving/console/web', import.meta.url))
let platform: Platform
let server: Served

beforeAll(async () => {
  platform = await openPlatform({ path: folder })
  server = await served(platform)
})

afterAll(async () => {
  await server.close()
  await platform.close()
  rmSync(folder, { recursive: true, force: true })
})

const shell = async () => (await fetch(`${server.url}/`)).text()

describe('the page', () => {
  test('is for anybody, and lets a browser run its own files alone', async () => {
    const reply = await fetch(`${server.url}/`)
    expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    const policy = Object.fromEntries(
      (reply.headers.get('content-security-policy') ?? '').split('; ').map((rule) => {
        const [name, ...values] = rule.split(' ')
        return [name, values.join(' ')]
      }),
    )
    expect(policy).toEqual({
      'default-src': "'none'",
      'script-src': "'self'",
      'style-src': "'self'",
      'img-src': "'self'",
      'connect-src': "'self'",
      'base-uri': "'none'",
      'form-action': "'none'",
      'frame-ancestors': "'none'",
      'require-trusted-types-for': "'script'",
      'trusted-types': "'none'",
    })
    expect(reply.headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(reply.headers.get('x-content-type-options')).toBe('nosniff')
  })

  test('has no script or style within it, and names nothing of elsewhere', async () => {
    const page = await shell()
    expect(page.match(/<script[^>]*>(?!<\/script>)/g)).toBeNull()
    expect(page).not.toMatch(/<style|style=|\son\w+=|https?:|javascript:/)
  })

  test('names every module and file that there is, and each is served', async () => {
    const page = await shell()
    const named = [...page.matchAll(/(?:href|src)="(\/console\/[^"]+)"/g)].map(([, path]) => path)
    const modules = readdirSync(WEB, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    )
    for (const name of modules) expect(named, name).toContain(`/console/${name}`)
    for (const path of new Set(named)) {
      const reply = await fetch(server.url + path)
      expect([path, reply.status]).toEqual([path, 200])
      expect(reply.headers.get('content-type')).toMatch(/^(?:text\/javascript|text\/css|image\/svg\+xml)/)
    }
  })
})

describe('a file', () => {
  test('is the module as it stands, with blanks for types', async () => {
    const served = await (await fetch(`${server.url}/console/dom.ts`)).text()
    const source = readFileSync(join(WEB, 'dom.ts'), 'utf8')
    expect(served).toHaveLength(source.length)
    expect(served.split('\n')).toHaveLength(source.split('\n').length)
    expect(served).toContain('export function h')
    expect(served).not.toMatch(/\btype \w+ =|: readonly/)
  })

  test('imports nothing at run time but what is served beside it', async () => {
    const modules = readdirSync(WEB, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    )
    for (const name of modules) {
      const text = await (await fetch(`${server.url}/console/${name}`)).text()
      for (const [, to] of text.matchAll(/\b(?:from|import)\s*\(?\s*'([./][^']+)'/g)) {
        const path = new URL(to, `${server.url}/console/${name}`).pathname
        expect([name, to, (await fetch(server.url + path)).status]).toEqual([name, to, 200])
      }
    }
  })

  test('is asked about each time, and sent once', async () => {
    const first = await fetch(`${server.url}/console/console.css`)
    expect(first.headers.get('cache-control')).toBe('no-cache')
    const etag = first.headers.get('etag') ?? ''
    const again = await fetch(`${server.url}/console/console.css`, { headers: { 'if-none-match': etag } })
    expect([again.status, await again.text()]).toEqual([304, ''])
  })

  test.each([
    'tsconfig.json',
    '../pages.ts',
    '..%2fpages.ts',
    '%2e%2e/pages.ts',
    'web/main.ts',
    '',
    'vendor/',
    '__proto__',
  ])('and what is none is not: %s', async (name) => {
    const reply = await fetch(`${server.url}/console/${name}`)
    expect([401, 404]).toContain(reply.status)
    expect(await reply.text()).not.toContain('import')
  })

  test('charts come from the package that npm installed', async () => {
    for (const [name, what] of [
      ['vendor/d3.js', 'd3js.org'],
      ['vendor/plot.js', '@observablehq/plot v'],
    ])
      expect((await (await fetch(`${server.url}/console/${name}`)).text()).slice(0, 100)).toContain(what)
  })
})

test('no module makes markup of text, keeps anything in the browser, or asks anybody else', () => {
  const modules = readdirSync(WEB, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )
  const forbidden =
    /\b(?:innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|eval|localStorage|sessionStorage|indexedDB|WebSocket|sendBeacon|postMessage)\b|new Function/
  for (const name of modules) {
    const text = readFileSync(join(WEB, name), 'utf8')
    expect(codeOf(text).match(forbidden), name).toBeNull()
    expect(text.match(/https?:\/\//), name).toBeNull()
  }
  expect(readFileSync(join(WEB, 'console.css'), 'utf8')).not.toMatch(/url\(|@import|https?:/)
})

describe('a browser', () => {
  const own = (path: string, init: RequestInit = {}) =>
    fetch(server.url + path, {
      ...init,
      headers: {
        origin: server.url,
        'sec-fetch-site': 'same-origin',
        ...(init.headers as Record<string, string>),
      },
    })
  const entered = async (authorization: string) => {
    const reply = await own('/api/v1/session', { method: 'POST', headers: { authorization } })
    const cookie = reply.headers.get('set-cookie') ?? ''
    return { status: reply.status, cookie, body: (await reply.json()) as Record<string, unknown> }
  }
  const page = (cookie: string) =>
    own('/api/v1/pages/overview', { headers: { cookie: cookie.split(';')[0] ?? '' } })

  test('gets in by a token, as whom the token says', async () => {
    const { authorization } = await tokenFor(platform, ['member'], 'bob')
    const { status, cookie, body } = await entered(authorization)
    expect([status, body]).toEqual([200, { subject: 'bob', roles: ['member'] }])
    expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/)
    expect((await page(cookie)).status).toBe(200)
    const { subject } = (await (
      await own('/api/v1/session', { headers: { cookie: cookie.split(';')[0] ?? '' } })
    ).json()) as {
      subject: string
    }
    expect(subject).toBe('bob')
  })

  test('and is out with the token that let it in', async () => {
    const { id, authorization } = await tokenFor(platform, ['monitor'], 'mia')
    const { cookie } = await entered(authorization)
    expect((await page(cookie)).status).toBe(200)
    await revokeToken(platform, { id, reason: 'lost' }, { actor: 'owner', commandId: `revoke-${id}` })
    const reply = await page(cookie)
    expect([reply.status, await reply.text()]).toEqual([401, expect.stringContaining('revoked')])
  })

  test('and leaves when it says so', async () => {
    const { authorization } = await tokenFor(platform, ['monitor'], 'max')
    const { cookie } = await entered(authorization)
    const headers = { cookie: cookie.split(';')[0] ?? '' }
    expect((await own('/api/v1/session', { method: 'DELETE', headers })).status).toBe(200)
    expect((await page(cookie)).status).toBe(401)
  })

  test.each([
    ['without a token', {}],
    ['with a wrong one', { authorization: 'Bearer asof_owner_0000' }],
  ])('and does not get in %s', async (_, headers) => {
    const reply = await own('/api/v1/session', { method: 'POST', headers: headers as Record<string, string> })
    expect([reply.status, reply.headers.get('set-cookie')]).toEqual([401, null])
  })

  test('who opens many sessions pushes nobody else out', async () => {
    const ann = await tokenFor(platform, ['monitor'], 'ann')
    const eve = await tokenFor(platform, ['monitor'], 'eve')
    const { cookie } = await entered(ann.authorization)
    const first = await entered(eve.authorization)
    for (let i = 0; i < 120; i++) expect((await entered(eve.authorization)).status).toBe(200)
    expect([(await page(cookie)).status, (await page(first.cookie)).status]).toEqual([200, 401])
  })

  test('a session makes no other session, and a page of elsewhere uses none', async () => {
    const { authorization } = await tokenFor(platform, ['monitor'], 'moe')
    const { cookie } = await entered(authorization)
    const headers = { cookie: cookie.split(';')[0] ?? '' }
    expect((await own('/api/v1/session', { method: 'POST', headers })).status).toBe(401)
    const elsewhere = { ...headers, 'sec-fetch-site': 'cross-site' }
    expect((await own('/api/v1/pages/overview', { headers: elsewhere })).status).toBe(401)
  })
})
