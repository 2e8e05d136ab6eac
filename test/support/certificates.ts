/** Certificates for tests: X.509 (RFC 5280) with Ed25519 keys (RFC 8410), written byte by byte, since Node reads and makes none. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts)
  const size = body.length
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}
const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts)
const hex = (text: string) => Buffer.from(text, 'hex')
const oid = (text: string) => der(0x06, hex(text))
const bits = (bytes: Uint8Array) => der(0x03, Buffer.from([0]), bytes)
const time = (at: Date) => der(0x18, Buffer.from(`${at.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`))

const ED25519 = sequence(oid('2b6570'))
const nameOf = (...names: readonly string[]) =>
  sequence(...names.map((name) => der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(name))))))

const BASIC_CONSTRAINTS = '551d13'
const ALTERNATIVE_NAME = '551d11'
const extension = (id: string, value: Uint8Array) => sequence(oid(id), der(0x04, value))

export type Certified = Readonly<{
  cert: string
  key: string
  name: readonly string[]
  privateKey: KeyObject
}>

type Certifying = Readonly<{
  /** Common names; more than one is a trick. */
  names: readonly string[]
  /** Null signs itself, as an authority does. */
  by: Certified | null
  from?: Date
  to?: Date
}>

/** A certificate and its key, in PEM; one that an authority signed is also for 127.0.0.1. */
export function certificate({ names, by, from, to }: Certifying): Certified {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const day = 86_400_000
  const [begins, ends] = [from ?? new Date(Date.now() - day), to ?? new Date(Date.now() + day)]
  const extensions =
    by === null
      ? extension(BASIC_CONSTRAINTS, sequence(der(0x01, Buffer.from([255]))))
      : extension(ALTERNATIVE_NAME, sequence(der(0x87, Buffer.from([127, 0, 0, 1]))))
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1, Math.floor(Math.random() * 256), Math.floor(Math.random() * 256)])),
    ED25519,
    nameOf(...(by?.name ?? names)),
    sequence(time(begins), time(ends)),
    nameOf(...names),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(extensions)),
  )
  const signed = sequence(body, ED25519, bits(sign(null, body, by?.privateKey ?? privateKey)))
  const lines = signed.toString('base64').match(/.{1,64}/g) ?? []
  return {
    cert: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    ...{ name: names, privateKey },
  }
}
