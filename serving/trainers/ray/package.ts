/** A job as Ray takes it: a zip with the program of the job, the sandbox, and what the trainer is given. The same job has the same bytes. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { strToU8, type Zippable, zipSync } from 'fflate'
import { sha256 } from '../../../schemas/kernel/canonical.ts'
import type { Job } from '../port.ts'

/** The first day that a zip can tell, in whatever zone this is. */
export const FIRST_DAY = new Date(1980, 0, 1)

const programs = (): Zippable => ({
  'job.py': readFileSync(join(import.meta.dirname, 'job.py')),
  'sandbox.sh': readFileSync(join(import.meta.dirname, '..', 'sandbox.sh')),
})

/** @returns the bytes, and a name that stands for them */
export function packageOf(job: Job): Readonly<{ name: string; bytes: Uint8Array }> {
  const { command, mounts, limits, environment, code, table, told } = job
  const bytes = zipSync(
    {
      ...programs(),
      'job.json': strToU8(JSON.stringify({ command, mounts, limits, environment })),
      'in/code.tar': code,
      'in/train.arrow': table,
      'in/run.json': strToU8(JSON.stringify(told)),
    },
    { level: 1, mtime: FIRST_DAY },
  )
  return { name: `asof-${sha256(bytes).slice(0, 40)}`, bytes }
}
