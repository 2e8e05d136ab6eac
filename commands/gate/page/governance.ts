/** What a candidate adds to the models in force, and what it earned on the sessions that no trial had read. */

import { html, type Markup } from '../../../schemas/kernel/markup.ts'
import type { GateReport } from '../report-form.ts'
import type { MarginalForm } from '../report-governance.ts'
import { chance, count, day, many, percent, ratio } from './format.ts'
import { figures, part, table, tiles, words } from './layout.ts'

export const marginal = ({ sections }: GateReport): Markup =>
  part(
    {
      id: 'marginal',
      title: 'Beside the models in force',
      question:
        'What the candidate adds to what is traded already, by held-out days at the costs of the policy.',
      section: sections.marginal,
    },
    (found) =>
      html`${tiles([
        {
          name: 'Sharpe of the models in force',
          value: ratio(found.sharpeWithout),
          note: 'equal risk in each',
        },
        { name: 'with the candidate', value: ratio(found.sharpeWith), note: 'equal risk in each' },
        { name: 'Of its variance explained by them', value: percent(found.explained) },
        {
          name: 'Return a year that is not',
          value: percent(found.alphaAnnual),
          note: `t ${ratio(found.alphaT)}`,
        },
      ])}${table(likeness(found))}<p class="note">All of them share ${many(found.sessions, 'session')}.</p>`,
  )

const likeness = ({ models }: MarginalForm) => ({
  caption: 'Likeness to each model in force',
  columns: [words('Model'), words('Run'), figures('Shared sessions'), figures('Correlation')],
  rows: models.map(({ model, run, sessions, correlation }) => [
    model,
    run,
    count(sessions),
    ratio(correlation),
  ]),
})

export const holdout = ({ sections }: GateReport): Markup =>
  part(
    {
      id: 'holdout',
      title: 'Final holdout',
      question: 'What the file earned, as it stands, on sessions that no trial may read.',
      section: sections.holdout,
    },
    (found) =>
      html`${tiles([
        { name: 'Sharpe a year, net', value: ratio(found.sharpeAnnual) },
        { name: 'Return a year, net', value: percent(found.returnAnnual) },
        { name: 'Greatest loss from a peak', value: percent(found.maxDrawdown) },
        {
          name: 'Probability of a ratio above 0',
          value: chance(found.probability),
          note: `${count(found.days)} days`,
        },
      ])}<p class="note">${day(found.from)} to ${day(found.to)}, opened for this file by ${found.openedBy} at log position ${count(found.openedAt)}. It was opened ${many(found.openings, 'time')} up to here, for whatever file: each look wears it out. ${
        found.readBy === 0
          ? 'No trial that counts had read it.'
          : `${many(found.readBy, 'trial')} that count had read some of it before it was held out.`
      }</p>`,
  )
