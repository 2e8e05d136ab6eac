/** How the format of a data set's files is written in its declaration: what may be left out is as in a plain file. */
import { z } from 'zod'
import { fileFormat, PLAIN_FORMAT } from '../../schemas/events/data.ts'

const { shape } = fileFormat
const column = shape.columns.element.shape

/** A word for missing may be written as the number that it is. */
const word = z.union([z.string(), z.number().transform(String)])

export const writtenFormat = z
  .strictObject({
    encoding: shape.encoding.default(PLAIN_FORMAT.encoding),
    separator: shape.separator.default(PLAIN_FORMAT.separator),
    skipLines: shape.skipLines.default(PLAIN_FORMAT.skipLines),
    header: shape.header.default([]),
    endsAt: shape.endsAt.default(PLAIN_FORMAT.endsAt),
    time: shape.time.default(PLAIN_FORMAT.time),
    known: shape.known.default(PLAIN_FORMAT.known),
    clockColumn: shape.clockColumn.default(PLAIN_FORMAT.clockColumn),
    clock: shape.clock.default(PLAIN_FORMAT.clock),
    finerThanMicros: shape.finerThanMicros.default(PLAIN_FORMAT.finerThanMicros),
    decimal: shape.decimal.default(PLAIN_FORMAT.decimal),
    thousands: shape.thousands.default(PLAIN_FORMAT.thousands),
    missing: z.array(word).default([]),
    columns: z
      .array(
        z.strictObject({
          name: column.name,
          source: column.source.default(''),
          divideBy: column.divideBy.default(1),
        }),
      )
      .default([]),
    entityFromFile: shape.entityFromFile.default(PLAIN_FORMAT.entityFromFile),
  })
  .default({ ...PLAIN_FORMAT })
