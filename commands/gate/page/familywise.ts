/** The candidate's own chance of being luck, and every way of counting what was tried side by side. */

import { html, type Markup } from '../../../schemas/kernel/markup.ts'
import type { GateReport } from '../report-form.ts'
import type { FamilywiseForm } from '../report-sections.ts'
import { chance, count, many, percent, ratio } from './format.ts'
import { figures, part, table, words } from './layout.ts'

export const familywise = ({ sections }: GateReport): Markup =>
  part(
    {
      id: 'familywise',
      title: 'Is this one luck?',
      question:
        'The chance that any of all the trials that count would do as well without skill. It is about this trial itself, not about the best of them.',
      section: sections.familywise,
    },
    (found) =>
      html`${table({
        caption: 'Ways to count what was tried, side by side',
        columns: [words('Way'), figures('Figure'), words('What it is')],
        rows: [
          [
            'Step-down, Romano and Wolf 2005',
            chance(found.pValue),
            'p-value with the family-wise error of all trials controlled',
          ],
          [
            'Discovery, Benjamini and Yekutieli 2001',
            chance(found.falseDiscoveryRate),
            'false discovery rate at which it would be one',
          ],
          ...deflations(sections.deflation),
        ],
        marked: new Set([0]),
      })}${note(found)}`,
  )

const WAYS: readonly (readonly [basis: string, way: string])[] = [
  ['null', 'Deflated Sharpe, every trial counted'],
  ['null-effective', 'Deflated Sharpe, independent trials that they are worth'],
  ['null-clusters', 'Deflated Sharpe, clusters of like trials counted'],
]

const deflations = (section: GateReport['sections']['deflation']): readonly (readonly string[])[] =>
  section.kind !== 'measured'
    ? []
    : WAYS.flatMap(([basis, way]) =>
        section.value.rows
          .filter((row) => row.basis === basis)
          .map((row) => [
            way,
            chance(row.probability),
            `probability to be above the best of ${ratio(row.trials)} by luck`,
          ]),
      )

const note = (found: FamilywiseForm): Markup => html`
<p class="note">Mean over error ${ratio(found.t)}; ${many(found.better, 'trial has', 'trials have')} a greater one. ${many(found.compared, 'trial is', 'trials are')} compared over the days of this one, ${count(found.uncounted)} left no returns to compare and count whole; ${count(found.draws)} draws, blocks of ${found.blockLength.toFixed(1)} days on the mean. Better than nothing at a family-wise error of ${percent(found.discoveries.size)}: ${found.discoveries.runs.length === 0 ? 'none' : found.discoveries.runs.join(', ')}.</p>`
