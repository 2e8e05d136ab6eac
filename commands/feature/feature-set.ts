/** A feature set: defined once per version; another meaning is another version. */
import { type FeatureSetSpec, SetDefined } from '../../schemas/events/feature.ts'
import { defineSet } from '../../streams/features/definition.ts'
import type { Decider } from '../decider.ts'
import { accept, alreadySo, attempt, reject } from '../rejections.ts'

/** The columns of each data set that was declared when the command was made. */
export type DatasetColumns = ReadonlyMap<string, readonly string[]>

type DefineFeatureSet = Readonly<{ kind: 'define'; spec: FeatureSetSpec; datasets: DatasetColumns }>

/** The hash of each version. */
type State = Readonly<{ hashes: readonly string[] }>

export const featureSet: Decider<DefineFeatureSet, State> = {
  initial: () => ({ hashes: [] }),

  evolve: (state, event) => (SetDefined.is(event) ? { hashes: [...state.hashes, event.data.hash] } : state),

  decide({ spec, datasets }, { hashes }, { now }) {
    const { set, version, hash, dataset } = spec
    const latest = hashes.length
    if (hashes[version - 1] === hash) return alreadySo
    if (version <= latest) return reject('feature.redefined', { set, version, next: latest + 1 })
    if (version > latest + 1) return reject('feature.version-gap', { set, version, latest, next: latest + 1 })
    const columns = datasets.get(dataset)
    if (columns === undefined) return reject('data.unknown-dataset', { dataset })
    // What is recorded is computed for ever, so what cannot be computed is not recorded.
    const defined = attempt(() => defineSet(spec, columns, datasets))
    if (!defined.ok) return defined
    if (defined.value.hash !== hash) {
      const computed = defined.value.hash
      return reject('feature.meaning-differs', { set, version, recorded: hash, computed })
    }
    return accept(SetDefined.draft(spec, { eventTime: now, knownAt: now }))
  },
}
