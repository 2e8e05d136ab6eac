/** Ed25519 keys of people and of the log, one PEM file each, readable by their owner alone. */
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { refuse } from '../schemas/kernel/fault.ts'
import { draftOf } from '../streams/log/files.ts'
import { KEY_BYTES, NotAFile, readRegular } from '../streams/log/regular.ts'

const pathOf = (folder: string, name: string): string => join(folder, `${name}.pem`)

/** A name that is a file of the key folder and of no other place. */
const FILE_NAME = /^[\p{L}\p{N}][\p{L}\p{N}\p{M} ._@-]*$/u

/** The private key of a name, made if there is none. PKCS#8 PEM. @throws Refusal `key.name`, `key.malformed` */
export function keyOf(folder: string, name: string): string {
  if (!FILE_NAME.test(name)) throw refuse('key.name', { name: JSON.stringify(name) })
  const path = pathOf(folder, name)
  // A full disk leaves an empty file behind: that is no key, and nobody has its public half.
  const there = statSync(path, { throwIfNoEntry: false })
  if (there !== undefined && !(there.isFile() && there.size === 0)) return existingKey(path)
  const { privateKey } = generateKeyPairSync('ed25519')
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const draft = draftOf(path)
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
  const pem = pemAt(path)
  try {
    if (createPrivateKey(pem).asymmetricKeyType === 'ed25519') return pem
  } catch {
    // What cannot be read as a key is told as such.
  }
  throw refuse('key.malformed', { path })
}

function pemAt(path: string): string {
  try {
    return readRegular(path, KEY_BYTES).toString('utf8')
  } catch (error) {
    throw error instanceof NotAFile ? refuse('key.malformed', { path }) : error
  }
}
