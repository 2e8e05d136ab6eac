/** Witnesses and those who submit to them do each other no harm: what others add to a note is not kept. */
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { openWitness } from '../../serving/http/witness.ts'
import { warn } from '../../serving/warn.ts'
import { watchedLog } from '../../serving/witness/store.ts'
import { submit, witnessedSize } from '../../serving/witness/submit.ts'
import { noteSigner } from '../../streams/log/seal/note.ts'
import { Sealer } from '../../streams/log/seal/sealer.ts'
import { leafHashOf } from '../../streams/log/seal/tree.ts'
import { cosigner } from '../../streams/log/witness/cosignature.ts'
import { witnessedPath } from '../../streams/log/witness/kept.ts'
import { writeRequest } from '../../streams/log/witness/request.ts'

const root = mkdtempSync(join(tmpdir(), 'asof-witnesses-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const origin = 'fund.example/log'
const signer = noteSigner(origin, generateKeyPairSync('ed25519').privateKey)

async function sealed(name: string, events = ['a', 'b'], by = signer) {
  const folder = join(root, name)
  const sealer = await Sealer.open({ folder, origin, signer: by, began: crypto.randomUUID() })
  sealer.extend(events.map((event) => leafHashOf(Buffer.from(event))))
  return { folder, checkpoint: await sealer.checkpoint() }
}

const opened = (folder: string, changed: Partial<Parameters<typeof openWitness>[0]> = {}) =>
  openWitness({
    ...{ folder, name: 'witness.example/w1', logs: [watchedLog([signer.verifierKey])] },
    ...{ host: '127.0.0.1', port: 0, nowSeconds: () => 1_679_315_147, ...changed },
  })

const asked = async (url: string, old: number, proof: readonly Uint8Array[], note: string) =>
  (await fetch(`${url}/add-checkpoint`, { method: 'POST', body: writeRequest({ old, proof, note }) })).status

test('a stranger who adds signatures of no key to a public checkpoint does not have the witness keep what it cannot read', async () => {
  const { checkpoint } = await sealed('seal-1')
  const folder = join(root, 'witness-1')
  const witness = await opened(folder)
  // Bytes that are no UTF-8 are three each once they are text: the request is short enough, and the note was not.
  const line = Buffer.concat([
    Buffer.from('— '),
    Buffer.alloc(50_000, 0xff),
    Buffer.from(` ${Buffer.alloc(40).toString('base64')}\n`),
  ])
  const padded = Buffer.concat([Buffer.from(`old 0\n\n${checkpoint.note}`), line])
  const post = async (body: string | Buffer) =>
    (await fetch(`${witness.url}/add-checkpoint`, { method: 'POST', body })).status
  expect(await post(padded)).toBe(200)
  const [kept] = readdirSync(join(folder, 'logs'))
  expect(readFileSync(join(folder, 'logs', kept), 'utf8')).toBe(checkpoint.note)
  expect(await post(`old 2\n\n${checkpoint.note}`)).toBe(200)
  expect((await fetch(`${witness.url}/checkpoints`)).status).toBe(200)
  await witness.close()
  await (await opened(folder)).close()
})

test('a witness that answers with more than its cosignature has that alone kept, and one beside another text counts for nothing', async () => {
  const { folder, checkpoint } = await sealed('seal-2')
  const own = cosigner('witness.example/w1', generateKeyPairSync('ed25519').privateKey)
  const body = checkpoint.note.slice(0, checkpoint.note.lastIndexOf('\n\n') + 1)
  const line = own.cosign(body, 1)
  const other = `— other.example ${Buffer.alloc(76).toString('base64')}\n`
  let answer = ''
  const server = createServer((_, reply) => reply.end(answer))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const witness = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    key: own.verifierKey,
  }
  // A blank line makes what stands before it the text: the whole note with its signature.
  answer = `\n${own.cosign(checkpoint.note, 1)}`
  expect((await submit(witness, checkpoint, folder)).kind).toBe('away')
  answer = other.repeat(500) + line
  expect(await submit(witness, checkpoint, folder)).toEqual({ kind: 'cosigned', size: 2 })
  const path = witnessedPath(folder, witness.key)
  expect(readFileSync(path, 'utf8')).toBe(`${checkpoint.note}${line}`)
  // A damaged record is asked for again, and stops neither that nor the metrics.
  truncateSync(path, 9)
  expect(witnessedSize(folder, witness.key)).toBe(0)
  expect(await submit(witness, checkpoint, folder)).toEqual({ kind: 'cosigned', size: 2 })
  server.close()
})

test('two witnesses with one record and one key do not cosign two histories: the second one is refused', async () => {
  const folder = join(root, 'witness-3')
  const first = await opened(folder)
  await expect(opened(folder)).rejects.toMatchObject({ fault: { code: 'witness.second' } })
  await first.close()
  await (await opened(folder)).close()
})

test('a stranger who sends public checkpoints with made-up proofs accuses nobody, and crowds out no proof of two histories', async () => {
  const folder = join(root, 'witness-4')
  const witness = await opened(folder)
  const first = await sealed('seal-4')
  const next = await sealed('seal-5', ['a', 'b', 'c'])
  const fork = await sealed('seal-6', ['a', 'x'])
  const kept = (kind: string) =>
    readdirSync(join(folder, 'evidence')).filter((name) => name.includes(`-${kind}-`))
  const madeUp = (at: number) => [Buffer.alloc(32, at)]
  // A proof where there is nothing to begin at, or nothing to show, says nothing of a log.
  expect(await asked(witness.url, 0, madeUp(0), first.checkpoint.note)).toBe(422)
  expect(await asked(witness.url, 0, [], first.checkpoint.note)).toBe(200)
  expect(await asked(witness.url, 2, madeUp(0), first.checkpoint.note)).toBe(422)
  expect(kept('unproved')).toHaveLength(0)
  for (let at = 0; at < 5; at++)
    expect(await asked(witness.url, 2, madeUp(at), next.checkpoint.note)).toBe(422)
  expect([kept('unproved').length, kept('split').length]).toEqual([1, 0])
  // Two trees of one size, both signed, are what they are, whatever else was sent in the same second.
  expect(await asked(witness.url, 2, [], fork.checkpoint.note)).toBe(409)
  const [split] = kept('split')
  expect(readFileSync(join(folder, 'evidence', split), 'utf8')).toContain(fork.checkpoint.note)
  await witness.close()
})

test('what a witness saw of a log counts whichever of its keys is named first; no key is given for two logs', async () => {
  const folder = join(root, 'witness-5')
  const later = noteSigner(origin, generateKeyPairSync('ed25519').privateKey)
  const keys = [signer.verifierKey, later.verifierKey]
  const seen = await sealed('seal-7', ['a', 'b'], later)
  const other = await sealed('seal-8', ['x'], later)
  const first = await opened(folder, { logs: [watchedLog(keys)] })
  expect(await asked(first.url, 0, [], seen.checkpoint.note)).toBe(200)
  await first.close()
  for (const order of [keys, keys.toReversed()]) {
    const witness = await opened(folder, { logs: [watchedLog(order)] })
    expect(await asked(witness.url, 0, [], other.checkpoint.note)).toBe(409)
    await witness.close()
  }
  for (const twice of [
    [keys, keys.slice(1)],
    [keys.slice(1), keys.slice(1)],
  ])
    await expect(opened(folder, { logs: twice.map(watchedLog) })).rejects.toMatchObject({
      fault: { code: 'witness.one-key' },
    })
})

test('a witness whose clock tells no time keeps nothing, and answers once it does', async () => {
  const { checkpoint } = await sealed('seal-9')
  let seconds = 0
  const witness = await opened(join(root, 'witness-6'), { nowSeconds: () => seconds })
  for (seconds of [-1, 0, Number.NaN, 0.5, 1e15]) {
    expect(await asked(witness.url, 0, [], checkpoint.note), String(seconds)).toBe(503)
    expect((await fetch(`${witness.url}/checkpoints`)).status).toBe(503)
  }
  seconds = 1
  expect(await asked(witness.url, 0, [], checkpoint.note)).toBe(200)
  await witness.close()
})

test('what a machine elsewhere says is printed as it is written', () => {
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  warn(`it says \u001b[2J\u001b[H${'x'.repeat(60_000)}\nWarning: all is well`)
  const [[text]] = written.mock.calls
  written.mockRestore()
  expect(text).toMatch(/^Warning: it says \\u\{1b\}\[2J\\u\{1b\}\[Hx+ \.\.\.\n$/)
})
