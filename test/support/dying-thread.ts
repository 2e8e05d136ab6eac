/** A training thread that dies of the first run that it is given, and does the next: it knows by a file. */
import { existsSync, writeFileSync } from 'node:fs'
import { workerData } from 'node:worker_threads'

// Piscina hands on what its pool was given behind data of its own.
const [, marker] = workerData as [unknown, string]

export function train(): object {
  if (!existsSync(marker)) {
    writeFileSync(marker, '')
    process.exit(1)
  }
  return { trained: { artifact: 'made by the second' } }
}
