/** A witness cosigns a log that only grows, and no other; what a log does against that is named. */
import { generateKeyPairSync, verify } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openWitness, type Witness } from '../../serving/http/witness.ts'
import { watchedLog } from '../../serving/witness/store.ts'
import { submit } from '../../serving/witness/submit.ts'
import type { SignedCheckpoint } from '../../streams/log/seal/checkpoint.ts'
import { noteSigner, openNote, readNote } from '../../streams/log/seal/note.ts'
import { consistencyProof } from '../../streams/log/seal/proof.ts'
import { Sealer } from '../../streams/log/seal/sealer.ts'
import { nodesOf } from '../../streams/log/seal/tiles.ts'
import { leafHashOf } from '../../streams/log/seal/tree.ts'
import { cosignatureVerifier, cosignedAt, cosigner } from '../../streams/log/witness/cosignature.ts'
import { witnessedFolder } from '../../streams/log/witness/kept.ts'
import { readRequest, writeRequest } from '../../streams/log/witness/request.ts'

const root = mkdtempSync(join(tmpdir(), 'asof-witness-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const NOW = 1_679_315_147
const signer = noteSigner('fund.example/log', generateKeyPairSync('ed25519').privateKey)
const leaves = (from: number, to: number, history = 'a') =>
  Array.from({ length: to - from }, (_, i) => leafHashOf(Buffer.from(`${history}${from + i}`)))

let made = 0
/** A log's seal with checkpoints of these sizes, its history another one from an event on. */
async function sealOf(sizes: readonly number[], forkAt = Number.POSITIVE_INFINITY) {
  const folder = join(root, `seal-${made++}`)
  const sealer = await Sealer.open({ folder, origin: 'fund.example/log', signer, began: crypto.randomUUID() })
  const signed: SignedCheckpoint[] = []
  for (const size of sizes) {
    const from = sealer.size
    sealer.extend(leaves(from, Math.min(size, Math.max(from, forkAt))))
    sealer.extend(leaves(sealer.size, size, 'b'))
    signed.push(await sealer.checkpoint())
  }
  return { folder, signed }
}

async function witnessed(use: (witness: Witness, folder: string) => Promise<void>): Promise<void> {
  const folder = join(root, `witness-${made++}`)
  const witness = await opened(folder)
  await use(witness, folder).finally(() => witness.close())
}

const opened = (folder: string): Promise<Witness> =>
  openWitness({
    ...{ folder, name: 'witness.example/w1', logs: [watchedLog([signer.verifierKey])] },
    ...{ host: '127.0.0.1', port: 0, nowSeconds: () => NOW },
  })

const post = async (url: string, body: string) => {
  const reply = await fetch(`${url}/add-checkpoint`, { method: 'POST', body })
  return { status: reply.status, type: reply.headers.get('content-type') ?? '', text: await reply.text() }
}

describe('a cosignature', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const body = 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n'
  const w1 = cosigner('witness.example.com/w1', privateKey)

  test('is laid out as in the example of c2sp.org/tlog-cosignature, and signs its message', () => {
    // The example's own signature: eight bytes of time behind the key's four, then 64 of Ed25519.
    const example = `${body}\n— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n`
    const [theirs] = readNote(example).signatures
    expect([theirs.bytes.readBigUInt64BE(0), theirs.bytes.length]).toEqual([1_679_315_147n, 72])
    const [ours] = readNote(`${body}\n${w1.cosign(body, NOW)}`).signatures
    expect([ours.bytes.readBigUInt64BE(0), ours.bytes.length]).toEqual([1_679_315_147n, 72])
    const message = `cosignature/v1\ntime 1679315147\n${body}`
    expect(verify(null, Buffer.from(message), publicKey, ours.bytes.subarray(8))).toBe(true)
  })

  test('counts for its time, body and key alone, and no changed bit of it does', () => {
    const note = `${body}\n${w1.cosign(body, NOW)}`
    const verifier = cosignatureVerifier(w1.verifierKey)
    expect(cosignedAt(note, verifier)).toBe(NOW)
    expect(openNote(note, [verifier])).toBe(body)
    const bytes = Buffer.from(note)
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const copy = Buffer.from(bytes)
      copy[bit >> 3] ^= 1 << (bit & 7)
      expect(() => openNote(copy.toString('utf8'), [verifier])).toThrow()
    }
    const other = cosignatureVerifier(
      cosigner(w1.name, generateKeyPairSync('ed25519').privateKey).verifierKey,
    )
    expect(cosignedAt(note, other)).toBeNull()
    // A key that signs notes is no witness's.
    expect(() => cosignatureVerifier(noteSigner('witness.example.com/w1', privateKey).verifierKey)).toThrow()
  })
})

test('a request is read as it was written, and no other text is one', () => {
  const hashes = fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 63 })
  fc.assert(
    fc.property(fc.nat(2 ** 31), hashes, (old, proof) => {
      const request = {
        old,
        proof: proof.map((hash) => Buffer.from(hash)),
        note: 'a note\n\n— of somebody\n',
      }
      expect(readRequest(writeRequest(request))).toEqual(request)
    }),
  )
  const hash = `${Buffer.alloc(32).toString('base64')}\n`
  const wrong = [
    '',
    'old 1\n',
    'old 01\n\n',
    'old -1\n\n',
    'new 1\n\n',
    'old 1\nAAAA\n\n',
    'old 1 \n\n',
    `old 1\n${hash.repeat(64)}\n`,
  ]
  for (const text of wrong) expect(() => readRequest(text), JSON.stringify(text)).toThrow()
})

describe('a log that only grows', () => {
  test('is cosigned at any of its sizes, by the proofs of its tiles, also after the witness was started again', async () => {
    const sizes = [0, 1, 2, 3, 255, 256, 257, 600, 66_000]
    const { folder, signed } = await sealOf(sizes)
    const at = join(root, 'witness-of-growth')
    for (const checkpoint of signed) {
      const witness = await opened(at)
      const { url, verifierKey: key } = witness
      expect(await submit({ url, key }, checkpoint, folder)).toEqual({
        kind: 'cosigned',
        size: checkpoint.size,
      })
      await witness.close()
      const [file] = readdirSync(witnessedFolder(folder))
      expect(file).toMatch(/^[0-9a-f]{8}\.checkpoint$/)
    }
  })

  test('whose own record of the witness is lost asks from where the witness stands', async () => {
    const { folder, signed } = await sealOf([10, 300])
    await witnessed(async ({ url, verifierKey: key }) => {
      await submit({ url, key }, signed[0], folder)
      rmSync(witnessedFolder(folder), { recursive: true })
      expect(await submit({ url, key }, signed[1], folder)).toEqual({ kind: 'cosigned', size: 300 })
    })
  })
})

describe('what a log cannot do', () => {
  test('roll back: the witness saw more', async () => {
    const { folder, signed } = await sealOf([10, 20])
    const shorter = await sealOf([10])
    await witnessed(async ({ url, verifierKey: key }) => {
      await submit({ url, key }, signed[1], folder)
      const said = await submit({ url, key }, shorter.signed[0], shorter.folder)
      expect(said).toMatchObject({
        kind: 'contradicts',
        why: expect.stringContaining('it cosigned 20 events'),
      })
    })
  })

  test('show another history, of the same size or a greater one; and the request is kept as evidence', async () => {
    const { folder, signed } = await sealOf([10])
    const forks = [await sealOf([10], 7), await sealOf([10, 25], 7)]
    await witnessed(async ({ url, verifierKey: key }, at) => {
      await submit({ url, key }, signed[0], folder)
      for (const fork of forks) {
        const checkpoint = fork.signed.at(-1) as SignedCheckpoint
        expect(await submit({ url, key }, checkpoint, fork.folder)).toMatchObject({ kind: 'contradicts' })
      }
      expect(readdirSync(join(at, 'evidence'))).toHaveLength(2)
      // The log as it was goes on.
      const on = await sealOf([10, 30])
      expect(await submit({ url, key }, on.signed[1], on.folder)).toEqual({ kind: 'cosigned', size: 30 })
    })
  })

  test('have the same request answered twice at once and differently: each size is compared and kept in turn', async () => {
    const { folder, signed } = await sealOf([5, 9, 14, 33])
    await witnessed(async ({ url }) => {
      const bodies = signed.map(({ note }) => writeRequest({ old: 0, proof: [], note }))
      const answers = await Promise.all([...bodies, ...bodies].map((body) => post(url, body)))
      const cosigned = answers.flatMap(({ status }, i) => (status === 200 ? [signed[i % 4].size] : []))
      // The first to come is cosigned; from then on 0 is the size of nothing.
      expect(cosigned).toHaveLength(1)
      const rest = answers.filter(({ status }) => status !== 200)
      for (const { status, type, text } of rest)
        expect([status, type, text]).toEqual([409, 'text/x.tlog.size', `${cosigned[0]}\n`])
    })
    expect(folder).not.toBe('')
  })

  test('be taken for another: unknown origins, foreign keys, proofs that prove nothing, and what is no request', async () => {
    const { folder, signed } = await sealOf([8, 20])
    const stranger = noteSigner('other.example/log', generateKeyPairSync('ed25519').privateKey)
    const impostor = noteSigner('fund.example/log', generateKeyPairSync('ed25519').privateKey)
    const [text] = signed[0].note.split('\n\n')
    const by = (name: string, of: typeof signer) => {
      const body = `${text.replace('fund.example/log', name)}\n`
      return `${body}\n${of.sign(body)}`
    }
    await witnessed(async ({ url }) => {
      const first = (note: string) => post(url, writeRequest({ old: 0, proof: [], note }))
      expect((await first(by('other.example/log', stranger))).status).toBe(404)
      expect((await first(by('fund.example/log', impostor))).status).toBe(403)
      expect((await first('no note')).status).toBe(400)
      expect((await post(url, 'old 9\n')).status).toBe(400)
      expect((await post(url, writeRequest({ old: 9, proof: [], note: signed[0].note }))).status).toBe(400)
      expect((await first(signed[0].note)).status).toBe(200)
      const { note } = signed[1]
      const proof = await consistencyProof(8, 20, nodesOf(folder, 20))
      const bad = [
        [],
        proof.slice(1),
        [...proof, proof[0]],
        proof.toReversed(),
        proof.map(() => Buffer.alloc(32)),
      ]
      for (const one of bad)
        expect((await post(url, writeRequest({ old: 8, proof: one, note }))).status).toBe(422)
      expect((await post(url, writeRequest({ old: 8, proof, note }))).status).toBe(200)
      expect((await post(url, 'x'.repeat(70_000))).status).toBe(413)
    })
  })

  test('have a witness begin anew: a record that no key of the log signed ends its start', async () => {
    const { folder, signed } = await sealOf([8])
    const at = join(root, 'witness-tampered')
    const witness = await opened(at)
    await submit({ url: witness.url, key: witness.verifierKey }, signed[0], folder)
    await witness.close()
    const [file] = readdirSync(join(at, 'logs'))
    writeFileSync(join(at, 'logs', file), signed[0].note.replace('\n8\n', '\n7\n'))
    await expect(opened(at)).rejects.toMatchObject({ fault: { code: 'witness.record' } })
  })
})

describe('a witness that cannot be relied on', () => {
  let url = ''
  let answer: { status: number; body: string } = { status: 200, body: '' }
  let close: () => void = () => undefined
  beforeAll(async () => {
    const { createServer } = await import('node:http')
    const server = createServer((_, reply) => reply.writeHead(answer.status).end(answer.body))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    url = typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : ''
    close = () => server.close()
  })
  afterAll(() => close())

  test('is never believed, and never waited for for long', async () => {
    const { folder, signed } = await sealOf([8])
    const key = cosigner('witness.example/w1', generateKeyPairSync('ed25519').privateKey).verifierKey
    const forger = cosigner('witness.example/w1', generateKeyPairSync('ed25519').privateKey)
    const [body] = signed[0].note.split('\n\n')
    const answers = [
      { status: 200, body: '' },
      { status: 200, body: forger.cosign(`${body}\n`, NOW) },
      { status: 200, body: 'x'.repeat(100_000) },
      { status: 409, body: 'many\n' },
      { status: 409, body: '3\n' },
      { status: 500, body: '' },
    ]
    for (answer of answers)
      expect((await submit({ url, key }, signed[0], folder)).kind, answer.body.slice(0, 20)).toBe('away')
    answer = { status: 409, body: '999\n' }
    expect((await submit({ url, key }, signed[0], folder)).kind).toBe('contradicts')
    expect((await submit({ url: 'http://127.0.0.1:9', key }, signed[0], folder)).kind).toBe('away')
  })
})
