/** Two runs beside each other: in what they differ. */
import { askPage } from '../api.ts'
import { printable } from '../format.ts'
import { facts, link, page, section, table } from '../parts.ts'
import type { Make } from '../view.ts'

export const differencePage: Make = async ({ where, signal }) => {
  const [, one = '', other = ''] = where.path
  const { at, page: found } = await askPage('difference', where.at, { one, other }, signal)
  const element = page(
    `${printable(one)} and ${printable(other)}`,
    facts(['One', link(one, 'experiments', one)], ['Other', link(other, 'experiments', other)]),
    section(
      'Differences',
      table({
        caption: 'What was recorded of both and is not the same',
        rows: found.rows,
        empty: 'They are equal in all that was recorded.',
        columns: [
          { head: 'Of', cell: ({ of }) => of },
          { head: 'What', cell: ({ what }) => printable(what) },
          { head: printable(one), cell: (row) => printable(row.one) },
          { head: printable(other), cell: (row) => printable(row.other) },
        ],
      }),
    ),
  )
  return { element, at }
}
