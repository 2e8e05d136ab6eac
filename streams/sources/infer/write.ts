/** A proposal as YAML that a person completes: what may be left out is left out, what must be checked says so. */
import { PLAIN_FORMAT } from '../../../schemas/events/data.ts'
import type { Proposal } from './propose.ts'

/** The text of a declaration; `parseDataset` reads it. JSON's form of a text is YAML's too. */
export function writeProposal({ spec, check, traded }: Proposal): string {
  const note = (key: string): string => (check[key] === undefined ? '' : `  # check: ${check[key]}`)
  const line = (key: string, value: string): string[] =>
    value === '' ? [] : [`${key}: ${quoted(value)}${note(key)}`]
  const format = Object.entries(spec.format).filter(
    ([key, value]) =>
      JSON.stringify(value) !== JSON.stringify(PLAIN_FORMAT[key as keyof typeof PLAIN_FORMAT]),
  )
  return [
    ...line('dataset', spec.dataset),
    ...line('layout', spec.layout),
    ...line('entityColumn', spec.entityColumn),
    ...line('timeColumn', spec.timeColumn),
    ...line('timeOfDay', spec.timeOfDay),
    ...line('timeZone', spec.timeZone),
    `knownAt: { kind: ${spec.knownAt.kind}, lagMicros: ${spec.knownAt.lagMicros} }${note('knownAt')}`,
    `columns:${note('columns')}`,
    ...spec.columns.map(({ name, unit }) => `  - { name: ${quoted(name)}, unit: ${JSON.stringify(unit)} }`),
    ...(format.length === 0 ? [] : ['format:']),
    ...format.map(([key, value]) => `  ${key}: ${JSON.stringify(value)}${note(key)}`),
    ...(traded === null ? [] : tradedLines(traded)),
    '',
  ].join('\n')
}

/** To be taken in by whoever knows that models trade at these prices. */
function tradedLines({ calendar, columns }: NonNullable<Proposal['traded']>): readonly string[] {
  const prices = Object.entries({ ...columns, currency: 'USD' }).map(
    ([key, name]) => `${key}: ${quoted(name)}`,
  )
  return [
    '# If models are to trade at these prices, take the # away, and check both:',
    ...(calendar === ''
      ? []
      : [`# calendar: ${calendar}  # its sessions; without one each local day with rows is a session`]),
    `# prices: { ${prices.join(', ')} }  # as traded; adjusted prices have their splits and dividends in them`,
  ]
}

/** As it stands where it is a plain word, in quotes where YAML could take it for something else. */
const quoted = (text: string): string =>
  /^[A-Za-z][\w./-]*$/.test(text) && !WORD.test(text) ? text : JSON.stringify(text)
const WORD = /^(?:y|n|yes|no|on|off|true|false|null)$/i
