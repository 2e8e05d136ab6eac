/** Reads an access policy, and who signed it: a YAML file, and the Cedar beside it that it names. */
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { policySignature } from '../../schemas/events/approval.ts'
import { readSpec, writtenText } from '../spec-file.ts'
import type { SignedAccessPolicy } from './acts.ts'

const written = z.strictObject({
  version: z.int().positive(),
  note: z.string(),
  /** The file with the rules. */
  cedar: z.string().min(1),
  signatures: z.array(policySignature).nullable().default([]),
})

/** @throws Refusal `spec.unreadable`, `spec.malformed` */
export async function readAccessPolicy(path: string): Promise<SignedAccessPolicy> {
  const { version, note, cedar, signatures } = await readSpec(path, written)
  const text = writtenText(resolve(dirname(path), cedar))
  return { policy: { version, note: note.trim(), cedar: text }, signatures: signatures ?? [] }
}
