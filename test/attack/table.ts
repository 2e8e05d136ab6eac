/** `npm run attack`: what an outsider catches who kept one checkpoint, and what becomes of 400 flipped bits. */
import { printTable } from '../bench/report.ts'
import { countsOf, type Flip, flipBits } from './flips.ts'
import { mutated } from './mutations.ts'
import { caught } from './outsider.ts'
import { statesIn } from './states.ts'
import { workplace } from './tools.ts'

printTable(
  'damages that asof verify names: with the folder alone, with the public key, with one kept checkpoint',
  (await caught()).map(({ first, ...row }) => ({
    ...row,
    'with the checkpoint, first': first.slice(0, 150),
  })),
)

const FLIPS = 400
const SEED = 20_261_126

const { path, copyOf, drop, remove } = workplace('flips')
try {
  const states = Object.entries(await statesIn(path, copyOf))
  const all: Flip[] = []
  for (const [index, [state, folder]] of states.entries()) {
    const flips = Math.floor(FLIPS / states.length) + (index < FLIPS % states.length ? 1 : 0)
    const met = await flipBits({ path: folder, copyOf, drop }, { flips, seed: SEED + index })
    printTable(`single bits flipped in a platform that was ${state}`, countsOf(met))
    all.push(...met)
  }
  const silent = all.filter(({ fate }) => fate === 'SILENT')
  printTable('all of them', countsOf(all).slice(-1))
  for (const { file, bit, detail } of silent) console.log(`SILENT: bit ${bit} of ${file}: ${detail}`)
  if (silent.length > 0) process.exitCode = 1
  printTable('damaged files, and formulas made of pieces', mutated())
} finally {
  remove()
}
