/** Witnesses and those who submit to them do each other no harm: what others add to a note is not kept. */
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openWitness } from '../../serving/http/witness.ts'
import { watchedLog } from '../../serving/witness/store.ts'
import { submit, witnessedSize } from '../../serving/witness/submit.ts'
import { noteSigner } from '../../streams/log/seal/note.ts'
import { Sealer } from '../../streams/log/seal/sealer.ts'
import { leafHashOf } from '../../streams/log/seal/tree.ts'
import { cosigner } from '../../streams/log/witness/cosignature.ts'
import { witnessedPath } from '../../streams/log/witness/kept.ts'

const root = mkdtempSync(join(tmpdir(), 'asof-witnesses-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const origin = 'fund.example/log'
const signer = noteSigner(origin, generateKeyPairSync('ed25519').privateKey)

async function sealed(name: string) {
  const folder = join(root, name)
  const sealer = await Sealer.open({ folder, origin, signer, began: crypto.randomUUID() })
  sealer.extend([leafHashOf(Buffer.from('a')), leafHashOf(Buffer.from('b'))])
  return { folder, checkpoint: await sealer.checkpoint() }
}

const opened = (folder: string) =>
  openWitness({
    ...{ folder, name: 'witness.example/w1', logs: [watchedLog([signer.verifierKey])] },
    ...{ host: '127.0.0.1', port: 0, nowSeconds: () => 1_679_315_147 },
  })

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
  await expect(opened(folder)).rejects.toMatchObject({ fault: { code: 'log.second-writer' } })
  await first.close()
  await (await opened(folder)).close()
})
