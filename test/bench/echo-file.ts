/** The model of the bench's peers: two features, as training writes it. */
import { onnxOf } from '../../streams/inference/linear-file.ts'

export const ECHO_FILE = onnxOf({ coefficients: Float64Array.of(0.25, -0.5), intercept: 0.125 }, ['a', 'b'])
