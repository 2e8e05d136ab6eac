/** What worst drawdown the same returns could have had in another order. */

import { html, type Markup } from '../../../schemas/kernel/markup.ts'
import type { GateReport } from '../report-form.ts'
import { WIDE } from './chart.ts'
import { count, percent } from './format.ts'
import { histogram } from './histogram.ts'
import { figure, figures, part, tiles } from './layout.ts'

export const drawdowns = ({ sections }: GateReport): Markup =>
  part(
    {
      id: 'drawdown',
      title: 'How deep could it have gone?',
      question:
        'One history has one worst drawdown. These are those of resampled histories of the same length.',
      section: sections.drawdown,
    },
    (found) =>
      html`${figure({
        title: 'Worst drawdown of a path',
        note: `${count(found.paths)} stationary-bootstrap paths, blocks of ${found.blockLength.toFixed(1)} days on the mean. The height is the share of paths.`,
        chart: histogram(found.distribution, {
          label: `Worst drawdowns: realised ${percent(found.realised)}, median ${percent(found.median)}, 5 of 100 beyond ${percent(found.p05)}`,
          tickFormat: '.0%',
          width: WIDE,
          marks: [
            { at: found.p05, text: `5 of 100 are deeper: ${percent(found.p05)}` },
            { at: found.median, text: `median: ${percent(found.median)}` },
            { at: found.realised, text: `realised: ${percent(found.realised)}` },
          ],
        }),
        data: {
          caption: 'Worst drawdowns',
          columns: [figures('From'), figures('To'), figures('Paths')],
          rows: found.distribution.counts.map((one, i) => [
            percent(found.distribution.edges[i]),
            percent(found.distribution.edges[i + 1]),
            count(one),
          ]),
        },
      })}${tiles([
        { name: 'Realised', value: percent(found.realised) },
        { name: '1 path of 100 beyond', value: percent(found.p01) },
        { name: '5 of 100', value: percent(found.p05) },
        { name: '25 of 100', value: percent(found.p25) },
        { name: 'Median', value: percent(found.median) },
        { name: '75 of 100', value: percent(found.p75) },
      ])}`,
  )
