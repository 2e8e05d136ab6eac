/** Attacks on the door with a browser: one-time links, cookies, and pages of elsewhere. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LINK_MINUTES, SESSION_HOURS } from '../../serving/access/browser.ts'
import { wallClock } from '../../serving/clock.ts'
import { type Served, served, tokenFor } from '../support/admitted.ts'
import { besieged, refusedWith, requestOf, sent, statusIn } from './doors.ts'

const MINUTE_MICROS = 60_000_000
let home: Awaited<ReturnType<typeof besieged>>
let server: Served
let shiftMicros = 0

beforeAll(async () => {
  home = await besieged('browser')
  const clock = { nowMicros: () => wallClock.nowMicros() + shiftMicros }
  server = await served(home.platform, { clock })
})

afterAll(async () => {
  await server.close()
  await home.remove()
})

const enter = async (code: string, init: RequestInit = {}) =>
  fetch(`${server.url}/enter/${code}`, { redirect: 'manual', ...init })
/** The cookie of a browser that came in by a link, as it sends it. */
async function cookieOf(): Promise<string> {
  const reply = await enter(await server.access.link())
  expect(reply.status).toBe(303)
  return (reply.headers.get('set-cookie') ?? '').split(';')[0]
}
const see = (cookie: string, headers: Record<string, string> = {}, path = '/api/v1/views') =>
  fetch(`${server.url}${path}`, { headers: { cookie, ...headers } })
/** `fetch` sets the headers that a page cannot, so these go by hand. */
const seeRaw = async (...headers: readonly string[]): Promise<number> =>
  statusIn(await sent(server.url, requestOf(server.url, 'GET /api/v1/views', ...headers)))

test('a link lets a browser in once, and its cookie is for this site alone and for no script', async () => {
  const code = await server.access.link()
  const reply = await enter(code)
  const cookie = reply.headers.get('set-cookie') ?? ''
  for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/', `Max-Age=${SESSION_HOURS * 3_600}`])
    expect(cookie.split('; ')).toContain(part)
  expect(cookie).not.toContain(code)
  expect(reply.headers.get('cache-control')).toBe('no-store')
  expect(reply.headers.get('referrer-policy')).toBe('no-referrer')
  expect((await see(cookie.split(';')[0])).status).toBe(200)
  await refusedWith(await enter(code), 'access.link-spent')
})

test('a link twice at once', async () => {
  const code = await server.access.link()
  const replies = await Promise.all(Array.from({ length: 10 }, () => enter(code)))
  expect(replies.map(({ status }) => status).sort()).toEqual([303, ...Array(9).fill(410)])
})

test('a link whose time is over', async () => {
  const code = await server.access.link()
  shiftMicros = (LINK_MINUTES + 1) * MINUTE_MICROS
  await refusedWith(await enter(code), 'access.link-spent')
  shiftMicros = 0
  await refusedWith(await enter(code), 'access.link-spent')
})

test.each(['x', '', '%00', 'constructor', '__proto__', 'A'.repeat(43), '../views'])(
  'a link that was guessed: %j',
  async (code) => {
    const { status } = await enter(code)
    expect([401, 410]).toContain(status)
  },
)

test('a link that leads out of its folder leads to the page without data, and lets nobody in', async () => {
  const reply = await enter('..')
  expect([reply.status, reply.headers.getSetCookie()]).toEqual([200, []])
  expect(await reply.text()).toBe(await (await fetch(server.url)).text())
})

test('looking at a link, by HEAD or OPTIONS, does not spend it', async () => {
  const code = await server.access.link()
  for (const method of ['HEAD', 'OPTIONS', 'POST']) expect((await enter(code, { method })).status).toBe(401)
  expect((await enter(code)).status).toBe(303)
})

test('a page of elsewhere cannot make a browser spend a link', async () => {
  const code = await server.access.link()
  const origin = 'https://evil.example'
  await refusedWith(await enter(code, { headers: { origin } }), 'http.foreign-origin')
  expect((await enter(code)).status).toBe(303)
})

test('a session ends', async () => {
  const cookie = await cookieOf()
  shiftMicros = SESSION_HOURS * 60 * MINUTE_MICROS - 5 * MINUTE_MICROS
  expect((await see(cookie)).status).toBe(200)
  shiftMicros = SESSION_HOURS * 60 * MINUTE_MICROS + MINUTE_MICROS
  await refusedWith(await see(cookie), 'access.unauthenticated')
  shiftMicros = 0
})

test('a cookie that a browser sends for a page of another site, or of another port of this machine', async () => {
  const cookie = `Cookie: ${await cookieOf()}`
  expect(await seeRaw(cookie, 'Sec-Fetch-Site: same-origin')).toBe(200)
  expect(await seeRaw(cookie, 'Sec-Fetch-Site: none')).toBe(200)
  for (const site of ['cross-site', 'same-site', 'x', ''])
    expect(await seeRaw(cookie, `Sec-Fetch-Site: ${site}`), site).toBe(401)
  expect(await seeRaw(cookie, 'Origin: http://127.0.0.1:1')).toBe(403)
  expect(await seeRaw(cookie, 'Origin: null')).toBe(403)
})

test('a cookie without an origin changes nothing: a form of elsewhere', async () => {
  const cookie = await cookieOf()
  const post = (headers: Record<string, string>) =>
    fetch(`${server.url}/views`, { method: 'POST', headers: { cookie, ...headers }, body: 'a=b' })
  const form = { 'content-type': 'text/plain' }
  await refusedWith(await post(form), 'access.unauthenticated')
  // The control: with its own origin the door is passed, and there is no such route.
  expect((await post({ ...form, origin: server.url })).status).toBe(404)
})

test('a cookie that is changed, cut, doubled, of another port, or a token', async () => {
  const cookie = await cookieOf()
  const [name, id] = cookie.split('=')
  for (const changed of [
    `${name}=`,
    `${name}=x`,
    `${name}=${id.slice(1)}`,
    `${name}="${id}"`,
    `${cookie}; ${name}=x`,
    `${name}=x; ${cookie}`,
    `asof_1=${id}`,
    `asof=${id}`,
    `${name}=__proto__`,
    `${name}=${server.owner.authorization.slice(7)}`,
  ])
    await refusedWith(await see(changed), 'access.unauthenticated')
})

test('the id of a session or the code of a link is no bearer token, and no token is a session', async () => {
  const [, id] = (await cookieOf()).split('=')
  const code = await server.access.link()
  for (const text of [id, code, `asof_owner_${id}`])
    await refusedWith(await see('', { authorization: `Bearer ${text}` }), 'access.unauthenticated')
})

test('a token that is none beside a session that holds: what is stated is what counts', async () => {
  const cookie = await cookieOf()
  await refusedWith(await see(cookie, { authorization: 'Bearer x' }), 'access.unauthenticated')
  const { authorization } = await tokenFor(home.platform, ['monitor'])
  await refusedWith(await see(cookie, { authorization }, '/api/v1/tile/0/000'), 'access.denied')
})

test('another link is for the owner alone: not for a token of the same role, nor for one of any other', async () => {
  const ask = (headers: Record<string, string>) =>
    fetch(`${server.url}/api/v1/links`, { method: 'POST', headers })
  const { link } = (await (await ask(server.owner)).json()) as { link: string }
  expect((await enter(link.split('/').at(-1) ?? '')).status).toBe(303)
  await refusedWith(await ask({}), 'access.unauthenticated')
  for (const role of ['owner', 'engineer', 'monitor'] as const) {
    const { authorization } = await tokenFor(home.platform, [role])
    await refusedWith(await ask({ authorization }), 'access.denied')
  }
  // From its own page, with its session.
  const cookie = await cookieOf()
  expect((await ask({ cookie, origin: server.url })).status).toBe(200)
  await refusedWith(await ask({ cookie }), 'access.unauthenticated')
})

test('what a browser got ends with the server', async () => {
  const cookie = await cookieOf()
  const code = await server.access.link()
  const next = await served(home.platform)
  const { port } = new URL(next.url)
  const [, id] = cookie.split('=')
  const reply = await fetch(`${next.url}/views`, { headers: { cookie: `asof_${port}=${id}` } })
  await refusedWith(reply, 'access.unauthenticated')
  await refusedWith(await fetch(`${next.url}/enter/${code}`), 'access.link-spent')
  await next.close()
})
