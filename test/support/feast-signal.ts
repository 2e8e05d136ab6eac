/** Rows that a client of Feast writes, and a set that is computed from them: both have the name of its view. */
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { defineSet } from '../../streams/features/definition.ts'
import { longDataset } from './sessions.ts'

export const SIGNAL = longDataset('signal', [
  { name: 'ret', unit: 'ratio' },
  { name: 'n', unit: 'count' },
])

export const SIGNAL_SET = defineSet(
  {
    set: 'signal',
    version: 1,
    entity: 'instrument',
    dataset: 'signal',
    features: [
      { name: 'ret', formula: 'ret', unit: 'ratio' },
      { name: 'n', formula: 'n', unit: 'count' },
    ],
    stalenessMicros: 30 * MICROS_PER_DAY,
    lagMicros: 0,
    maxGapSessions: 0,
  },
  ['ret', 'n'],
)
