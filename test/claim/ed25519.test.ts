/** The Ed25519 of verify.py, held to RFC 8032, section 7.1, and to what must not hold. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { hasPython } from '../support/claim-pack.ts'

const PACK = fileURLToPath(new URL('../../serving/claims/pack/', import.meta.url))
const L = 2n ** 252n + 27742317777372353535851937790883648493n

/** TEST 1 and TEST 2. */
const VECTORS = [
  {
    key: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    key: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
]

const holds = (signed: readonly (typeof VECTORS)[number][]): unknown => {
  const code = `
import json, sys
sys.path.insert(0, ${JSON.stringify(PACK)})
import verify
h = bytes.fromhex
print(json.dumps([verify.is_signed(h(one["key"]), h(one["message"]), h(one["signature"])) for one in json.load(sys.stdin)]))`
  const { stdout, stderr } = spawnSync('python3', ['-B', '-c', code], {
    input: JSON.stringify(signed),
    encoding: 'utf8',
  })
  return stdout === '' ? stderr : JSON.parse(stdout)
}

/** The same signature with S + L in the place of S, which RFC 8032 refuses. */
function malleable(signature: string): string {
  const s = Buffer.from(signature.slice(64), 'hex').reverse().toString('hex')
  const more = (BigInt(`0x${s}`) + L).toString(16).padStart(64, '0')
  return signature.slice(0, 64) + Buffer.from(more, 'hex').reverse().toString('hex')
}

test.skipIf(!hasPython)('signatures of the standard hold, and nothing near them does', () => {
  const [, second] = VECTORS
  const changed = [
    { ...second, message: '73' },
    { ...second, key: VECTORS[0].key },
    { ...second, signature: second.signature.replace(/^92/, '93') },
    { ...second, signature: malleable(second.signature) },
    // Anybody can sign for the neutral point, a key of small order.
    { key: `01${'00'.repeat(31)}`, message: '72', signature: `01${'00'.repeat(63)}` },
  ]
  expect(holds([...VECTORS, ...changed])).toEqual([true, true, false, false, false, false, false])
})
