/** Requests of one turn of the event loop in one run of a model: a run has a price of its own, whatever the rows. */

type Predict = (features: Float64Array) => Promise<Float64Array>

type Waiting = Readonly<{
  features: Float64Array
  resolve: (scores: Float64Array) => void
  reject: (reason: unknown) => void
}>

/**
 * A model that runs what came in the same turn together, and gives each caller the scores of its rows. Only for a model whose scores
 * of a row do not depend on the rows beside it, to the bit.
 * @param predict rows of `columns` values one after another, into one score a row
 * @param mostValues of one run; who brings more than half of it runs alone
 */
export function together(predict: Predict, columns: number, mostValues: number): Predict {
  let waiting: Waiting[] = []

  const run = async (turn: readonly Waiting[]): Promise<void> => {
    try {
      const scores = await predict(turn.length === 1 ? turn[0].features : joined(turn))
      let row = 0
      for (const { features, resolve } of turn) {
        const rows = features.length / columns
        resolve(turn.length === 1 ? scores : scores.slice(row, row + rows))
        row += rows
      }
    } catch (error) {
      for (const { reject } of turn) reject(error)
    }
  }

  const runAll = (): void => {
    const all = waiting
    waiting = []
    let turn: Waiting[] = []
    let values = 0
    for (const one of all) {
      if (values + one.features.length > mostValues) {
        void run(turn)
        turn = []
        values = 0
      }
      turn.push(one)
      values += one.features.length
    }
    void run(turn)
  }

  return (features) => {
    if (features.length * 2 > mostValues) return predict(features)
    return new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(runAll)
      waiting.push({ features, resolve, reject })
    })
  }
}

function joined(turn: readonly Waiting[]): Float64Array {
  const all = new Float64Array(turn.reduce((sum, { features }) => sum + features.length, 0))
  let at = 0
  for (const { features } of turn) {
    all.set(features, at)
    at += features.length
  }
  return all
}
