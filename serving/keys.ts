/** Ed25519 keys of people and of the log, one PEM file each, readable by their owner alone. */
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { refuse } from '../schemas/kernel/fault.ts'

const pathOf = (folder: string, name: string): string => join(folder, `${name}.pem`)

/** A name that is a file of the key folder and of no other place. */
const FILE_NAME = /^[\p{L}\p{N}][\p{L}\p{N}\p{M} ._@-]*$/u

/** The private key of a name, made if there is none. PKCS#8 PEM. @throws Refusal `key.name`, `key.malformed` */
export function keyOf(folder: string, name: string): string {
  if (!FILE_NAME.test(name)) throw refuse('key.name', { name: JSON.stringify(name) })
  const path = pathOf(folder, name)
  // A full disk leaves an empty file behind: that is no key, and nobody has its public half.
  if (existsSync(path) && statSync(path).size > 0) return existingKey(path)
  const { privateKey } = generateKeyPairSync('ed25519')
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const draft = `${path}.${process.pid}.new`
  try {
    writeFileSync(draft, pem, { mode: 0o600, flag: 'wx' })
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
  return pem
}

/** @throws Refusal `key.missing`, `key.malformed` */
export function existingKey(path: string): string {
  if (!existsSync(path)) throw refuse('key.missing', { path })
  const pem = readFileSync(path, 'utf8')
  try {
    if (createPrivateKey(pem).asymmetricKeyType === 'ed25519') return pem
  } catch {
    // What cannot be read as a key is told as such.
  }
  throw refuse('key.malformed', { path })
}
