/** The audit log, newest first, and one event whole. */
import { type Answer, askPage } from '../api.ts'
import { h } from '../dom.ts'
import { brief, count, moment, printable } from '../format.ts'
import { code, empty, facts, link, page, position, section, tag } from '../parts.ts'
import type { Make } from '../view.ts'
import { virtualTable } from '../virtual.ts'

type Row = Answer<'audit'>['page']['rows'][number]

export const auditPage: Make = async ({ where, signal }) => {
  const { at, page: first } = await askPage('audit', where.at, { from: 1, limit: 1 }, signal)
  const { last } = first
  const hidden = (): HTMLElement => tag('not known then', 'quiet')
  const element = page(
    'Audit log',
    last === 0
      ? empty('Nothing had been recorded and known by then. Choose a later moment.')
      : virtualTable<Row>({
          caption: 'Every event that was known, the newest first',
          total: last,
          signal,
          async rows(from, limit) {
            const newest = last - from
            const oldest = Math.max(1, newest - limit + 1)
            const asked = { from: oldest, limit: newest - oldest + 1 }
            const { page: found } = await askPage('audit', where.at, asked, signal)
            return found.rows.toReversed()
          },
          columns: [
            { head: 'Position', isNumber: true, cell: (row) => position(row.position) },
            { head: 'Known', cell: (row) => (row.isHidden ? hidden() : brief(row.knownAt)) },
            { head: 'Type', cell: (row) => (row.isHidden ? '' : row.type) },
            { head: 'Of', cell: (row) => (row.isHidden ? '' : printable(row.name)) },
            { head: 'By', cell: (row) => (row.isHidden ? '' : printable(row.actor)) },
            { head: 'Stream', cell: (row) => (row.isHidden ? '' : printable(row.stream)) },
            { head: 'Recorded', cell: (row) => brief(row.recordedAt) },
            {
              head: '',
              cell: (row) => (row.isHidden || row.standing === null ? '' : tag(row.standing, 'bad')),
            },
          ],
        }),
  )
  return { element, at }
}

export const eventPage: Make = async ({ where, signal }) => {
  const [, name = ''] = where.path
  const { at, page: found } = await askPage('event', where.at, { position: name }, signal)
  const { event } = found
  const standing = event.standing === undefined ? null : tag(event.standing, 'bad')
  const neighbor = (to: number, text: string) =>
    to < 1 || to > at.head ? '' : link(text, 'audit', String(to))
  const element = page(
    [`Event ${count(event.position)} `, standing],
    h(
      'p',
      { class: 'note' },
      neighbor(event.position - 1, 'before'),
      ' ',
      neighbor(event.position + 1, 'after'),
      ' ',
      link('what it rests on', 'lineage', String(event.position)),
    ),
    facts(
      ['Type', `${event.type}, version ${event.version}`],
      ['Stream', `${printable(event.stream)}, revision ${count(event.revision)}`],
      ['By', printable(event.actor)],
      ['About', moment(event.eventTime)],
      ['Known', moment(event.knownAt)],
      ['Recorded', moment(event.recordedAt)],
      ['Command', code(event.commandId)],
      ['Id', code(event.id)],
      ['Caused by', event.causationId === null ? 'a command from outside' : code(event.causationId)],
    ),
    event.chunks.length > 0 &&
      section(
        'Files',
        h(
          'ul',
          {},
          event.chunks.map(({ hash, format, rows, bytes }) =>
            h('li', {}, code(hash), ` ${format}, ${count(rows)} rows, ${count(bytes)} bytes`),
          ),
        ),
      ),
    section('Content', h('pre', { tabindex: 0 }, printableLines(JSON.stringify(event.data, null, 2)))),
  )
  return { element, at }
}

const printableLines = (text: string): string => text.split('\n').map(printable).join('\n')
