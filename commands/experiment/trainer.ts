/** A trainer: admitted once under its name, from one commit, to run in one environment. */

import type { ChunkRef } from '../../schemas/envelope.ts'
import { isBuiltIn } from '../../schemas/events/experiment.ts'
import { TrainerAdmitted, type TrainerSpec } from '../../schemas/events/trainer.ts'
import { digestOf } from '../../schemas/kernel/canonical.ts'
import type { Decider } from '../decider.ts'
import { accept, alreadySo, reject } from '../rejections.ts'

/** `code` is the chunk that holds the commit's files. */
type AdmitTrainer = Readonly<{ kind: 'admit'; spec: TrainerSpec; code: ChunkRef }>

type State = Readonly<{ specDigest: string | null }>

export const trainerStream = (trainer: string): string => `trainer-${trainer}`

export const trainer: Decider<AdmitTrainer, State> = {
  initial: () => ({ specDigest: null }),

  evolve: (state, event) => (TrainerAdmitted.is(event) ? { specDigest: digestOf(event.data) } : state),

  decide({ spec, code }, state, { now }) {
    if (isBuiltIn(spec)) return reject('experiment.trainer-built-in', { trainer: spec.trainer })
    if (state.specDigest === digestOf(spec)) return alreadySo
    if (state.specDigest !== null) return reject('experiment.trainer-exists', { trainer: spec.trainer })
    return accept(TrainerAdmitted.draft(spec, { eventTime: now, knownAt: now }, [code]))
  },
}
