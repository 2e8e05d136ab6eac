/** Claims: the numbers in advertisements. */
import { askPage } from '../api.ts'
import { h } from '../dom.ts'
import { count, figure, printable, session } from '../format.ts'
import { empty, link, page, position, type Tone, table, tag } from '../parts.ts'
import type { Make } from '../view.ts'

const TONES: Readonly<Record<string, Tone>> = {
  refused: 'bad',
  withdrawn: 'bad',
  approved: 'good',
  disseminated: 'good',
}

export const claimsPage: Make = async ({ where, signal }) => {
  const { at, page: found } = await askPage('claims', where.at, {}, signal)
  const element = page(
    'Claims',
    table({
      caption: 'Numbers in advertisements, as the platform worked each out last',
      rows: found.claims,
      empty: empty('No claim yet. Draft one with', h('code', {}, 'asof claim draft FILE')),
      columns: [
        { head: 'Claim', cell: ({ claim }) => printable(claim) },
        { head: 'State', cell: ({ status }) => tag(status, TONES[status] ?? 'quiet') },
        { head: 'Says', cell: ({ text }) => printable(text) },
        { head: 'Model', cell: ({ model }) => link(model, 'models', model) },
        { head: 'Sessions', cell: ({ from, to }) => `${session(from)} to ${session(to)}` },
        { head: 'Net', cell: ({ net, unit }) => `${figure(net)} ${unit}` },
        {
          head: 'Trials',
          isNumber: true,
          cell: ({ trials }) => (trials === null ? '\u2013' : count(trials)),
        },
        { head: 'Rules', cell: ({ rules }) => `${count(rules.length)} asked` },
        { head: 'Position', isNumber: true, cell: ({ positions }) => position(positions.at(-1) ?? null) },
      ],
    }),
  )
  return { element, at }
}
