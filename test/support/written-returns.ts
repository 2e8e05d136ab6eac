/** A ledger of one trial whose held-out returns lie in a chunk store. */
import type { RunSpec } from '../../schemas/events/experiment.ts'
import { openChunkMemory } from '../../streams/log/chunks/memory.ts'
import { putRows } from '../../streams/log/tables.ts'
import type { Trial, TrialLedger } from '../../streams/training/trials.ts'

export async function writtenReturns(spec: RunSpec, net: Float64Array) {
  const chunks = openChunkMemory()
  const times = Float64Array.from(net, (_, row) => 1 + row)
  const returns = await putRows(chunks, {
    length: net.length,
    entities: ['e'],
    entity: new Uint32Array(net.length),
    eventTime: times,
    knownAt: times,
    columns: [{ name: 'net', values: net }],
  })
  const own: Trial = {
    ...{ spec, status: 'finished', artifact: 'a', missing: [], started: 1, scores: null, returns },
    ...{ trainingSet: null, label: null, to: 1, formulas: [] },
  }
  const trials: TrialLedger = {
    trial: () => own,
    family: () => [{ ...own, run: spec.run, family: spec.family, relation: 'family', own }],
  }
  return { chunks, trials }
}
