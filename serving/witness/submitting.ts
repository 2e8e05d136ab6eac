/** Has witnesses cosign the log while a server runs, and says where one of them saw another history. */
import type { Platform } from '../platform.ts'
import { seal } from '../sealing.ts'
import { type Submitted, submit, type WitnessAddress, witnessedSize } from './submit.ts'

export type WitnessStatus = Readonly<{ key: string; size: number; last: Submitted | null }>

export type Submitting = Readonly<{ status: () => readonly WitnessStatus[]; close: () => Promise<void> }>

type Options = Readonly<{
  witnesses: readonly WitnessAddress[]
  everyMillis: number
  onTrouble: (text: string) => void
}>

/** Submits at once, and then as often as told what has been appended since. */
export function submitToWitnesses(
  platform: Pick<Platform, 'log' | 'folder'>,
  { witnesses, everyMillis, onTrouble }: Options,
): Submitting {
  const folder = platform.folder.seal
  const last = new Map<string, Submitted>()
  let working: Promise<void> = Promise.resolve()
  let isClosed = false
  const one = async (witness: WitnessAddress): Promise<void> => {
    const checkpoint = await seal(platform)
    const before = last.get(witness.key)
    if (before?.kind === 'cosigned' && before.size === checkpoint.size) return
    const said = await submit(witness, checkpoint, folder)
    last.set(witness.key, said)
    // Once for each turn of things: somebody reads it, and the metrics have the rest.
    if (said.kind !== 'cosigned' && before?.kind !== said.kind)
      onTrouble(trouble(witness, said.kind, said.why))
  }
  const submitAll = async (): Promise<void> => {
    for (const witness of witnesses) if (!isClosed) await one(witness)
  }
  const tick = (): void => {
    working = working
      .then(submitAll)
      .catch((error) => onTrouble(`Nothing was submitted to witnesses: ${String(error)}`))
  }
  tick()
  const timer = setInterval(tick, everyMillis)
  return {
    status: () =>
      witnesses.map(({ key }) => ({ key, size: witnessedSize(folder, key), last: last.get(key) ?? null })),
    async close() {
      clearInterval(timer)
      isClosed = true
      await working
    },
  }
}

const REMEDY = {
  away: 'The log goes on; it is asked again.',
  stranger: "Give it the log's public key, seal/log.vkey.",
  contradicts: 'Stop, and compare: asof verify --checkpoint with what the witness gives at /checkpoints.',
} as const

const trouble = ({ url }: WitnessAddress, kind: keyof typeof REMEDY, why: string): string =>
  `The witness at ${url} did not cosign the log: ${why}. ${REMEDY[kind]}`
