/** What lineage keeps of capital: what a model was given, what was cut, stepped down, halted and raised, and why. */
import { Allocated, Reduced, Released, Reviewed } from '../../schemas/events/capital.ts'
import { Halted, HaltSpread, UnhaltSigned } from '../../schemas/events/halt.ts'
import { LadderBreached, Raised, SteppedDown } from '../../schemas/events/ladder.ts'
import { kind } from './kind.ts'

const model = ({ data }: { data: { model: string } }): string => data.model

export const CAPITAL_KINDS = [
  kind(Allocated, { noun: 'capital allocation', name: model, facts: () => ({}) }),
  kind(Reduced, { noun: 'capital cut', name: model, columns: ({ data }) => ({ of: data.measurement }) }),
  kind(Released, {
    noun: 'capital given up',
    name: model,
    columns: ({ data }) => ({ of: data.retirement }),
  }),
  kind(Reviewed, {
    noun: 'capital review',
    name: model,
    columns: ({ data }) => ({ of: data.measurement }),
  }),
  kind(Halted, { noun: 'halt', name: model }),
  kind(UnhaltSigned, { noun: 'end of a halt', name: model, columns: ({ data }) => ({ of: data.halt }) }),
  kind(LadderBreached, {
    noun: 'ladder alarm',
    name: model,
    columns: ({ data }) => ({ of: data.outcome }),
  }),
  kind(SteppedDown, { noun: 'step down', name: model, columns: ({ data }) => ({ of: data.measurement }) }),
  kind(Raised, { noun: 'raise of capital', name: model }),
  kind(HaltSpread, { noun: 'spread of a halt', name: model, columns: ({ data }) => ({ of: data.halt }) }),
]
