/** Luck of the choice: overfitting among the family's trials, and whether its best beats nothing. */

import { html, type Markup } from '../../../schemas/kernel/markup.ts'
import type { GateReport } from '../report-form.ts'
import type { OverfittingForm, RealityForm } from '../report-sections.ts'
import { chance, count, fine, percent } from './format.ts'
import { histogram } from './histogram.ts'
import { figure, figures, part, table, tiles, words } from './layout.ts'

export const overfitting = ({ sections }: GateReport): Markup =>
  part(
    {
      id: 'overfitting',
      title: 'Was the choice overfit?',
      question:
        'How often the best trial over one half of history is no better than the median over the other half. 0.5 is a coin.',
      section: sections.overfitting,
    },
    (found) =>
      html`<div class="side">${logits(found)}<div>${tiles([
        { name: 'Chance of overfitting', value: chance(found.probability) },
        { name: 'Choice loses money', value: chance(found.lossProbability), note: 'out of sample' },
        {
          name: 'Degradation',
          value: fine(found.degradation.slope),
          note: 'slope of out on in sample',
        },
        {
          name: 'Splits',
          value: count(found.splits),
          note: `${found.blocks} blocks, ${count(found.rows)} days`,
        },
        {
          name: 'Trials ranked',
          value: count(found.strategies),
          note: `${count(found.excluded)} do not vary`,
        },
        { name: 'Shared best', value: count(found.ties), note: 'splits' },
      ])}<p class="note">Choices do better than the average trial in first order: ${yes(found.dominance.first)}; in second order: ${yes(found.dominance.second)}.</p></div></div>`,
  )

const yes = (is: boolean): string => (is ? 'yes' : 'no')

function logits({ logits, probability }: OverfittingForm): Markup {
  const total = logits.counts.reduce((sum, one) => sum + one, 0)
  return figure({
    title: 'Where the choice ends up out of sample',
    key: [{ name: 'median or worse', colour: 'loss' }],
    note: 'Logit of its relative rank; 0 is the median. The height is the share of splits.',
    chart: histogram(logits, {
      label: `Logits of the choice's rank; at or below 0 in a share of ${chance(probability)}`,
      tickFormat: '~r',
      lossBelow: 0,
      marks: [{ at: 0, text: 'median' }],
    }),
    data: {
      caption: 'Logits',
      columns: [figures('From'), figures('To'), figures('Splits'), figures('Share')],
      rows: logits.counts.map((one, i) => [
        fine(logits.edges[i]),
        fine(logits.edges[i + 1]),
        count(one),
        percent(one / total),
      ]),
    },
  })
}

export const reality = ({ sections }: GateReport): Markup =>
  part(
    {
      id: 'reality',
      title: 'Does the best beat nothing?',
      question: 'The chance to see a best trial this good if none had any skill, over resampled histories.',
      section: sections.reality,
    },
    realityTable,
  )

const realityTable = (found: RealityForm): Markup =>
  html`${table({
    caption: `Over ${count(found.strategies)} trials (${count(found.excluded)} do not vary), ${count(found.draws)} draws, blocks of ${found.blockLength.toFixed(1)} days on the mean`,
    columns: [words('Test'), words('Best trial'), figures('p-value')],
    rows: [
      ['Reality check, White 2000', found.best, chance(found.whiteP)],
      ['Superior ability, Hansen 2005: lower', found.bestStudentised, chance(found.superiorP.lower)],
      ['Superior ability: consistent', found.bestStudentised, chance(found.superiorP.consistent)],
      ['Superior ability: upper', found.bestStudentised, chance(found.superiorP.upper)],
    ],
    marked: new Set([2]),
  })}`
