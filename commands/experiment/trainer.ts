/** A trainer: admitted once under its name, from one commit, to run in one environment, until it is retired. */

import type { ChunkRef } from '../../schemas/envelope.ts'
import { isBuiltIn } from '../../schemas/events/experiment.ts'
import { TrainerAdmitted, TrainerRetired, type TrainerSpec } from '../../schemas/events/trainer.ts'
import { digestOf } from '../../schemas/kernel/canonical.ts'
import type { Decider } from '../decider.ts'
import { accept, alreadySo, reject } from '../rejections.ts'

/** `code` is the chunk that holds the commit's files. */
type AdmitTrainer = Readonly<{ kind: 'admit'; spec: TrainerSpec; code: ChunkRef }>

type RetireTrainer = Readonly<{ kind: 'retire'; trainer: string; reason: string }>

type State = Readonly<{ specDigest: string | null; isRetired: boolean }>

export const trainerStream = (trainer: string): string => `trainer-${trainer}`

export const trainer: Decider<AdmitTrainer | RetireTrainer, State> = {
  initial: () => ({ specDigest: null, isRetired: false }),

  evolve(state, event) {
    if (TrainerAdmitted.is(event)) return { ...state, specDigest: digestOf(event.data) }
    return TrainerRetired.is(event) ? { ...state, isRetired: true } : state
  },

  decide(command, state, { now, actor }) {
    const times = { eventTime: now, knownAt: now }
    if (command.kind === 'retire') {
      const { trainer: named, reason } = command
      if (state.specDigest === null) return reject('experiment.unknown-trainer', { trainer: named })
      if (state.isRetired) return alreadySo
      return accept(TrainerRetired.draft({ trainer: named, reason, author: actor }, times))
    }
    const { spec, code } = command
    if (isBuiltIn(spec)) return reject('experiment.trainer-built-in', { trainer: spec.trainer })
    if (state.specDigest === digestOf(spec)) return alreadySo
    if (state.specDigest !== null) return reject('experiment.trainer-exists', { trainer: spec.trainer })
    return accept(TrainerAdmitted.draft(spec, times, [code]))
  },
}
