/** Expected failures of capital: cuts, reviews, raises and halts. */
import { type FaultRow, row } from './row.ts'

export const CAPITAL = {
  'capital.not-allocated': row(
    409,
    'FAILED_PRECONDITION',
    'Model {model} has no capital to reduce: it was never promoted.',
  ),
  'capital.nothing-to-review': row(
    409,
    'FAILED_PRECONDITION',
    'Model {model} has no reduction that waits for a review.',
  ),
  'capital.not-a-step': row(
    409,
    'FAILED_PRECONDITION',
    'The ladder of the policy gives {model} one step at a time: at most {most} now, and {fraction} was asked for.',
  ),
  'capital.no-ladder': row(
    409,
    'FAILED_PRECONDITION',
    'Policy {version} has no ladder: capital is given back by the review of a cut, asof review, or by a promotion.',
  ),
  'capital.review-first': row(
    409,
    'FAILED_PRECONDITION',
    'A cut of {model} waits for its review: asof review comes before a raise.',
  ),
  'capital.raise-outdated': row(
    409,
    'FAILED_PRECONDITION',
    'The capital of {model} was changed at position {since}, or its file was: the raise is of another step. Sign it again: asof raise.',
  ),
  'capital.raise-early': row(
    409,
    'FAILED_PRECONDITION',
    '{model} has had its step for {sessions} sessions, and the policy asks for {needed} before the next.',
  ),
  'capital.nothing-to-simulate': row(
    404,
    'NOT_FOUND',
    'Model {model} never had capital, so that no rule is replayed over it. asof at now capital lists those that had.',
  ),
  'capital.nothing-to-halt': row(
    409,
    'FAILED_PRECONDITION',
    'Model {model} has no capital to halt: it was never promoted to trade. asof at now capital lists those that have.',
  ),
  'capital.halt-outdated': row(
    409,
    'FAILED_PRECONDITION',
    'A halt of {model} ended at position {ended}, after this one was signed. Sign it again: asof halt.',
  ),
  'capital.not-halted': row(
    409,
    'FAILED_PRECONDITION',
    'Model {model} is not halted: there is nothing to end.',
  ),
  'capital.halted-with': row(
    409,
    'FAILED_PRECONDITION',
    'Model {model} stands still by the halt of {of}, its file or its kin. End that one: asof unhalt {of}.',
  ),
  'capital.unhalt-outdated': row(
    409,
    'FAILED_PRECONDITION',
    'What was signed about {model} is of another halt or another file: the halt at position {halt} holds. Sign it again: asof unhalt.',
  ),
} as const satisfies Record<string, FaultRow>
