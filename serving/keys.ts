/** Ed25519 keys of people and of the log, one PEM file each, readable by their owner alone. */
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { refuse } from '../schemas/kernel/fault.ts'

const pathOf = (folder: string, name: string): string => join(folder, `${name}.pem`)

/** The private key of a name, made if there is none. PKCS#8 PEM. */
export function keyOf(folder: string, name: string): string {
  const path = pathOf(folder, name)
  if (existsSync(path)) return readFileSync(path, 'utf8')
  const { privateKey } = generateKeyPairSync('ed25519')
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  writeFileSync(path, pem, { mode: 0o600, flag: 'wx' })
  return pem
}

/** @throws Refusal `key.missing` */
export function existingKey(path: string): string {
  if (!existsSync(path)) throw refuse('key.missing', { path })
  return readFileSync(path, 'utf8')
}
