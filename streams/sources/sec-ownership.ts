/** SEC ownership filings (Forms 4 and 5) as records: one for each transaction, known from when the filing was accepted. */
import { createHash } from 'node:crypto'
import type { SourceReader, SourceRecord } from './records.ts'
import { childrenOf, type Element, parseXml, textAt } from './xml.ts'

const MICROS_PER_HOUR = 3_600_000_000
/** More than any submission has. */
const MOST_DOCUMENTS = 100

/**
 * The names of a record.
 * `at`: the transaction's date in New York, at a moment of its first hour by which transactions of one day are told apart: the same
 * in an amendment, which so revises what it amends.
 * `accepted`: when SEC accepted the filing, from the header of its full submission; not there in the bare document.
 * `signedShares`: shares acquired, or minus those disposed of. `bought`, `sold`: USD of purchases (code P) and sales (code S) in the
 * market; 0 for every other transaction, such as a grant.
 */
const COLUMNS = [
  'at',
  'accepted',
  'accession',
  'form',
  'isAmendment',
  'amends',
  'period',
  'issuerCik',
  'issuer',
  'symbol',
  'ownerCik',
  'owner',
  'isDirector',
  'isOfficer',
  'isTenPercentOwner',
  'title',
  'table',
  'security',
  'date',
  'code',
  'acquiredDisposed',
  'shares',
  'signedShares',
  'price',
  'value',
  'bought',
  'sold',
  'sharesAfter',
  'direct',
] as const

type Name = (typeof COLUMNS)[number]
type Cells = Partial<Record<Name, string>>

export const secOwnership: SourceReader = { columns: COLUMNS, records: recordsIn }

/** @throws Error that says why it is no ownership filing */
function recordsIn(text: string): readonly SourceRecord[] {
  const { header, document, firstLine } = submissionIn(text)
  const root = parseXml(document)
  if (root.name !== 'ownershipDocument')
    throw new Error(`it holds <${root.name}>; an ownership filing is an <ownershipDocument>`)
  const about = filingOf(root, header)
  const ordinals = new Map<string, number>()
  return TABLES.flatMap(({ table, transaction }) =>
    childrenOf(root, table)
      .flatMap((one) => childrenOf(one, transaction))
      .map((one): SourceRecord => {
        const cells = transactionOf(one, table)
        // What says which transaction it is; its figures may be corrected.
        const identity = [
          'ownerCik',
          'table',
          'security',
          'date',
          'code',
          'acquiredDisposed',
          'direct',
        ] as const
        const own = identity.map((name) => about[name] ?? cells[name] ?? '').join('|')
        const ordinal = ordinals.get(own) ?? 0
        ordinals.set(own, ordinal + 1)
        const at = momentOf(cells.date ?? '', `${own}|${ordinal}`)
        return { line: firstLine + one.line - 1, cells: present({ ...about, ...cells, at }) }
      }),
  )
}

const TABLES = [
  { table: 'nonDerivativeTable', transaction: 'nonDerivativeTransaction' },
  { table: 'derivativeTable', transaction: 'derivativeTransaction' },
] as const

type Header = Readonly<{ accepted: string; accession: string }>

/** A full submission has a header and the document in it; a bare document has neither moment nor number. */
function submissionIn(text: string): Readonly<{ header: Header; document: string; firstLine: number }> {
  const [, accepted = ''] = /^<ACCEPTANCE-DATETIME>\s*(\d{14})\s*$/m.exec(text) ?? []
  const [, accession = ''] = /^\s*ACCESSION NUMBER:\s*(\d{10}-\d{2}-\d{6})\s*$/m.exec(text) ?? []
  const header = { accepted, accession }
  const starts = [...text.matchAll(/<XML>\s*/gi)]
  if (starts.length === 0) return { header, document: text.replace(/^\ufeff/, ''), firstLine: 1 }
  if (starts.length > MOST_DOCUMENTS) throw new Error(`it has more than ${MOST_DOCUMENTS} documents`)
  const found = starts
    .map((start) => {
      const from = start.index + start[0].length
      const end = text.indexOf('</XML>', from)
      return { from, document: text.slice(from, end < 0 ? text.length : end) }
    })
    .filter(({ document }) => document.includes('<ownershipDocument'))
  const [only, ...more] = found
  if (only === undefined || more.length > 0)
    throw new Error(`it has ${found.length} ownership documents; a submission has one`)
  return { header, document: only.document, firstLine: text.slice(0, only.from).split('\n').length }
}

function filingOf(root: Element, { accepted, accession }: Header): Cells {
  const [owner, ...others] = childrenOf(root, 'reportingOwner')
  const form = textAt(root, 'documentType')
  const told = (name: string) =>
    owner === undefined ? '' : textAt(owner, 'reportingOwnerRelationship', name)
  const id = (name: string) => (owner === undefined ? '' : textAt(owner, 'reportingOwnerId', name))
  return {
    accepted,
    accession,
    form,
    isAmendment: String(form.endsWith('/A')),
    amends: textAt(root, 'dateOfOriginalSubmission'),
    period: textAt(root, 'periodOfReport'),
    issuerCik: textAt(root, 'issuer', 'issuerCik'),
    issuer: textAt(root, 'issuer', 'issuerName'),
    symbol: textAt(root, 'issuer', 'issuerTradingSymbol'),
    ownerCik: id('rptOwnerCik'),
    owner: `${id('rptOwnerName')}${others.length > 0 ? ` and ${others.length} more` : ''}`,
    isDirector: told('isDirector'),
    isOfficer: told('isOfficer'),
    isTenPercentOwner: told('isTenPercentOwner'),
    title: told('officerTitle'),
  }
}

function transactionOf(one: Element, table: string): Cells {
  const shares = textAt(one, 'transactionAmounts', 'transactionShares')
  const price = textAt(one, 'transactionAmounts', 'transactionPricePerShare')
  const way = textAt(one, 'transactionAmounts', 'transactionAcquiredDisposedCode')
  const code = textAt(one, 'transactionCoding', 'transactionCode')
  const value = shares === '' || price === '' ? '' : String(Number(shares) * Number(price))
  return {
    table: table.startsWith('non') ? 'non-derivative' : 'derivative',
    security: textAt(one, 'securityTitle'),
    date: textAt(one, 'transactionDate').slice(0, 10),
    code,
    acquiredDisposed: way,
    shares,
    signedShares: shares !== '' && way === 'D' ? `-${shares}` : shares,
    price,
    value,
    bought: code === 'P' ? value : '0',
    sold: code === 'S' ? value : '0',
    sharesAfter: textAt(one, 'postTransactionAmounts', 'sharesOwnedFollowingTransaction'),
    direct: textAt(one, 'ownershipNature', 'directOrIndirectOwnership'),
  }
}

/** A moment of the first hour of a day, as a local time. */
function momentOf(date: string, identity: string): string {
  if (date === '') return ''
  const digits = createHash('sha256').update(identity).digest('hex').slice(0, 12)
  const micros = Number.parseInt(digits, 16) % MICROS_PER_HOUR
  const [seconds, rest] = [Math.floor(micros / 1_000_000), micros % 1_000_000]
  const two = (number: number) => String(number).padStart(2, '0')
  return `${date}T00:${two(Math.floor(seconds / 60))}:${two(seconds % 60)}.${String(rest).padStart(6, '0')}`
}

const present = (cells: Cells): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(cells).filter(([, text]) => text !== ''))
