/** An auditor with a witness's key: what the operators of a log cannot show him, whatever they do to the folder. */
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openWitness, type Witness } from '../../serving/http/witness.ts'
import { openPlatform, type Platform } from '../../serving/platform.ts'
import { ownVerifierKey, verifyFolder } from '../../serving/sealing.ts'
import { watchedLog } from '../../serving/witness/store.ts'
import { submitToWitnesses } from '../../serving/witness/submitting.ts'
import { witnessedFolder } from '../../streams/log/witness/kept.ts'
import { declare, declareOn } from '../attack/tools.ts'

const root = mkdtempSync(join(tmpdir(), 'asof-witnessed-'))
const folder = join(root, 'log')
let witness: Witness
/** The folder as it was before it was cosigned last. */
let before: string

beforeAll(async () => {
  await declare(folder, ['a', 'b'])
  const platform = await openPlatform({ path: folder })
  witness = await openWitness({
    ...{ folder: join(root, 'witness'), name: 'witness.example/w1', host: '127.0.0.1', port: 0 },
    logs: [watchedLog([ownVerifierKey(platform.folder) ?? ''])],
    nowSeconds: () => 1_700_000_000,
  })
  await cosigned(platform)
  await platform.close()
  before = join(root, 'before')
  cpSync(folder, before, { recursive: true })
  const again = await openPlatform({ path: folder })
  await declareOn(again, ['c', 'd', 'e'])
  await cosigned(again)
  await again.close()
})
afterAll(async () => {
  await witness.close()
  rmSync(root, { recursive: true, force: true })
})

const troubles: string[] = []
async function cosigned(platform: Platform): Promise<void> {
  const witnesses = [{ url: witness.url, key: witness.verifierKey }]
  const onTrouble = (text: string) => troubles.push(text)
  const submitting = submitToWitnesses(platform, { witnesses, everyMillis: 3_600_000, onTrouble })
  await vi.waitUntil(() => submitting.status()[0].last, { timeout: 30_000, interval: 5 })
  await submitting.close()
}

const damagesOf = async (path: string, more = {}): Promise<string> => {
  const { damages } = await verifyFolder(path, { witnesses: [witness.verifierKey], ...more })
  return damages.map(({ place, problem }) => `${place}: ${problem}`).join('\n')
}
const kept = async (): Promise<string> => (await fetch(`${witness.url}/checkpoints`)).text()

test('a folder that a witness cosigned verifies, by its own copy and by what the witness gives', async () => {
  expect(await damagesOf(folder)).toBe('')
  expect(await damagesOf(folder, { checkpoint: await kept() })).toBe('')
})

test('one that was rolled back does not, beside what the witness gives; and the witness refuses it by name', async () => {
  expect(await damagesOf(before)).toBe('')
  expect(await damagesOf(before, { checkpoint: await kept() })).toContain('the log was rolled back')
  const platform = await openPlatform({ path: before })
  troubles.length = 0
  await cosigned(platform)
  expect(troubles.join()).toMatch(
    /did not cosign the log: it cosigned \d+ events of this log, and here are \d+: it was rolled back/,
  )
  // Written on, it is another history.
  await declareOn(platform, ['x', 'y', 'z', 'm', 'n'])
  troubles.length = 0
  await cosigned(platform)
  expect(troubles.join()).toContain('does not continue what it cosigned')
  await platform.close()
  expect(await damagesOf(before, { checkpoint: await kept() })).toContain('the log was edited or forked')
})

test('whose cosignature was taken away, or was never there, is told to the auditor who asks for it', async () => {
  const copy = join(root, 'bare')
  cpSync(folder, copy, { recursive: true })
  rmSync(witnessedFolder(join(copy, 'seal')), { recursive: true })
  expect(await damagesOf(copy)).toContain(
    'witness witness.example/w1: no checkpoint of this log that is here',
  )
  expect(await damagesOf(copy, { witnesses: [] })).toBe('')
})

test('a changed byte of what a witness cosigned is found', async () => {
  const copy = join(root, 'flipped')
  cpSync(folder, copy, { recursive: true })
  const [name] = readdirSync(witnessedFolder(join(copy, 'seal')))
  const path = join(witnessedFolder(join(copy, 'seal')), name)
  const bytes = readFileSync(path)
  for (let at = 0; at < bytes.length; at += 5) {
    const changed = Buffer.from(bytes)
    changed[at] ^= 1 << (at % 8)
    writeFileSync(path, changed)
    expect(await damagesOf(copy), `byte ${at}`).not.toBe('')
  }
  writeFileSync(path, bytes)
  appendFileSync(path, 'more\n')
  expect(await damagesOf(copy)).not.toBe('')
})
