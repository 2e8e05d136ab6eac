/** `asof features`: sets are defined from files, those that ship among them; and the language is shown. */
import { basename } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Definition, FeatureSetDraft } from '../../streams/features/definition.ts'
import { nearNames } from '../../streams/features/formula/near.ts'
import { GENERAL_RULES, operatorReference, referenceText } from '../../streams/features/formula/reference.ts'
import { readFeatureSet } from '../../streams/features/set-file.ts'
import { featureDefine } from '../commands/feature.ts'
import { SHIPPED_SETS, setPath, shippedPath } from '../shipped-sets.ts'
import { writtenText } from '../spec-file.ts'
import { common, contextOf } from './context.ts'
import { addFeatureProof } from './feature-proof.ts'
import { addRetrieval } from './retrieval.ts'
import { performed } from './site.ts'

type Options = Readonly<{ dataset?: string; set?: string; define: readonly Definition[] }>

export function addFeatures(program: Command): void {
  const features = common(program.command('features'))
    // What stands behind `get` is its own, though `features` itself has a folder too.
    .enablePositionalOptions()
    .description('define a feature set from a YAML file and compute it over what has arrived')
    .argument('<file>', `the definition, or one that ships: ${SHIPPED_SETS.join(', ')}`)
    .option('-d, --dataset <name>', 'the data set to compute it from, instead of the one that the file names')
    .option('--set <name>', 'the name of the set, instead of the one that the file gives it')
    .option(
      '--define <name=formula>',
      'a name that its formulas use, as in --define "vwap=(high + low + close) / 3"; may be repeated',
      definition,
      [],
    )
    .action(async (file: string, options: Options, command: Command) => {
      const context = contextOf(command)
      const path = setPath(file)
      const draft = changed(await readFeatureSet(basename(path), writtenText(path)), options)
      const { changed: isNew, answer } = await performed(context, featureDefine, { input: { set: draft } })
      const { rows, ...set } = answer
      const what = `${set.set}@${set.version} ${isNew ? 'is defined' : 'was defined already'}`
      context.answer(`${what}: ${set.features.length} features, ${rows} rows, hash ${set.hash}`, {
        ...set,
        rows,
        changed: isNew,
      })
    })

  addRetrieval(features)
  addFeatureProof(features)

  common(features.command('operators'))
    .description(
      'show every operator of the formula language: its formula, its window and what becomes of missing values',
    )
    .argument('[name...]', 'only these')
    .action((names: readonly string[], _: unknown, command: Command) => {
      const all = operatorReference()
      const shown = names.length === 0 ? all : names.map((name) => found(name, all))
      const rules = names.length === 0 ? `\n\n${GENERAL_RULES.join('\n')}` : ''
      contextOf(command).answer(`${referenceText(shown)}${rules}`, shown)
    })

  common(features.command('library'))
    .description('show a feature set that ships, as a file to start from')
    .argument('[set]', SHIPPED_SETS.join(', '))
    .action((set: string | undefined, _: unknown, command: Command) => {
      const context = contextOf(command)
      if (set === undefined) return context.answer(SHIPPED_SETS.join('\n'), SHIPPED_SETS)
      const text = writtenText(shippedPath(set))
      context.answer(text.trimEnd(), { set, text })
    })
}

/** The draft with what the command line says instead. */
function changed(
  draft: Required<FeatureSetDraft>,
  { dataset, set, define }: Options,
): Required<FeatureSetDraft> {
  const names = new Set(define.map(({ name }) => name))
  return {
    ...draft,
    dataset: dataset ?? draft.dataset,
    set: set ?? draft.set,
    define: [...draft.define.filter(({ name }) => !names.has(name)), ...define],
  }
}

function definition(text: string, before: readonly Definition[]): readonly Definition[] {
  const match = /^\s*([A-Za-z_]\w*)\s*=\s*(\S.*)$/s.exec(text)
  if (match === null) throw new InvalidArgumentError('Write a name, "=" and a formula.')
  return [...before, { name: match[1], formula: match[2] }]
}

function found<Entry extends Readonly<{ name: string; usages: readonly string[] }>>(
  name: string,
  all: readonly Entry[],
): Entry {
  const entry = all.find(
    (one) => one.name === name || one.usages.some((usage) => usage.split(' ')[1] === name),
  )
  if (entry !== undefined) return entry
  const names = all.map((one) => one.name)
  const near = nearNames(name, names)
  throw refuse('feature.unknown-operator', {
    name,
    near: near.length === 0 ? '' : ` Did you mean ${near.join(' or ')}?`,
    available: names.join(', '),
  })
}
