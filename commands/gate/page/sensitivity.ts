/** What is left when costs double, trades come late, or what it earned most on had not been. */

import { html, type Markup } from '../../../schemas/kernel/markup.ts'
import type { GateReport } from '../report-form.ts'
import type { SensitivityForm } from '../report-sections.ts'
import { count, percent, ratio } from './format.ts'
import { absent, figures, part, table, words } from './layout.ts'

export const sensitivity = ({ sections }: GateReport): Markup =>
  part(
    {
      id: 'sensitivity',
      title: 'What does it depend on?',
      question: 'The net Sharpe ratio a year had one thing been otherwise, and what it was earned on.',
      section: sections.sensitivity,
    },
    (found) => html`${table({
      caption: 'Had one thing been otherwise',
      columns: [words('Otherwise'), figures('Sharpe a year, net')],
      rows: [
        ['As it was', ratio(own(sections.performance))],
        ['Every cost twice', ratio(found.doubledCosts)],
        found.delayed.kind === 'measured'
          ? [
              `Every decision traded ${found.delayed.value.sessions === 1 ? 'one session' : `${count(found.delayed.value.sessions)} sessions`} later`,
              ratio(found.delayed.value.sharpeAnnual),
            ]
          : ['Every decision traded later', found.delayed.reason],
        [
          `Without the ${count(found.withoutBestDays.days)} best days`,
          ratio(found.withoutBestDays.sharpeAnnual),
        ],
      ],
    })}
<p class="note">The ${count(found.withoutBestDays.days)} best days are ${percent(found.withoutBestDays.share)} of all that was earned.</p>${names(found)}`,
  )

const own = (section: GateReport['sections']['performance']) =>
  section.kind === 'measured' ? section.value.sharpeAnnual : null

function names({ names }: SensitivityForm): Markup {
  if (names.kind !== 'measured') return absent(names)
  const { top1, top5, best } = names.value
  return table({
    caption: `Shares of what was earned before costs: the best name ${percent(top1)}, the five best ${percent(top5)}`,
    columns: [words('Name'), figures('Share')],
    rows: best.map(({ name, share }) => [name, percent(share)]),
  })
}
