/** Series of returns that more than one suite uses. */

/** Ten returns whose every statistic was computed with numpy, scipy and statsmodels. */
export const R10: Float64Array = Float64Array.of(
  0.01,
  0.02,
  -0.015,
  0.005,
  0,
  -0.01,
  0.03,
  0.012,
  -0.007,
  0.004,
)
