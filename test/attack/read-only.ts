/** Reads a folder as whoever may not write it, as a program of its own: what it finds, on one line. */
import { datasets } from '../../projections/data/datasets.ts'
import { foldTo } from '../../projections/runner.ts'
import { openArchive } from '../../serving/archive.ts'
import { namedFault } from '../../serving/named.ts'
import { openPlatform } from '../../serving/platform.ts'
import { verifyFolder } from '../../serving/sealing.ts'

const [, , path = ''] = process.argv
const { damages, events } = await verifyFolder(path, {})
const archive = openArchive(path)
const { state } = await foldTo(archive.log, archive.states, datasets, {
  confirmed: await archive.confirmed(),
})
await archive.close()
const write = await openPlatform({ path }).then(
  () => 'it was opened',
  (error: unknown) => namedFault(error)?.code ?? String(error),
)
const found = { damages: damages.length, events, datasets: Object.keys(state.datasets), write }
process.stdout.write(`${JSON.stringify(found)}\n`)
