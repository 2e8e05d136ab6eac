/** A feature set: defined once per version; another meaning is another version. */
import { type FeatureSetSpec, SetDefined } from '../../schemas/events/feature.ts'
import type { Decider } from '../decider.ts'
import { accept, alreadySo, reject } from '../rejections.ts'

/** `datasets` are those declared when the command was made. */
export type DefineFeatureSet = Readonly<{ kind: 'define'; spec: FeatureSetSpec; datasets: readonly string[] }>

/** The hash of each version. */
type State = Readonly<{ hashes: readonly string[] }>

export const featureSet: Decider<DefineFeatureSet, State> = {
  initial: () => ({ hashes: [] }),

  evolve: (state, event) => (SetDefined.is(event) ? { hashes: [...state.hashes, event.data.hash] } : state),

  decide({ spec, datasets }, { hashes }, { now }) {
    const { set, version } = spec
    const latest = hashes.length
    if (hashes[version - 1] === spec.hash) return alreadySo
    if (version <= latest) return reject('feature.redefined', { set, version, next: latest + 1 })
    if (version > latest + 1) return reject('feature.version-gap', { set, version, latest, next: latest + 1 })
    if (!datasets.includes(spec.dataset)) return reject('data.unknown-dataset', { dataset: spec.dataset })
    return accept(SetDefined.draft(spec, { eventTime: now, knownAt: now }))
  },
}
