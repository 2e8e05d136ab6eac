/** Attacks on the door by the folder and the command line: its token read by others, another user, and a host that lets all in. */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Refusal } from '../../schemas/kernel/fault.ts'
import { bearerFor, ownerToken, ownerTokenIn, ownerTokenPath } from '../../serving/access/owner-token.ts'
import { openPlatform } from '../../serving/platform.ts'
import { asof } from '../support/cli.ts'

const MAIN = fileURLToPath(new URL('../../serving/cli/main.ts', import.meta.url))
let root = ''
let made = 0

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'asof-doors-folder-'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

function folder(): { root: string } {
  const path = join(root, `f${made++}`)
  mkdirSync(path)
  return { root: path }
}

const TOKEN = `asof_owner_${'A'.repeat(43)}\n`

describe("the owner's token", () => {
  test('is made once, for its owner alone', async () => {
    const home = folder()
    const told = await ownerToken(home)
    expect(told).toMatch(/^asof_owner_[\w-]{43}$/)
    expect(await ownerToken(home)).toBe(told)
    expect(statSync(ownerTokenPath(home)).mode & 0o777).toBe(0o600)
    expect(readFileSync(ownerTokenPath(home), 'utf8')).toBe(`${told}\n`)
    const many = folder()
    const at = await Promise.all(Array.from({ length: 5 }, () => ownerToken(many)))
    expect(new Set(at).size).toBe(1)
    expect(readdirSync(many.root)).toEqual(['owner.token'])
  })

  test('that others may read or write is refused', () => {
    for (const mode of [0o640, 0o604, 0o644, 0o666, 0o620, 0o602, 0o610, 0o777]) {
      const home = folder()
      writeFileSync(ownerTokenPath(home), TOKEN)
      chmodSync(ownerTokenPath(home), mode)
      expect(() => ownerTokenIn(home), mode.toString(8)).toThrow(Refusal)
      expect(() => ownerTokenIn(home)).toThrow(`its mode is ${mode.toString(8)}`)
    }
  })

  test('that is a link, a folder, too long or none is refused', () => {
    const elsewhere = join(root, 'elsewhere')
    writeFileSync(elsewhere, TOKEN, { mode: 0o600 })
    const link = folder()
    symlinkSync(elsewhere, ownerTokenPath(link))
    expect(() => ownerTokenIn(link)).toThrow('it is no file of ours')
    const directory = folder()
    mkdirSync(ownerTokenPath(directory))
    expect(() => ownerTokenIn(directory)).toThrow('it is no file of ours')
    for (const text of ['', 'x', TOKEN.repeat(999), 'asof_owner_', TOKEN.replace('owner', '0'.repeat(16))]) {
      const home = folder()
      writeFileSync(ownerTokenPath(home), text, { mode: 0o600 })
      expect(() => ownerTokenIn(home), text).toThrow(Refusal)
    }
  })

  test('and so is one that a program is to send', async () => {
    const home = folder()
    const told = await ownerToken(home)
    expect(bearerFor(home, {})).toEqual({ authorization: `Bearer ${told}` })
    expect(bearerFor(folder(), {})).toBe(null)
    const path = join(home.root, 'ann.token')
    writeFileSync(path, 'asof_x\n', { mode: 0o600 })
    expect(bearerFor(home, { ASOF_TOKEN_FILE: path })).toEqual({ authorization: 'Bearer asof_x' })
    chmodSync(path, 0o644)
    expect(() => bearerFor(home, { ASOF_TOKEN_FILE: path })).toThrow('so that others may read it')
  })

  test('and a server does not start over one that others may read', async () => {
    const home = folder()
    await (await openPlatform({ path: home.root })).close()
    writeFileSync(ownerTokenPath(home), TOKEN, { mode: 0o644 })
    const { code, err } = await asof(home.root, 'up', '--port', '0')
    expect([code, err]).toEqual([1, expect.stringContaining('so that others may read it')])
  })
})

test('a host that lets others in is refused before the folder is opened, with the remedy', async () => {
  for (const [host, ...more] of [['0.0.0.0'], ['::'], ['0.0.0.0', '--port', '0']] as const) {
    const path = join(root, `f${made++}`)
    const { code, err } = await asof(path, 'up', '--host', host, ...more)
    expect([code, err]).toEqual([1, expect.stringContaining('Say so in')])
    expect(() => statSync(path)).toThrow()
  }
})

test('nobody says on the command line who he is', async () => {
  const path = folder().root
  for (const args of [
    ['features', 'x', '--as', 'cio'],
    ['promote', 'x', '--as', 'cio'],
    ['token', 'list', '--as', 'cio'],
  ]) {
    const { code, err } = await asof(path, ...args)
    expect([code, err]).toEqual([2, expect.stringContaining("unknown option '--as'")])
  }
})

/** Who may act as another user of this machine, to be him: the superuser, in a container. */
const NOBODY = 65_534

test('a folder of another user is not acted in, and the environment does not say who asks', async () => {
  const path = folder().root
  chmodSync(root, 0o777)
  chmodSync(path, 0o777)
  const args = ['token', 'create', '-C', path, '--role', 'owner', '--subject', 'eve', '--expires', '1d']
  const environment = { ...process.env, USER: 'cio', LOGNAME: 'cio', USERNAME: 'cio', HOME: '/' }
  if (process.getuid?.() === 0)
    for (const tried of [
      args,
      ['up', '--port', '0', '-C', path],
      ['promote', 'x', '-C', path],
      ['token', 'revoke', 'x', '-C', path],
      ['rebuild', '-C', path],
      ['rotate-key', '--reason', 'x', '-C', path],
      ['confirm', '--reason', 'x', '-C', path],
    ]) {
      const { status, stderr } = spawnSync(process.execPath, [MAIN, ...tried], {
        ...{ encoding: 'utf8', uid: NOBODY, gid: NOBODY, env: environment },
      })
      expect([tried[0], status, stderr]).toEqual([tried[0], 1, expect.stringContaining('belongs to user 0')])
      expect(readdirSync(path)).toEqual([])
    }
  const own = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', env: environment })
  expect(own.status).toBe(0)
  const { out } = await asof(path, 'log', '--json')
  const [{ actor }] = JSON.parse(out) as [{ actor: string }]
  expect(actor).not.toBe('cio')
}, 60_000)
