/** Feature sets, and one of them: what each feature means, what there is of it, and its drift. */
import { type Answer, askPage } from '../api.ts'
import { h } from '../dom.ts'
import { brief, count, figure, percent, printable, short } from '../format.ts'
import { code, empty, facts, link, page, position, section, table, tag, tiles } from '../parts.ts'
import type { Make } from '../view.ts'

type FeatureSet = Answer<'feature-set'>['page']
type Entity = FeatureSet['entities'][number]

export const featuresPage: Make = async ({ where, signal }) => {
  const { at, page: found } = await askPage('features', where.at, {}, signal)
  const element = page(
    'Features',
    table({
      caption: 'Feature sets, by name and version',
      rows: found.sets,
      empty: empty('No feature set yet. Define one with', h('code', {}, 'asof features FILE')),
      columns: [
        { head: 'Set', cell: ({ set }) => link(set, 'features', set) },
        { head: 'Of', cell: ({ entity, dataset }) => [entity, ' in ', link(dataset, 'data', dataset)] },
        { head: 'Features', isNumber: true, cell: (one) => count(one.features) },
        { head: 'Rows', isNumber: true, cell: (one) => count(one.rows) },
        { head: 'Known up to', cell: ({ latest }) => brief(latest?.knownTo ?? null) },
        { head: 'Definition', unit: 'SHA-256', cell: ({ hash }) => code(short(hash)) },
        { head: 'Position', isNumber: true, cell: ({ latest }) => position(latest?.position ?? null) },
      ],
    }),
  )
  return { element, at }
}

const hours = (micros: number): string => `${count(micros / 3_600_000_000)} h`

export const featureSetPage: Make = async ({ where, signal }) => {
  const [, name = ''] = where.path
  const { at, page: found } = await askPage('feature-set', where.at, { name }, signal)
  const { spec, rows, asOf, entities, coverage, drift } = found
  const covered = new Map(coverage.map((one) => [one.feature, one]))
  const present = entities.filter(({ status }) => status === 'PRESENT').length
  const element = page(
    printable(name),
    tiles(
      ['Features', count(spec.features.length), `of each ${spec.entity}`],
      ['Rows', count(rows)],
      ['Entities with a value', `${count(present)} of ${count(entities.length)}`, `as of ${brief(asOf)}`],
      ['Too old after', hours(spec.stalenessMicros)],
      ['Published after', hours(spec.lagMicros)],
    ),
    section(
      'Definitions',
      facts(['Definition', code(spec.hash)], ['Data set', link(spec.dataset, 'data', spec.dataset)]),
      table({
        caption: 'Each feature, by its formula in canonical form',
        rows: spec.features,
        columns: [
          { head: 'Feature', cell: (one) => printable(one.name) },
          { head: 'Formula', cell: ({ formula }) => code(formula) },
          { head: 'Unit', cell: ({ unit }) => printable(unit) },
          {
            head: 'Coverage',
            isNumber: true,
            cell: (one) => {
              const { present: there, of } = covered.get(one.name) ?? { present: 0, of: 0 }
              return of === 0 ? '\u2013' : `${percent(there / of)} (${count(there)} of ${count(of)})`
            },
          },
        ],
      }),
    ),
    section('Values', valueTable(found)),
    section(
      'Drift',
      ...drift.map((one) => driftTable(one)),
      drift.length === 0 && empty('No model in force was measured on these features by then.'),
    ),
  )
  return { element, at }
}

const valueTable = ({ set, spec, entities, asOf }: FeatureSet): HTMLElement =>
  table<Entity>({
    caption: `The newest value of each entity as of ${brief(asOf)}; a value leads to its history`,
    rows: entities,
    empty: 'No value was fresh at this moment.',
    columns: [
      { head: spec.entity, cell: ({ entity }) => printable(entity) },
      ...spec.features.map(({ name, unit }, place) => ({
        head: name,
        unit,
        isNumber: true,
        cell: ({ values, entity }: Entity) =>
          link(figure(values[place] ?? null, 4), 'features', set, name, entity),
      })),
      { head: 'About', cell: ({ eventTime }) => brief(eventTime) },
      {
        head: 'Known',
        cell: ({ knownAt, status }) =>
          knownAt === null ? tag(status.toLowerCase().replaceAll('_', ' '), 'warn') : brief(knownAt),
      },
      { head: 'Position', isNumber: true, cell: (one) => position(one.position) },
    ],
  })

const driftTable = ({ model, features, unjudged, driftedSince }: FeatureSet['drift'][number]): HTMLElement =>
  h(
    'div',
    {},
    table({
      caption: `As ${model} was measured last: drifted above the limit of either distance`,
      rows: features,
      columns: [
        { head: 'Feature', cell: ({ feature }) => printable(feature) },
        { head: 'PSI', isNumber: true, cell: (one) => figure(one.psi, 3) },
        { head: 'limit', isNumber: true, cell: (one) => figure(one.psiLimit, 3) },
        { head: 'KS', isNumber: true, cell: (one) => figure(one.ks, 3) },
        { head: 'limit', isNumber: true, cell: (one) => figure(one.ksLimit, 3) },
        {
          head: 'Reference',
          unit: 'windows',
          isNumber: true,
          cell: (one) => figure(one.effectiveWindows, 3),
        },
        {
          head: 'Finding',
          cell: ({ drifted }) => (drifted ? tag('drifted', 'bad') : tag('unchanged', 'good')),
        },
        { head: 'Since', cell: ({ feature }) => brief(driftedSince[feature] ?? null) },
      ],
    }),
    unjudged.map(({ feature, reason }) =>
      h('p', { class: 'note' }, `${printable(feature)} is not judged: ${reason}`),
    ),
  )
