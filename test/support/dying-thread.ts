/** A training thread that dies of the first run that it is given, and does the next: it knows by a file. */
import { existsSync, writeFileSync } from 'node:fs'
import { workerData } from 'node:worker_threads'

const marker = workerData as string

export function train(): object {
  if (!existsSync(marker)) {
    writeFileSync(marker, '')
    process.exit(1)
  }
  return { trained: { artifact: 'made by the second' } }
}
