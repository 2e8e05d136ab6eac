/** A claim's pack proves it offline, and finds what was changed or left out, by either of its two verifiers. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AmendmentOpened, RunOpened } from '../../schemas/events/tracking.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { openArchive } from '../../serving/archive.ts'
import { checkClaim, draftClaim } from '../../serving/claims/acts.ts'
import { exportClaim } from '../../serving/claims/export.ts'
import { rederiveClaim } from '../../serving/claims/nightly.ts'
import type { Platform } from '../../serving/platform.ts'
import { ownVerifierKey } from '../../serving/sealing.ts'
import {
  byPage,
  byPython,
  type Files,
  filesIn,
  hasPython,
  leavesIn,
  readPack,
  withManifest,
  withoutEvents,
  writePack,
} from '../support/claim-pack.ts'
import { CLAIM, codeOf, sentClaim, trueClaim } from '../support/claim-story.ts'
import { asof } from '../support/cli.ts'
import { smallFolder } from '../support/small-folder.ts'
import { act } from '../support/small-platform.ts'
import { evidenceIn, flipsOf, foundByPage, foundByPython, foundInArchive } from './flips.ts'

const root = mkdtempSync(join(tmpdir(), 'asof-claim-'))
const folder = join(root, 'platform')
const at = (name: string) => join(root, name)
const packs = new Map<string, Files>()
const HELD = 'held-out'
const LOST = refuse('chunk.missing', { hash: 'ab' })
let vkey = ''
/** What became of writing an archive over another one. */
let again = ''

beforeAll(async () => {
  const platform = await smallFolder(folder, 12)
  await attest(platform)
  // Drafted twice: each check is of the draft before it.
  await draftClaim(platform, { ...(await trueClaim(platform)), net: null, fees: null }, act('first', 'bob'))
  await checkClaim(platform, CLAIM, act('first-check', 'bob'))
  await sentClaim(platform)
  // Broken on one night, and proven on the next.
  const robbed = { ...platform, chunks: { ...platform.chunks, get: async () => Promise.reject(LOST) } }
  await rederiveClaim(robbed, CLAIM, act('one night', 'asof'))
  await rederiveClaim(platform, CLAIM, act('the next', 'asof'))
  const comesWith = { criteria: 'Walk-forward.', audiencePolicy: 'Professionals only.' }
  await sentClaim(platform, { claim: HELD, measure: 'held-out-sharpe', regime: 'hypothetical', ...comesWith })
  vkey = ownVerifierKey(platform.folder) ?? ''
  await platform.close()
  const archive = openArchive(folder)
  for (const [name, claim, whole] of [
    ['pack', CLAIM, false],
    ['again', CLAIM, false],
    ['whole', CLAIM, true],
    ['held', HELD, false],
  ] as const) {
    await exportClaim(archive, { claim, to: at(name), whole })
    packs.set(name, readPack(at(name)))
  }
  for (const name of ['pack.zip', 'again.zip'])
    await exportClaim(archive, { claim: CLAIM, to: at(name), whole: false })
  again = await codeOf(exportClaim(archive, { claim: CLAIM, to: at('pack.zip'), whole: false }))
  await archive.close()
}, 60_000)
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Two trials of the family that a tracking client attests: a run, and its amendment. */
async function attest({ log, drain }: Platform): Promise<void> {
  const run = 'f0'.repeat(16)
  const said = { experiment: '1', family: 'small', author: 'ann', name: 'by hand', user: 'ann', startTime: 1 }
  const times = { eventTime: 1, knownAt: 1 }
  const opened = RunOpened.draft({ run, ...said, tags: [] }, times)
  const amended = AmendmentOpened.draft({ run, amendment: 1, seal: 'ab'.repeat(32), author: 'ann' }, times)
  const by = { commandId: 'attest', actor: 'ann', correlationId: 'attest', causationId: null }
  await log.append({ stream: `run-${run}`, expected: 0, ...by, events: [opened, amended] })
  await drain()
}

const packOf = (name: string): Files => packs.get(name) ?? new Map()
const pageOf = (files: Files) => byPage(files.get('verify.html') ?? new Uint8Array())
const said = (files: Files, key = vkey): Promise<string> =>
  pageOf(files)(files, key).then(
    (lines) => lines.join('\n'),
    (error: unknown) => `NOT PROVED: ${(error as Error).message}`,
  )

const saidByPython = (files: Files): string => {
  const to = mkdtempSync(join(root, 'changed-'))
  writePack(to, files)
  return byPython(join(at('pack'), 'verify.py'), to, '--vkey', vkey).said
}

/** What is not proved, in the words of both. */
async function saidByBoth(files: Files): Promise<string> {
  const page = await said(files)
  // What was proved before is told on the way.
  if (hasPython) expect(saidByPython(files).trim().split('\n').at(-1)).toBe(page.trim())
  return page
}

test.each(['pack', 'whole', 'held'])('%s: both verifiers prove it, in the same words', async (name) => {
  const words = await said(packOf(name))
  expect(words).toMatch(/^ok {3}manifest/)
  expect(words).toMatch(/all 6 trials of family small/)
  if (name !== 'held') expect(words).toContain('ok   worked out again 2 times, the last: it follows')
  if (!hasPython) return
  const { status, said: python } = byPython(join(at(name), 'verify.py'), at(name), '--vkey', vkey)
  expect(status, python).toBe(0)
  expect(python.trim().split('\n').slice(0, 5)).toEqual(words.split('\n').slice(0, 5))
})

test('it is the same, byte for byte, whenever it is written from one log', () => {
  expect([...packOf('again')].map(([name, bytes]) => [name, Buffer.from(bytes).toString('hex')])).toEqual(
    [...packOf('pack')].map(([name, bytes]) => [name, Buffer.from(bytes).toString('hex')]),
  )
})

describe('one archive', () => {
  const archive = (name = 'pack.zip') => Uint8Array.from(readFileSync(at(name)))

  test('has the files of the folder, is the same bytes each time, and is never written over', async () => {
    expect(Buffer.compare(archive(), archive('again.zip'))).toBe(0)
    const files = filesIn(archive())
    expect([...files.keys()].sort()).toEqual([...packOf('pack').keys()].sort())
    for (const [name, bytes] of files)
      expect(Buffer.compare(bytes, packOf('pack').get(name) ?? bytes)).toBe(0)
    expect(again).toBe('claim.file-taken')
  })

  test('both verifiers prove it, in the same words as the folder', async () => {
    const words = await pageOf(packOf('pack'))(archive(), vkey)
    expect(words.join('\n')).toBe(await said(packOf('pack')))
    if (!hasPython) return
    const { status, said: python } = byPython(join(at('pack'), 'verify.py'), at('pack.zip'), '--vkey', vkey)
    expect(status, python).toBe(0)
    expect(python.trim().split('\n').slice(0, 5)).toEqual(words.slice(0, 5))
  })

  test('any flipped bit of it is found, and a byte more or less', async () => {
    const page = packOf('pack').get('verify.html') ?? new Uint8Array()
    const whole = archive()
    // Over all of it, and over the directory, which names every file a second time.
    const directory = Buffer.from(whole).indexOf(Buffer.from('PK\u0001\u0002'))
    const inDirectory = Array.from({ length: 20 }, (_, i) => ({
      ...{ name: '', bit: i % 8 },
      at: directory + Math.floor((i * (whole.length - directory)) / 20),
    }))
    const flips = [...flipsOf(new Map([['', whole]]), 20, 7), ...inDirectory]
    expect(await foundInArchive(whole, flips, { page, vkey })).toMatchObject({ found: 40, passed: [] })
    for (const one of [whole.subarray(0, -1), Uint8Array.from([...whole, 0])])
      await expect(byPage(page)(one, vkey)).rejects.toThrow('the archive is not in its form')
    if (!hasPython) return
    const paths = {
      program: join(at('pack'), 'verify.py'),
      folder: at('again.zip'),
      vkey: join(at('pack'), 'log.vkey'),
    }
    expect(foundByPython(paths, flips, 'plain')).toMatchObject({ found: 40, passed: [] })
  })
})

describe('flipped bits are all found', () => {
  const FLIPS = 40
  test.each(['plain', 'forged'] as const)('by verify.html: %s', async (mode) => {
    const files = packOf('pack')
    const flips = flipsOf(mode === 'plain' ? files : evidenceIn(files), FLIPS, 7)
    expect(await foundByPage(files, flips, mode)).toMatchObject({ found: FLIPS, passed: [] })
  })

  test.skipIf(!hasPython).each(['plain', 'forged'] as const)('by verify.py: %s', (mode) => {
    const files = packOf('pack')
    const [copy, own] = [mkdtempSync(join(root, 'flip-')), mkdtempSync(join(root, 'own-'))]
    writePack(copy, files)
    writePack(own, files)
    const flips = flipsOf(mode === 'plain' ? files : evidenceIn(files), FLIPS, 7)
    const paths = { program: join(own, 'verify.py'), folder: copy, vkey: join(own, 'log.vkey') }
    expect(foundByPython(paths, flips, mode)).toMatchObject({ found: FLIPS, passed: [] })
  })
})

describe('what is left out is named, though the manifest was made again', () => {
  const has = (...words: readonly string[]) => {
    return (leaf: Uint8Array) => words.every((word) => Buffer.from(leaf).includes(word))
  }

  test('one trial that lost', async () => {
    const isLoser = has('experiment.RunStarted', 'small-h1-noise')
    const lost = leavesIn(packOf('pack')).filter(isLoser)
    expect(lost).toHaveLength(1)
    expect(await saidByBoth(withoutEvents(packOf('pack'), isLoser))).toBe(
      'NOT PROVED: 5 trials are here and 6 were started',
    )
    expect(await saidByBoth(withoutEvents(packOf('pack'), has('run.AmendmentOpened')))).toBe(
      'NOT PROVED: 5 trials are here and 6 were started',
    )
    expect(await saidByBoth(withoutEvents(packOf('whole'), isLoser))).toMatch(/^NOT PROVED/)
  })

  test('one outcome, and one act on the claim', async () => {
    const outcomes = leavesIn(packOf('pack')).filter(has('prediction.OutcomeObserved'))
    const isOne = (leaf: Uint8Array) => Buffer.compare(leaf, outcomes[3] ?? new Uint8Array()) === 0
    expect(await saidByBoth(withoutEvents(packOf('pack'), isOne))).toBe('NOT PROVED: an outcome is left out')
    const withoutCheck = withoutEvents(packOf('pack'), has('claim.Checked'))
    expect(await saidByBoth(withoutCheck)).toBe('NOT PROVED: an event of the claim is left out')
  })

  test('the copy of the advertisement', async () => {
    const files = new Map([...packOf('pack')].filter(([name]) => !name.endsWith('.file')))
    expect(await saidByBoth(withManifest(files))).toBe('NOT PROVED: a copy of the advertisement is missing')
  })
})

test('a log that another key signed is refused, and so is a pack that brings its own schemas', async () => {
  const other = 'asof.local/log+00000000+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
  expect(await said(packOf('pack'), other)).toMatch(/^NOT PROVED/)
  const schemas = Buffer.from(packOf('pack').get('schemas.json') ?? [])
  const swapped = schemas
    .toString()
    .replace('"name":"gross"', '"name":"g"')
    .replace('"name":"net"', '"name":"gross"')
  const forged = new Map(packOf('pack')).set('schemas.json', new TextEncoder().encode(swapped))
  expect(await saidByBoth(withManifest(forged))).toBe('NOT PROVED: the schemas are of another release')
})

describe.skipIf(!hasPython)('verify.py on the disk of an auditor', () => {
  const told = (edit: (folder: string) => void): string => {
    const to = mkdtempSync(join(root, 'disk-'))
    writePack(to, packOf('pack'))
    edit(to)
    return (
      byPython(join(at('pack'), 'verify.py'), to, '--vkey', vkey)
        .said.trim()
        .split('\n')
        .at(-1) ?? ''
    )
  }

  test.each<[string, (folder: string) => void, string]>([
    ['a link to a folder', (to) => symlinkSync('/etc', join(to, 'evidence')), 'a link is in the pack'],
    ['a link to a file', (to) => symlinkSync('/etc/hostname', join(to, 'x')), 'a link is in the pack'],
    [
      'a pipe, which it does not wait for',
      (to) => execFileSync('mkfifo', [join(to, 'x')]),
      'something that is no file is in the pack',
    ],
    [
      'a name that moves the cursor',
      (to) => writeFileSync(join(to, '\u001b[2Jok'), ''),
      'file \\x1b[2Jok is not as the manifest has it',
    ],
  ])('refuses %s', (_, edit, why) => {
    expect(told(edit)).toBe(`NOT PROVED: ${why}`)
  })

  test('takes no number for the exact one that is rounded to thousands', () => {
    const day = (session: number) =>
      `{"position": ${session}, "commandId": "outcome/1/0", "type": "prediction.OutcomeObserved", "data": {"model": "m", "session": ${session}, "net": 0.01, "capital": 1, "backfilled": False}}`
    const checked = (decimals: number, gross: number) =>
      spawnSync('python3', [
        '-c',
        `import runpy, sys
it = runpy.run_path(sys.argv[1])
days = [${[1, 2, 3].map(day).join(', ')}]
draft = {"measure": "live-return", "model": "m", "from": 0, "to": 9, "fees": None, "decimals": ${decimals}, "gross": ${gross}, "net": None}
print(it["check_number"](days, {}, draft, {"readAt": 9, "sessions": 3, "restated": 0, "gross": 3.0301, "net": None}))`,
        join(at('pack'), 'verify.py'),
      ]).status
    expect([checked(2, 3.03), checked(2, 4), checked(-3, 400)]).toEqual([0, 1, 1])
  })
})

test('verify.py has at most 400 lines and nothing but the standard library; verify.html has no network', () => {
  const python = readFileSync(join(at('pack'), 'verify.py'), 'utf8')
  expect(python.trimEnd().split('\n').length).toBeLessThanOrEqual(400)
  expect(python.match(/^(?:import|from) .*$/gm)).toEqual([
    'import base64, functools, hashlib, json, math, os, struct, sys, zlib',
  ])
  const page = readFileSync(join(at('pack'), 'verify.html'), 'utf8')
  expect(page).toContain("default-src 'none'")
  expect(page).not.toMatch(/https?:|fetch\(|XMLHttpRequest|import\(/)
})

test('the command line drafts from a file, and exports into an empty folder alone', async () => {
  const { out, code, err } = await asof(folder, 'claim', 'show', CLAIM)
  expect(code, err).toBe(0)
  expect(out).toMatch(/live-sharpe: disseminated\n/)
  expect(out).toMatch(/approved {3}by cat/)
  const taken = await asof(folder, 'claim', 'export', CLAIM, '--to', at('pack'))
  expect([taken.code, taken.err]).toEqual([1, expect.stringContaining('has something in it')])
  const unknown = await asof(folder, 'claim', 'export', 'nothing', '--to', at('nothing'))
  expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('There is no claim nothing')])
})
