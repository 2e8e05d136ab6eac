/** Files of models are signed as OpenSSF Model Signing v1.0 has it, by a key that the log's key endorses. */
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { preAuthEncoding } from '../../schemas/kernel/signature.ts'
import { artifactKey, endorsement, isEndorsed } from '../../serving/artifacts/key.ts'
import { bundleOver, isSignedModel, rootDigest, statementIn } from '../../serving/artifacts/model-signing.ts'
import { noteSigner } from '../../streams/log/seal/note.ts'
import { VECTORS } from '../support/vectors.ts'

const vectors = JSON.parse(readFileSync(new URL('model-signing.json', VECTORS), 'utf8')) as Record<
  'valid' | 'invalid' | 'invalid-payload',
  Record<string, string>
>
const root = mkdtempSync(join(tmpdir(), 'asof-artifacts-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe("the specification's own vectors", () => {
  test.each(Object.entries(vectors.valid))('%s is sound', (_, bundle) => {
    const found = statementIn(bundle)
    expect(found?.statement.predicate.resources.length).toBeGreaterThan(0)
  })

  test.each(Object.entries({ ...vectors.invalid, ...vectors['invalid-payload'] }))(
    '%s is not',
    (_, bundle) => {
      expect(statementIn(bundle)).toBeNull()
    },
  )

  test('the root digest is over the raw digests, in their order', () => {
    const { statement } = statementIn(vectors.valid.key) ?? expect.fail('it is not sound')
    const { resources } = statement.predicate
    expect(rootDigest(resources)).toBe(statement.subject[0].digest.sha256)
    expect(rootDigest([...resources].reverse())).not.toBe(statement.subject[0].digest.sha256)
  })
})

// https://github.com/secure-systems-lab/dsse/blob/0110cc2e/protocol.md, "Test Vectors" (ECDSA on P-256, SHA-256, r and s as they are).
test("DSSE's own vector holds over the encoding that is signed here", () => {
  const coordinate = (decimal: string) =>
    Buffer.from(BigInt(decimal).toString(16).padStart(64, '0'), 'hex').toString('base64url')
  const x = coordinate('46950820868899156662930047687818585632848591499744589407958293238635476079160')
  const y = coordinate('5640078356564379163099075877009565129882514886557779369047442380624545832820')
  const key = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
  const sig = 'A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=='
  const holds = (body: string) =>
    verify(
      'sha256',
      preAuthEncoding('http://example.com/HelloWorld', body),
      { key, dsaEncoding: 'ieee-p1363' },
      Buffer.from(sig, 'base64'),
    )
  expect([holds('hello world'), holds('hello worlds')]).toEqual([true, false])
})

describe('what is signed here', () => {
  const key = artifactKey(root)
  const files = new Map<string, Uint8Array>([
    ['model.onnx', Buffer.from('a model')],
    ['artifact-key.pem', Buffer.from('a key')],
  ])
  const bundle = bundleOver('small', files, key)
  const publicKey = createPublicKey(key)

  test('holds for these files, all of them and no others, and for this key alone', () => {
    expect(isSignedModel(bundle, files, publicKey)).toBe(true)
    const changed = new Map(files).set('model.onnx', Buffer.from('a modem'))
    const more = new Map(files).set('x', Buffer.from(''))
    const fewer = new Map([...files].slice(1))
    for (const one of [changed, more, fewer]) expect(isSignedModel(bundle, one, publicKey)).toBe(false)
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey
    expect(isSignedModel(bundle, files, other)).toBe(false)
    const { statement } = statementIn(bundle) ?? expect.fail('it is not sound')
    expect(statement.predicate.resources.map(({ name }) => name)).toEqual(['artifact-key.pem', 'model.onnx'])
    expect(statement.predicate.resources[1].digest).toBe(sha256(Buffer.from('a model')))
  })

  test("the key stays the same, is its owner's alone, and no other curve passes for it", () => {
    expect(artifactKey(root).equals(key)).toBe(true)
    expect(statSync(join(root, 'artifacts.pem')).mode & 0o777).toBe(0o600)
    const other = mkdtempSync(join(root, 'other-'))
    const { privateKey } = generateKeyPairSync('ed25519')
    writeFileSync(join(other, 'artifacts.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
    expect(() => artifactKey(other)).toThrow(/artifacts\.pem/)
  })

  test("the log's key endorses it for one log", () => {
    const signer = noteSigner('asof.local/log', generateKeyPairSync('ed25519').privateKey)
    const log = 'ab'.repeat(32)
    const note = endorsement(log, key, signer)
    const { verifierKey } = signer
    expect(isEndorsed(note, { log, publicKey, verifierKey })).toBe(true)
    expect(isEndorsed(note, { log: 'cd'.repeat(32), publicKey, verifierKey })).toBe(false)
    const stranger = noteSigner('asof.local/log', generateKeyPairSync('ed25519').privateKey)
    expect(() => isEndorsed(note, { log, publicKey, verifierKey: stranger.verifierKey })).toThrow()
  })
})
