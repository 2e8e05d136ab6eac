/** An outsider with the folder and one checkpoint that he kept catches whatever was done before it. */
import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { folderAt } from '../../serving/folder.ts'
import { openPlatform } from '../../serving/platform.ts'
import { identityIn, ownVerifierKey, rotateSealKey, verifyFolder } from '../../serving/sealing.ts'
import { noteSigner, privateKeyFrom } from '../../streams/log/seal/note.ts'
import { asof } from '../support/cli.ts'
import { ATTACKS, type Caught, caught } from './outsider.ts'
import { declare, workplace } from './tools.ts'

const { path, copyOf, remove } = workplace('kept')
let rows: ReadonlyMap<string, Caught>
beforeAll(async () => {
  rows = new Map((await caught()).map((row) => [row.attack, row]))
})
afterAll(remove)

test('a folder that nobody touched has no damage', () => {
  expect(rows.get('nothing at all')).toMatchObject({ alone: 0, withKey: 0, withCheckpoint: 0 })
})

test.each(Object.keys(ATTACKS))('%s', (attack) => {
  expect(rows.get(attack)?.withCheckpoint).toBeGreaterThan(0)
})

test.each([
  ['edit and reseal', /the first 6 events are not those that it was signed over/],
  ['another recordedAt, resealed', /the first 6 events are not those/],
  ['fork: rolled back, and gone on otherwise', /the first 6 events are not those/],
  ['roll-back of the whole folder', /it seals 6 events, and the log has 3: .*rolled back/],
  ['deletion of the last events, resealed', /it seals 6 events, and the log has 4/],
  ['changed view: one bit of its text', /view log: its text is not what this version/],
])('%s is named', (attack, what) => {
  expect(rows.get(attack)?.first).toMatch(what)
})

test('a new key is caught by whoever has the old public key', () => {
  const reset = rows.get('reset seal: edited, all of it deleted, and begun again by the program')
  expect(reset?.withKey).toBeGreaterThan(0)
})

test('the commands: print one to keep, and prove with it', async () => {
  const folder = path('commands')
  await declare(folder, ['a', 'b'])
  const { out } = await asof(folder, 'checkpoint')
  const note = path('kept.note')
  writeFileSync(note, out)
  await declare(folder, ['c'])
  const proved = await asof(folder, 'verify', '--checkpoint', note)
  expect(proved).toMatchObject({ code: 0 })
  expect(proved.out).toContain('its tree is the beginning of this one')
  const { consistency } = await verifyFolder(folder, { checkpoint: out })
  expect(consistency?.length, 'RFC 6962, 2.1.2: from 2 leaves to 3').toBe(1)
  writeFileSync(note, out.replace('2\n', '1\n'))
  expect(await asof(folder, 'verify', '--checkpoint', note)).toMatchObject({ code: 1 })
  writeFileSync(note, 'not a note')
  expect(await asof(folder, 'verify', '--checkpoint', note)).toMatchObject({ code: 1 })
  const other = noteSigner('asof.local/log', privateKeyFrom(new Uint8Array(32).fill(3)))
  const stranger = await verifyFolder(folder, { verifierKey: other.verifierKey })
  expect(stranger.damages.map(({ problem }) => problem).join()).toContain('no known key signed it')
})

test('keys rotate by signed events: old and new key verify all, and a rotation by hand changes nothing', async () => {
  const folder = path('rotated')
  await declare(folder, ['a'])
  const [first, identity] = [ownVerifierKey(folderAt(folder)) ?? '', identityIn(folderAt(folder))]
  const platform = await openPlatform({ path: folder })
  await rotateSealKey(platform, { actor: 'cio', reason: 'each year', now: 0 })
  await platform.close()
  await declare(folder, ['b'])
  const second = ownVerifierKey(folderAt(folder)) ?? ''
  expect(second).not.toBe(first)
  expect(identityIn(folderAt(folder)), 'a log keeps its identity').toBe(identity)
  for (const verifierKey of [first, second])
    expect(await verifyFolder(folder, { verifierKey })).toMatchObject({ damages: [], events: 3 })
  // Who keeps the old key alone cannot go on with it.
  const forged = copyOf(folder)
  const by = await openPlatform({ path: forged })
  const from = noteSigner('asof.local/log', privateKeyFrom(new Uint8Array(32).fill(5)))
  const { signRotation } = await import('../../streams/log/seal/keys.ts')
  const { SealKeyRotated } = await import('../../schemas/events/access.ts')
  const rotation = { ...signRotation(identity ?? '', { from, to: from }, 'stolen'), from: second }
  const provenance = { actor: 'eve', commandId: 'eve', correlationId: 'eve', causationId: null }
  const events = [SealKeyRotated.draft(rotation, { eventTime: 0, knownAt: 0 })]
  await by.log.append({ stream: 'by-hand', expected: 0, ...provenance, events })
  await by.close()
  const { damages } = await verifyFolder(forged, { verifierKey: second })
  expect(damages.map(({ place, problem }) => `${place}: ${problem}`)).toEqual([
    'event 4: a rotation of the key that the key in force did not sign',
  ])
})
