/** The programs in a pack that check it without Asof, each with the digest of the schemas that it reads data by. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const NAMES = ['verify.py', 'verify.html']

export const verifiers = (schemas: string): readonly [name: string, text: string][] =>
  NAMES.filter((name) => existsSync(pathOf(name))).map((name) => [
    name,
    readFileSync(pathOf(name), 'utf8').replace('@SCHEMAS@', schemas),
  ])

const pathOf = (name: string): string => fileURLToPath(new URL(`./pack/${name}`, import.meta.url))
