/** Trials that somebody attests, in the ledger of trials: each counts from its start, whatever becomes of it. */
import type { Position } from '../../schemas/envelope.ts'
import type { DataOf } from '../../schemas/event.ts'
import type { InputsLogged } from '../../schemas/events/tracking.ts'
import type { Ledger } from './ledger.ts'

type Attested = Readonly<{ run: string; family: string; author: string; started: Position }>

/**
 * Until it says on which training set of the platform it was trained, it may have looked at anything.
 * @returns the name that the trial has from now on
 */
export function noteAttested(ledger: Ledger, { run, ...attested }: Attested): string {
  const name = ledger.entries[run] === undefined ? run : `${run}@${attested.started}`
  ledger.entries[name] = { ...attested, trainingSet: '', trainingSetHash: '', scope: null, artifact: null }
  return name
}

/** A data set whose digest is that of a frozen training set is that training set. */
export function noteAttestedInputs(ledger: Ledger, { run, datasets }: DataOf<typeof InputsLogged>): void {
  const entry = ledger.entries[run]
  if (entry === undefined || entry.trainingSet !== '') return
  for (const { digest } of datasets) {
    const trainingSet = Object.hasOwn(ledger.frozen, digest) ? ledger.frozen[digest] : undefined
    if (trainingSet === undefined) continue
    Object.assign(entry, { trainingSet, trainingSetHash: digest, scope: ledger.sets[trainingSet] ?? null })
    return
  }
}
