/** What code runs on, as one digest: runtime, platform and the exact packages. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { digestOf, sha256 } from '../schemas/kernel/canonical.ts'

type Environment = Readonly<{ node: string; v8: string; platform: string; packages: string }>

/** @param root the folder with package-lock.json */
export function environmentAt(root: string): Environment {
  const { node, v8 } = process.versions
  return {
    node,
    v8,
    platform: `${process.platform}-${process.arch}`,
    packages: sha256(readFileSync(join(root, 'package-lock.json'))),
  }
}

export const environmentDigest = (environment: Environment): string => digestOf(environment)
