/** What least squares needs of a table: sums about the means. */

/** Rows of X one after another, and y. */
export type Design = Readonly<{ x: Float64Array; y: Float64Array; columns: number }>

/** Of so many rows, about the means: the upper half of XᵀX, and Xᵀy. */
export type Centred = Readonly<{
  rows: number
  gram: Float64Array
  moment: Float64Array
  meanX: Float64Array
  meanY: number
}>

export function centredOf({ x, y, columns }: Design): Centred {
  const rows = y.length
  const meanX = new Float64Array(columns)
  let meanY = 0
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) meanX[c] += x[r * columns + c]
    meanY += y[r]
  }
  for (let c = 0; c < columns; c++) meanX[c] /= rows
  meanY /= rows
  const gram = new Float64Array(columns * columns)
  const moment = new Float64Array(columns)
  const centred = new Float64Array(columns)
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) centred[c] = x[r * columns + c] - meanX[c]
    const centredY = y[r] - meanY
    for (let c = 0; c < columns; c++) {
      moment[c] += centred[c] * centredY
      for (let k = c; k < columns; k++) gram[c * columns + k] += centred[c] * centred[k]
    }
  }
  return { rows, gram, moment, meanX, meanY }
}
