/**
 * OpenSSF Model Signing v1.0: a Sigstore bundle over the files of a model, by an ECDSA P-256 key (the specification knows no Ed25519).
 * https://github.com/ossf/model-signing-spec, spec/v1.0.md
 */
import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { z } from 'zod'
import { type Digest, sha256 } from '../../schemas/kernel/canonical.ts'
import { preAuthEncoding } from '../../schemas/kernel/signature.ts'

export const SIGNATURE_FILE = 'model.sig'
const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json'
const PAYLOAD_TYPE = 'application/vnd.in-toto+json'
const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1'
const PREDICATE_TYPE = 'https://model_signing/signature/v1.0'

type Resource = Readonly<{ name: string; algorithm: string; digest: string }>

/** SHA-256 over the digests of the resources, in their order: the one subject of the statement. */
export function rootDigest(resources: readonly Pick<Resource, 'digest'>[]): Digest {
  const hash = createHash('sha256')
  for (const { digest } of resources) hash.update(Buffer.from(digest, 'hex'))
  return hash.digest('hex')
}

/** @param files of the model by name, without the signature @returns what is signed, as JSON */
export function statementOver(model: string, files: ReadonlyMap<string, Uint8Array>): string {
  const resources = [...files]
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([name, bytes]) => ({ name, algorithm: 'sha256', digest: sha256(bytes) }))
  return JSON.stringify({
    _type: STATEMENT_TYPE,
    subject: [{ name: model, digest: { sha256: rootDigest(resources) } }],
    predicateType: PREDICATE_TYPE,
    predicate: {
      serialization: {
        ...{ method: 'files', hash_type: 'sha256', allow_symlinks: false },
        ignore_paths: [SIGNATURE_FILE],
      },
      resources,
    },
  })
}

/** What a verifier is told of the key: SHA-256 of its PEM. */
export const hintOf = (publicKey: KeyObject): string =>
  sha256(publicKey.export({ type: 'spki', format: 'pem' }).toString())

/** @param privateKey on P-256 */
export function bundleOver(
  model: string,
  files: ReadonlyMap<string, Uint8Array>,
  privateKey: KeyObject,
): string {
  const payload = statementOver(model, files)
  const sig = sign('sha256', preAuthEncoding(PAYLOAD_TYPE, payload), privateKey).toString('base64')
  const bundle = {
    mediaType: BUNDLE_TYPE,
    verificationMaterial: { publicKey: { hint: hintOf(createPublicKey(privateKey)) }, tlogEntries: [] },
    dsseEnvelope: {
      payload: Buffer.from(payload).toString('base64'),
      payloadType: PAYLOAD_TYPE,
      signatures: [{ sig, keyid: '' }],
    },
  }
  return `${JSON.stringify(bundle, null, 2)}\n`
}

const bundleShape = z.object({
  mediaType: z.literal(BUNDLE_TYPE),
  verificationMaterial: z.object({ tlogEntries: z.array(z.unknown()) }),
  dsseEnvelope: z.object({
    payload: z.string(),
    payloadType: z.literal(PAYLOAD_TYPE),
    signatures: z.tuple([z.object({ sig: z.string() })]),
  }),
})

const statementShape = z.object({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.tuple([z.object({ name: z.string(), digest: z.object({ sha256: z.string() }) })]),
  predicateType: z.literal(PREDICATE_TYPE),
  predicate: z.object({
    resources: z.array(z.object({ name: z.string(), algorithm: z.string(), digest: z.string() })),
  }),
})
type Statement = z.infer<typeof statementShape>

/** What a bundle says, whoever signed it; null for one that is not sound in itself. */
export function statementIn(
  bundle: string,
): Readonly<{ statement: Statement; payload: string; sig: Buffer }> | null {
  const envelope = bundleShape.safeParse(parsed(bundle)).data?.dsseEnvelope
  if (envelope === undefined) return null
  const payload = Buffer.from(envelope.payload, 'base64').toString()
  const statement = statementShape.safeParse(parsed(payload)).data
  if (statement === undefined) return null
  const [{ digest }] = statement.subject
  if (digest.sha256 !== rootDigest(statement.predicate.resources)) return null
  return { statement, payload, sig: Buffer.from(envelope.signatures[0].sig, 'base64') }
}

/** Whether a key signed these files, all of them and no others. */
export function isSignedModel(
  bundle: string,
  files: ReadonlyMap<string, Uint8Array>,
  publicKey: KeyObject,
): boolean {
  const found = statementIn(bundle)
  if (found === null || !verify('sha256', preAuthEncoding(PAYLOAD_TYPE, found.payload), publicKey, found.sig))
    return false
  const { resources } = found.statement.predicate
  return (
    resources.length === files.size &&
    resources.every(({ name, algorithm, digest }) => {
      const bytes = files.get(name)
      return algorithm === 'sha256' && bytes !== undefined && sha256(bytes) === digest
    })
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
